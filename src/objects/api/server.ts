import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { type LogLine, lingerAtEnd } from '../../api/server.ts';
import { nosniff } from '../../guard/browser.ts';
import { isHandshakeFault, type Listeners, plainListeners } from '../../guard/listeners.ts';
import type { Ids } from '../../ids.ts';
import type { AccessLog } from './access-log.ts';
import { errorReply } from './error-reply.ts';
import { type S3Code, S3Error } from './errors.ts';
import type { Reply } from './exchange.ts';
import type { Front, Served } from './front.ts';

export interface Limits {
  readonly headersTimeoutMs: number;
  /** How long a client may send or take nothing in the middle of a request. */
  readonly idleMs: number;
  /** How long a connection may lie idle between two requests. */
  readonly keepAliveMs: number;
  /** How long close() lets running requests finish. */
  readonly graceMs: number;
  /** How often access logs are written. */
  readonly logMs: number;
}

const defaults: Limits = {
  headersTimeoutMs: 10_000,
  idleMs: 30_000,
  keepAliveMs: 65_000,
  graceMs: 10_000,
  logMs: 60_000,
};

/** What answers. */
export interface Service {
  readonly front: Front;
  readonly accessLog: AccessLog;
}

export interface ObjectServerOptions {
  /** In the clear when absent. */
  readonly listeners?: Listeners;
  /** Called at the first request: a start does not wait for it. */
  readonly load: () => Promise<Service>;
  readonly ids: Ids;
  readonly log: (line: LogLine) => void;
  readonly limits?: Partial<Limits>;
}

export interface ObjectServer {
  /** Rejects when the address cannot be had. */
  listen(port: number, host: string): Promise<{ port: number }>;
  /** Gives the address back, before anybody has connected. */
  unlisten(): Promise<void>;
  /** Takes no more connections, lets running requests finish for the grace, cuts what is left, and writes the access logs. */
  close(): Promise<void>;
}

/** The listener of objects on plain node:http, where bodies are streamed both ways and take as long as they take. */
export const createObjectServer = (options: ObjectServerOptions): ObjectServer => {
  const { load, ids, log, limits: given, listeners = plainListeners } = options;
  const limits = { ...defaults, ...given };
  const hostId = ids.bytes(48).toString('base64');
  const newRequestId = createRequestIds(ids);
  const open = new Set<Socket>();
  /** Of a connection, what it is about right now. */
  const running = new Map<Socket, { req: IncomingMessage; res: ServerResponse }>();
  let service: Promise<Service> | undefined;
  let closed: Promise<void> | undefined;
  let flushing: NodeJS.Timeout | undefined;

  const loaded = (): Promise<Service> => {
    service ??= load().then((made) => {
      flushing = setInterval(() => void made.accessLog.flush(), limits.logMs);
      flushing.unref();
      return made;
    });
    return service;
  };

  const answer = async (req: IncomingMessage, res: ServerResponse, waits: boolean): Promise<void> => {
    const since = performance.now();
    const { socket } = req;
    const requestId = newRequestId();
    running.set(socket, { req, res });
    res.once('close', () => running.delete(socket));
    let waiting = waits;
    const begin = (): void => {
      if (waiting) res.writeContinue();
      waiting = false;
    };
    const { front, accessLog } = await loaded();
    const served = await front({ req, requestId, hostId, begin });
    const turnaroundMs = performance.now() - since;
    const before = socket.bytesWritten;
    const length = await send(req, res, served.reply, [
      ...common(requestId),
      ...(closed !== undefined ? ['connection', 'close'] : []),
    ]);
    const totalMs = performance.now() - since;
    log(lineOf(requestId, served, totalMs));
    accessLog.record(req, served, {
      requestId,
      hostId,
      turnaroundMs,
      totalMs,
      bytes: Math.min(length, socket.bytesWritten - before),
    });
  };

  const common = (requestId: string): string[] => [
    'x-amz-request-id',
    requestId,
    'x-amz-id-2',
    hostId,
    'server',
    'AmazonS3',
    ...nosniff,
  ];

  const onRequest = (req: IncomingMessage, res: ServerResponse, waits = false): void => {
    answer(req, res, waits).catch((error: unknown) => {
      // Nothing is left that could answer: the module did not load, or the response did not take what it was given.
      log({
        requestId: '-',
        status: 500,
        error: 'InternalError',
        fault: (error as Error)?.stack ?? String(error),
        ms: 0,
      });
      res.destroy();
    });
  };

  const onTimeout = (socket: Socket): void => {
    const { req, res } = running.get(socket) ?? {};
    if (req === undefined || res === undefined) socket.destroy();
    else if (!req.complete && req.readableLength === 0 && !res.headersSent) {
      const requestId = newRequestId();
      void send(req, res, errorReply(new S3Error('RequestTimeout'), req, { requestId, hostId }), common(requestId));
    } else if (res.writableLength > 0) socket.destroy();
    // What waits for us, as a long copy or a body that the disk is slower than, may go on waiting.
    else socket.setTimeout(limits.idleMs);
  };

  const http = listeners.create({
    // Its lack is refused in our form.
    requireHostHeader: false,
    headersTimeout: limits.headersTimeoutMs,
    // A body may be of any size, on any line: only silence ends it.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: 5000,
  });
  http.setTimeout(limits.idleMs, onTimeout);
  http.on(listeners.connection, (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  http.on('request', (req, res) => onRequest(req, res));
  http.on('checkContinue', (req, res) => onRequest(req, res, true));
  http.on('checkExpectation', (req, res) => onRequest(req, res));
  http.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const { res } = running.get(socket) ?? {};
    if (isHandshakeFault(error, socket)) {
      socket.destroy();
      return;
    }
    if (!socket.writable || error.code === 'ECONNRESET' || res?.headersSent) {
      socket.destroy();
      return;
    }
    const requestId = newRequestId();
    lingerAtEnd(socket);
    socket.write(unreadable(error.code, requestId, hostId));
    socket.destroySoon();
  });

  const close = async (): Promise<void> => {
    const cut = setTimeout(() => http.closeAllConnections(), limits.graceMs);
    await new Promise<void>((resolve) => {
      http.close(() => resolve());
      for (const socket of open) {
        const exchange = running.get(socket);
        if (exchange === undefined) socket.destroySoon();
        else exchange.res.once('finish', () => socket.destroySoon());
      }
    });
    clearTimeout(cut);
    clearInterval(flushing);
    await (await service)?.accessLog.flush();
  };

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, host, () => {
          http.off('error', reject);
          resolve({ port: (http.address() as AddressInfo).port });
        });
      }),
    unlisten: () => new Promise((resolve) => http.close(() => resolve())),
    close() {
      closed ??= close();
      return closed;
    },
  };
};

const idBytes = 8;

/** 16 digits each; chance is asked for many at once, which costs as much as for one. */
const createRequestIds = (ids: Ids): (() => string) => {
  let chance: Buffer = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at === chance.length) [chance, at] = [ids.bytes(128 * idBytes), 0];
    at += idBytes;
    return chance.toString('hex', at - idBytes, at).toUpperCase();
  };
};

/** Writes an answer; the bytes of an object as fast as the client takes them. Never rejects when only the client has gone. Resolves to the length of the body. */
const send = async (
  req: IncomingMessage,
  res: ServerResponse,
  reply: Reply,
  more: readonly string[],
): Promise<number> => {
  const { status, headers = {}, xml, stream, bytes, done } = reply;
  const head = [...more];
  for (const name in headers) head.push(name, headers[name]!);
  if (!req.complete) {
    // The rest of a body that nobody reads any more must not keep the client from reading why.
    head.push('connection', 'close');
    lingerAtEnd(req.socket);
    req.unpipe();
    req.resume();
  }
  if (xml !== undefined) head.push('content-type', 'application/xml', 'content-length', String(Buffer.byteLength(xml)));
  else if (stream === undefined && !('content-length' in headers) && status !== 204 && status !== 304)
    head.push('content-length', '0');
  if (res.destroyed || res.headersSent) {
    stream?.destroy();
    done?.();
    return 0;
  }
  res.writeHead(status, head);
  if (stream === undefined) {
    // As text, head and body are one write.
    if (bytes === undefined) res.end(xml);
    else res.end(bytes.toString('latin1'), 'latin1');
    return xml === undefined ? (bytes?.length ?? 0) : Buffer.byteLength(xml);
  }
  try {
    const sent = pipeline(stream, res);
    done?.();
    await sent;
  } catch (error) {
    // The client has gone; anything else is a fault of ours, and the client sees an answer that ends too early.
    if (!clientGone.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return Number(headers['content-length']);
};

const clientGone: ReadonlySet<string> = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
]);

const lineOf = (requestId: string, { reply, action, bucket, signed, error, fault }: Served, ms: number): LogLine => ({
  requestId,
  ...(action !== undefined && { operation: action }),
  ...(signed !== undefined && { account: signed.signer.account }),
  ...(bucket !== undefined && { region: bucket.region }),
  status: reply.status,
  ...(error !== undefined && { error: error.code }),
  ...(fault !== undefined && { fault }),
  ms: Math.round(ms * 1000) / 1000,
});

/** What is answered to bytes that are no request, or come too slowly. */
const unreadable = (code: string | undefined, requestId: string, hostId: string): string => {
  const fault = unreadableCodes[code ?? ''] ?? 'BadRequest';
  const { xml = '' } = errorReply(new S3Error(fault), {}, { requestId, hostId });
  const head = ['HTTP/1.1 400 Bad Request', `x-amz-request-id: ${requestId}`, `x-amz-id-2: ${hostId}`];
  head.push('content-type: application/xml', `content-length: ${Buffer.byteLength(xml)}`, 'connection: close');
  return `${head.join('\r\n')}\r\n\r\n${xml}`;
};

const unreadableCodes: Readonly<Record<string, S3Code>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
  HPE_HEADER_OVERFLOW: 'RequestHeaderSectionTooLarge',
};
