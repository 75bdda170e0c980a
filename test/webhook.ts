import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** A request as it came in. */
export interface Posted {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly json: any;
}

/** An HTTP server on a free port that keeps what it is sent; it is closed after the tests of the file. */
export interface Receiver {
  /** Without a path. */
  readonly url: string;
  readonly port: number;
  readonly posted: readonly Posted[];
  /** How it answers from now on; undefined for an empty 204. */
  answer(with_: ((response: ServerResponse) => void) | undefined): void;
}

export const startReceiver = async (): Promise<Receiver> => {
  const posted: Posted[] = [];
  const welcome = (response: ServerResponse): void => void response.writeHead(204).end();
  let reply = welcome;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      posted.push({ method, path, headers, text, json: text === '' ? undefined : JSON.parse(text) });
      reply(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    posted,
    answer(with_) {
      reply = with_ ?? welcome;
    },
  };
};
