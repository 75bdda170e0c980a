import type { IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { type ClientOptions, WebSocket } from 'ws';
import { Failure } from './failure.ts';

/** Where a terminal is shown and typed at: standard input and output, whether they are a terminal themselves or not. */
export interface Seat {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(mode: boolean): unknown };
  readonly output: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
}

const shellEnded = 1000;
/** What a terminal takes for the end of its input; again and again, since a shell that only begins does not hear it. In ms. */
const endOfInput = Buffer.from([4]);
const endAgainMs = 1_000;

/** The size of the seat, in the words of the request; none when it has none. */
export const sizeOf = ({ output }: Seat): { columns?: number; rows?: number } =>
  output.isTTY ? { columns: output.columns ?? 80, rows: output.rows ?? 24 } : {};

/**
 * Sits down at the terminal behind `url` (`ws:`), until its shell ends. Throws a Failure with the words of the server when it refuses, or
 * when the terminal ends otherwise.
 */
export const sitDown = (
  url: string,
  options: ClientOptions,
  seat: Seat,
  refusal: (text: string) => Failure,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const { input, output } = seat;
    const socket = new WebSocket(url, { ...options, perMessageDeflate: false });
    const type = (data: Buffer): void => {
      if (socket.readyState === socket.OPEN) socket.send(data, { binary: true });
    };
    const onInput = (data: Buffer): void => {
      type(data);
      if (socket.bufferedAmount > 0) input.pause();
    };
    const onDrained = setInterval(() => {
      if (socket.bufferedAmount === 0 && input.isPaused() && socket.readyState === socket.OPEN) input.resume();
    }, 50);
    let ending: NodeJS.Timeout | undefined;
    const onEnd = (): void => {
      type(endOfInput);
      ending = setInterval(type, endAgainMs, endOfInput);
    };
    const onResize = (): void => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ resize: sizeOf(seat) }));
    };
    const leave = (): void => {
      clearInterval(onDrained);
      clearInterval(ending);
      input.off('data', onInput).off('end', onEnd).pause();
      output.off('resize', onResize);
      if (input.isTTY) input.setRawMode?.(false);
    };

    socket.on('open', () => {
      if (input.isTTY) input.setRawMode?.(true);
      input.on('data', onInput).on('end', onEnd);
      if (output.isTTY) output.on('resize', onResize);
    });
    socket.on('message', (data: Buffer) => {
      if (output.write(data)) return;
      socket.pause();
      output.once('drain', () => socket.resume());
    });
    socket.on('unexpected-response', (_request, answer: IncomingMessage) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => reject(refusal(text)));
    });
    socket.on('error', (error) => {
      leave();
      reject(new Failure(`The terminal broke off: ${error.message}`));
    });
    socket.on('close', (code, reason) => {
      leave();
      if (code === shellEnded) resolve();
      else reject(new Failure(`The terminal was ended. ${reason}`.trim()));
    });
  });
