import type { RawData, WebSocket } from 'ws';
import type { Terminal, TerminalSize } from '../engines/machine.ts';

/** How the websocket of a terminal ends (RFC 6455): with its shell, with Lateen, for what its client did, or for what the engine did. */
export const endings = { shell: 1000, server: 1001, client: 1008, engine: 1011 } as const;

export interface TerminalLimits {
  /** A terminal at which nothing was typed or shown for so long ends, in ms. */
  readonly idleMs: number;
  /** How often a client is asked whether it is still there, in ms: one that has not answered by the next time is gone. */
  readonly aliveMs: number;
  /** So much may wait for a slow client, in bytes, before the machine has to wait, too. */
  readonly bufferBytes: number;
}

const mostCharacters = 1000;

/** A size as clients say it; undefined when it is none. */
export const terminalSize = (columns: unknown, rows: unknown): TerminalSize | undefined => {
  const fits = (count: unknown): count is number =>
    typeof count === 'number' && Number.isInteger(count) && count > 0 && count <= mostCharacters;
  return fits(columns) && fits(rows) ? { columns, rows } : undefined;
};

/**
 * Joins a terminal and the websocket of whoever sits at it. Binary messages are what is typed and what is shown; a text is JSON
 * such as {"resize":{"columns":80,"rows":24}}. When one of them ends, so does the other.
 */
export const joinTerminal = (socket: WebSocket, { stream, resize }: Terminal, limits: TerminalLimits): void => {
  let alive = true;
  const end = (code: number, reason: string): void => {
    // It is there for 30 seconds more if the client does not close it as well: ws sees to that.
    socket.close(code, reason);
    socket.resume();
    stream.destroy();
  };
  const idle = setTimeout(() => end(endings.client, 'Nothing was typed or shown for too long.'), limits.idleMs);
  const heartbeat = setInterval(() => {
    // One that is made to wait cannot say anything.
    if (!alive && !socket.isPaused) return socket.terminate();
    alive = false;
    socket.ping();
  }, limits.aliveMs);
  const obey = (text: string): void => {
    const size = sizeIn(text);
    if (size === undefined) end(endings.client, 'A text must be like {"resize":{"columns":80,"rows":24}}.');
    else resize(size);
  };

  socket.on('pong', () => {
    alive = true;
  });
  socket.on('message', (data: RawData, isBinary) => {
    alive = true;
    idle.refresh();
    if (stream.destroyed) return;
    if (!isBinary) obey(String(data));
    else if (!stream.write(data as Buffer)) socket.pause();
  });
  stream.on('drain', () => socket.resume());
  stream.on('data', (chunk: Buffer) => {
    idle.refresh();
    if (socket.readyState !== socket.OPEN) return;
    socket.send(chunk, { binary: true }, () => {
      if (socket.bufferedAmount < limits.bufferBytes) stream.resume();
    });
    if (socket.bufferedAmount >= limits.bufferBytes) stream.pause();
  });
  // A message that is too long, or no message at all: ws closes with the code for it.
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(idle);
    clearInterval(heartbeat);
    stream.destroy();
  });
  stream.on('error', (error) => end(endings.engine, reasonOf(error)));
  stream.on('end', () => end(endings.shell, 'The shell has ended.'));
  const broken = (): void => end(endings.engine, 'The terminal has broken off.');
  stream.on('close', broken);
  if (stream.destroyed) broken();
};

const sizeIn = (text: string): TerminalSize | undefined => {
  try {
    const { columns, rows } = (JSON.parse(text) as { resize: Record<string, unknown> }).resize;
    return terminalSize(columns, rows);
  } catch {
    return undefined;
  }
};

/** The protocol has room for 123 bytes. */
const reasonOf = (error: Error): string =>
  Buffer.from(error.message)
    .subarray(0, 120)
    .toString()
    .replace(/\uFFFD$/, '');
