import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocket } from 'ws';

/** Where a daemon answers, and how it knows us: a unix socket's rights, or a client certificate. Files are PEM. */
export type IncusAddress =
  | { readonly socket: string }
  | {
      readonly url: string;
      readonly certificateFile: string;
      readonly keyFile: string;
      /** The daemon's own certificate, when no known authority has signed it: then this one and no other is believed. */
      readonly serverCertificateFile?: string | undefined;
    };

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Transport {
  /** Throws a plain Error, in words for people, when there is no answer. */
  send(
    method: string,
    path: string,
    body?: Readable | Buffer,
    headers?: Readonly<Record<string, string>>,
  ): Promise<RawAnswer>;
  socket(path: string): Promise<WebSocket>;
  close(): void;
}

/** HTTP and websockets to one daemon. Throws when a file of the address cannot be read. */
export const createTransport = (address: IncusAddress): Transport => {
  const where = 'socket' in address ? address.socket : address.url.replace(/\/+$/, '');
  const overTls = 'socket' in address ? undefined : tlsOptions(address);
  const agent = overTls ? new https.Agent({ keepAlive: true, ...overTls }) : new http.Agent({ keepAlive: true });
  const base = overTls ? where : 'http://incus';
  const through = 'socket' in address ? { socketPath: address.socket } : {};
  const unreachable = (error: Error): Error =>
    new Error(`Incus does not answer at ${where}: ${error.message || (error as NodeJS.ErrnoException).code}`);

  return {
    async send(method, path, body, headers = {}) {
      const request = (overTls ? https : http).request(`${base}${path}`, { ...through, agent, method, headers });
      const answered = new Promise<RawAnswer>((resolve, reject) => {
        request.on('error', reject);
        request.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks),
            }),
          );
        });
      });
      // A daemon may refuse before it has read all of a long body: then its answer counts, not the broken pipe.
      const sent =
        body === undefined || Buffer.isBuffer(body) ? void request.end(body) : pipeline(body, request).catch(() => {});
      try {
        const answer = await answered;
        await sent;
        return answer;
      } catch (error) {
        throw unreachable(error as Error);
      }
    },
    socket: (path) =>
      new Promise((resolve, reject) => {
        const target = overTls ? `${base.replace(/^http/, 'ws')}${path}` : `ws+unix:${where}:${path}`;
        const socket = new WebSocket(target, { perMessageDeflate: false, ...overTls });
        const fail = (error: Error): void => reject(unreachable(error));
        socket.once('error', fail);
        socket.once('open', () => {
          socket.off('error', fail);
          // What comes along with the handshake must find whoever asked listening.
          socket.pause();
          setImmediate(() => socket.resume());
          resolve(socket);
        });
      }),
    close: () => agent.destroy(),
  };
};

const tlsOptions = (address: Exclude<IncusAddress, { socket: string }>): https.AgentOptions => {
  const { certificateFile, keyFile, serverCertificateFile } = address;
  const own = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
  if (serverCertificateFile === undefined) return own;
  // Its names do not matter where the certificate itself is known.
  return { ...own, ca: readFileSync(serverCertificateFile), checkServerIdentity: () => undefined };
};
