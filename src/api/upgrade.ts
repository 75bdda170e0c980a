import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Incoming, Outcome } from './front.ts';

/** Something behind the listener that talks over websockets. */
export interface SocketDoor {
  /** Whether it is for this request. Others are answered as if they had asked for no websocket. */
  has(request: Incoming): boolean;
  /**
   * Takes the connection over: `accept` makes a websocket of it, and gives none when the client has gone. Rejects with an ApiError for
   * what the caller did wrong, before that.
   */
  open(request: Incoming, accept: () => WebSocket | undefined): Promise<Pick<Outcome, 'account' | 'region'>>;
  /** Begins to end what is open. */
  close(): void;
  /** Ends what is still open. */
  cut(): void;
}

/** A message that is longer, in bytes, ends its websocket. */
const longestMessage = 64 * 1024;

/** What a client asks for a websocket with, as RFC 6455 wants it. */
export const isHandshake = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  headers.upgrade?.toLowerCase() === 'websocket' &&
  headers['sec-websocket-version'] === '13' &&
  /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '');

/** Makes websockets of connections. */
export const createAccept = () => {
  const server = new WebSocketServer({ noServer: true, maxPayload: longestMessage, perMessageDeflate: false });
  return (req: IncomingMessage, socket: Duplex, head: Buffer): WebSocket | undefined => {
    let accepted: WebSocket | undefined;
    server.handleUpgrade(req, socket, head, (made) => {
      accepted = made;
    });
    return accepted;
  };
};

/**
 * Gives a request that asks for another protocol back to the server, without that wish: clients that would rather speak HTTP/2 go on
 * with HTTP/1.1 then. Node hands such requests over as soon as anybody listens for them.
 */
export const answerAsOrdinary = (
  giveBack: (socket: Duplex) => void,
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void => {
  const { method, url, httpVersion, rawHeaders } = req;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = name.toLowerCase() === 'connection' ? withoutUpgrade(rawHeaders[i + 1]!) : rawHeaders[i + 1]!;
    text += `${name}: ${value}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  giveBack(socket);
};

const withoutUpgrade = (value: string): string =>
  value
    .split(',')
    .filter((option) => option.trim().toLowerCase() !== 'upgrade')
    .join(',');
