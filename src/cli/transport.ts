import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { certificateFile } from '../guard/tls.ts';

/** Of node's own type: what node:http calls to open a connection. */
type CreateConnection = NonNullable<RequestOptions['createConnection']>;

/**
 * A request to the Lateen of a data directory, on a connection of its own. Over TLS its certificate must be the one that lies in the
 * directory, whatever names are in it and whoever signed it.
 */
export const requestTo = (
  data: string,
  url: string | URL,
  options: RequestOptions,
  onAnswer: (answer: IncomingMessage) => void,
): ClientRequest =>
  new URL(url).protocol === 'https:'
    ? requestHttps(url, { ...options, createConnection: pinnedTo(data) }, onAnswer)
    : requestHttp(url, { ...options, agent: false }, onAnswer);

/** Opens a connection over TLS, and gives it once its certificate is known to be the right one. */
export const pinnedTo =
  (data: string): CreateConnection =>
  ({ host, port }, give) => {
    const socket = connectTls({ host: host ?? '', port: Number(port), rejectUnauthorized: false });
    const refuse = (error: Error): void => give(error, socket as Socket);
    socket.once('error', refuse);
    socket.once('secureConnect', () => {
      socket.off('error', refuse);
      if (socket.getPeerX509Certificate()?.fingerprint256 === fingerprintIn(data)) give(null, socket);
      else {
        socket.destroy();
        give(new Error(`its certificate is not the one in ${certificateFile(data)}`), socket);
      }
    });
    return undefined;
  };

const fingerprintIn = (data: string): string | undefined => {
  try {
    return new X509Certificate(readFileSync(certificateFile(data))).fingerprint256;
  } catch {
    return undefined;
  }
};
