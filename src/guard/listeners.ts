import { createServer as createHttp, type Server as HttpServer, type ServerOptions } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';

/** A certificate with its chain, and its private key, in PEM. */
export interface Material {
  readonly cert: string;
  readonly key: string;
}

/** How this Lateen listens: in the clear, or over TLS. Every listener is made here, so that all of them do it the same way. */
export interface Listeners {
  readonly scheme: 'http' | 'https';
  /** The event that gives a connection on which requests come, and takes one back that was given. */
  readonly connection: 'connection' | 'secureConnection';
  create(options: ServerOptions): HttpServer;
}

export const plainListeners: Listeners = {
  scheme: 'http',
  connection: 'connection',
  create: (options) => createHttp(options),
};

/** `renew` gives all of them another certificate: connections that stand keep theirs. */
export const tlsListeners = (first: Material): Listeners & { renew(material: Material): void } => {
  const made: ReturnType<typeof createHttps>[] = [];
  let material = first;
  return {
    scheme: 'https',
    connection: 'secureConnection',
    create({ headersTimeout = 10_000, ...options }) {
      const server = createHttps({
        ...{ ...options, ...material, headersTimeout, handshakeTimeout: headersTimeout },
        // What clients of AWS speak: HTTP/1.1 on TLS 1.2 or later.
        ...{ minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] },
      });
      made.push(server);
      // It is a server of node:tls with all that one of node:http has.
      return server as unknown as HttpServer;
    },
    renew(next) {
      material = next;
      for (const server of made) server.setSecureContext({ ...next, minVersion: 'TLSv1.2' });
    },
  };
};

/** Whether a fault came before there was a connection to answer on: in the handshake of TLS. */
export const isHandshakeFault = (error: NodeJS.ErrnoException, socket: Socket): boolean =>
  'encrypted' in socket && !(error.code ?? '').startsWith('HPE_') && error.code !== 'ERR_HTTP_REQUEST_TIMEOUT';
