import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { withBrowserHeaders } from '../guard/browser.ts';
import { isHandshakeFault, type Listeners, plainListeners } from '../guard/listeners.ts';
import type { Ids } from '../ids.ts';
import { type Answer, errorAnswer } from './answer.ts';
import { type BodyFault, readBody } from './body.ts';
import { type Front, failureOf, type Incoming, type Outcome } from './front.ts';
import { answerAsOrdinary, createAccept, isHandshake, type SocketDoor } from './upgrade.ts';

export interface Limits {
  readonly bodyBytes: number;
  /** Time for the head of a request, and for the whole of it. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long a connection may lie idle between two requests. */
  readonly keepAliveMs: number;
  /** How long close() lets running requests finish. */
  readonly graceMs: number;
}

const defaults: Limits = {
  bodyBytes: 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveMs: 65_000,
  graceMs: 10_000,
};

/** One per request, also of one that could not be read. Nothing that a client sent is in it but names that we know. */
export interface LogLine {
  readonly requestId: string;
  readonly operation?: string;
  readonly account?: string;
  readonly region?: string;
  readonly status: number;
  readonly error?: string;
  /** Stack of a fault of ours, which the client knows by the id of its request. */
  readonly fault?: string;
  /** Real time, whatever the clock was wound to. */
  readonly ms: number;
}

export interface ServerOptions {
  /** The first that takes a request answers it. The last one takes all. */
  readonly fronts: readonly Front[];
  /** The clock that signatures are checked against: SDKs mend theirs by the Date of our answers. */
  readonly clock: Clock;
  /** Answers those whose body could not be read, where their protocol has a form of its own for refusals. */
  readonly unread?: Front;
  /** What talks over websockets. */
  readonly console?: SocketDoor;
  readonly ids: Ids;
  readonly log: (line: LogLine) => void;
  readonly limits?: Partial<Limits>;
  /** Refuses what a browser must not do here: everything else comes to the fronts. */
  readonly refuse?: ((request: Incoming) => Answer | undefined) | undefined;
  /** In the clear unless given. */
  readonly listeners?: Listeners;
}

export interface Server {
  /** Port 0 takes a free one. Rejects when the address cannot be had. */
  listen(port: number, host: string): Promise<{ port: number; host: string }>;
  /** Takes no more connections, lets running requests finish for the grace, then cuts what is left. */
  close(): Promise<void>;
}

/** A request under way. */
interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Answers now, whatever is still to come. */
  answer(outcome: Outcome): void;
}

/** How long a client that was cut short may go on sending, so that it reads the answer before its connection breaks. */
const LINGER_MS = 1000;

/**
 * A listener on plain node:http, which reads requests and writes the answers of the fronts. No answer carries a CORS header: a page of
 * another origin must not read from a service on this machine.
 */
export const createServer = (options: ServerOptions): Server => {
  const { fronts, unread, clock, console, ids, log, limits: given, refuse, listeners = plainListeners } = options;
  const limits = { ...defaults, ...given };
  const accept = createAccept();
  const dateOf = createHttpDates();
  /** Of every open connection its latest exchange: with pipelining, the last one to be answered. */
  const latest = new Map<Socket, Exchange | undefined>();
  const refused = new WeakSet<Socket>();
  let closed: Promise<void> | undefined;

  const headersOf = ({ type, body, error, headers: more }: Answer, requestId: string): string[] => {
    const headers = ['Server', 'Server', 'Date', dateOf(clock.now()), 'Content-Type', type];
    headers.push(
      'Content-Length',
      String(Buffer.byteLength(body)),
      'x-amzn-RequestId',
      requestId,
      ...withBrowserHeaders(more),
    );
    if (error !== undefined) headers.push('x-amzn-ErrorType', error);
    return headers;
  };

  const record = (requestId: string, { answer, ...seen }: Outcome, since: number): void => {
    const { status, error } = answer;
    const ms = Math.round((performance.now() - since) * 1000) / 1000;
    log({ requestId, ...seen, status, ...(error === undefined ? {} : { error }), ms });
  };

  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    const since = performance.now();
    const requestId = ids.uuid();
    const { socket } = req;
    const exchange: Exchange = {
      req,
      res,
      answer(outcome) {
        if (res.writableEnded) return;
        const headers = headersOf(outcome.answer, requestId);
        if (!req.complete) lingerAtEnd(socket);
        if (!req.complete || (closed && latest.get(socket) === exchange)) headers.push('Connection', 'close');
        res.writeHead(outcome.answer.status, headers);
        res.end(outcome.answer.body);
        record(requestId, outcome, since);
      },
    };
    latest.set(socket, exchange);
    const { method = '', url: target = '', rawHeaders } = req;
    readBody(req, limits.bodyBytes, (body) => {
      const remoteAddress = socket.remoteAddress ?? '';
      const secure = 'encrypted' in socket;
      const asked = { method, target, rawHeaders, requestId, remoteAddress, secure };
      if (typeof body === 'string') {
        const own = unread?.({ ...asked, body: Buffer.alloc(0), unread: new ApiError(body, refusals[body]) });
        if (own === undefined) exchange.answer(refusal(body));
        else void own.then((outcome) => exchange.answer(outcome ?? refusal(body)));
        return;
      }
      const request = { ...asked, body };
      const answer = refuse?.(request);
      if (answer !== undefined) exchange.answer({ answer });
      else void answerOf(fronts, request).then(exchange.answer);
    });
  };

  /** A request for a websocket; one that is refused is answered and over. */
  const onUpgrade = (door: SocketDoor, req: IncomingMessage, socket: Socket, head: Buffer): void => {
    const since = performance.now();
    const requestId = ids.uuid();
    const request = incomingOf(req, socket, requestId);
    // One that is refused is so as an ordinary request.
    if (!isHandshake(req) || !door.has(request) || refuse?.(request) !== undefined) {
      answerAsOrdinary((given) => http.emit(listeners.connection, given), req, socket, head);
      return;
    }
    latest.delete(socket);
    socket.on('error', () => socket.destroy());
    let taken = false;
    door
      .open(request, () => {
        const made = accept(req, socket, head);
        taken = made !== undefined;
        return made;
      })
      .then(
        (seen) => {
          if (taken) log({ requestId, operation: 'OpenTerminal', ...seen, status: 101, ms: performance.now() - since });
          else socket.destroy();
        },
        (error: unknown) => {
          const outcome = failureOf(error, requestId);
          socket.write(rawAnswer(outcome.answer, headersOf(outcome.answer, requestId)));
          lingerAtEnd(socket);
          socket.destroySoon();
          record(requestId, { ...outcome, operation: 'OpenTerminal' }, since);
        },
      );
  };

  /** What node could not read as a request, or waited for in vain. */
  const onClientError = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (refused.has(socket)) return;
    refused.add(socket);
    if (!socket.writable || error.code === 'ECONNRESET' || isHandshakeFault(error, socket)) {
      socket.destroy();
      return;
    }
    const outcome = refusal(unreadable[error.code ?? ''] ?? 'MalformedHttpRequestException');
    const exchange = latest.get(socket);
    const refuse = (): void => {
      if (!socket.writable) return;
      const requestId = ids.uuid();
      lingerAtEnd(socket);
      socket.write(rawAnswer(outcome.answer, headersOf(outcome.answer, requestId)));
      socket.destroySoon();
      record(requestId, outcome, performance.now());
    };
    // A request that came before it on the connection has its answer first.
    if (exchange && !exchange.req.complete) exchange.answer(outcome);
    else if (exchange && !exchange.res.writableFinished) exchange.res.once('close', refuse);
    else refuse();
  };

  const http = listeners.create({
    // Without a host no signature holds, and so the refusal has our form.
    requireHostHeader: false,
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(5000, Math.ceil(limits.headersTimeoutMs / 2)),
  });
  http.on(listeners.connection, (socket: Socket) => {
    latest.set(socket, undefined);
    socket.once('close', () => latest.delete(socket));
  });
  http.on('request', onRequest);
  http.on('checkContinue', (req, res) => {
    if (!(Number(req.headers['content-length']) > limits.bodyBytes)) res.writeContinue();
    onRequest(req, res);
  });
  http.on('checkExpectation', onRequest);
  if (console) http.on('upgrade', (req, socket, head) => onUpgrade(console, req, socket as Socket, head));
  http.on('clientError', (error, socket) => onClientError(error, socket as Socket));

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      const cut = setTimeout(() => {
        http.closeAllConnections();
        console?.cut();
      }, limits.graceMs);
      console?.close();
      http.close(() => {
        clearTimeout(cut);
        resolve();
      });
      for (const [socket, exchange] of latest) {
        if (!exchange || exchange.res.writableFinished) socket.destroySoon();
        else exchange.res.once('finish', () => socket.destroySoon());
      }
    });

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, host, () => {
          http.off('error', reject);
          resolve({ port: (http.address() as AddressInfo).port, host });
        });
      }),
    close() {
      closed ??= close();
      return closed;
    },
  };
};

/** Without a body: there is none before a websocket. */
const incomingOf = (
  { method = '', url: target = '', rawHeaders }: IncomingMessage,
  socket: Socket,
  requestId: string,
) => ({
  ...{ method, target, rawHeaders, body: Buffer.alloc(0), requestId },
  remoteAddress: socket.remoteAddress ?? '',
});

const answerOf = async (fronts: readonly Front[], request: Incoming): Promise<Outcome> => {
  for (const front of fronts) {
    const outcome = await front(request);
    if (outcome !== undefined) return outcome;
  }
  return failureOf(new Error('no front takes the request'), request.requestId);
};

const unreadable: Readonly<Record<string, BodyFault>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeoutException',
  HPE_INVALID_EOF_STATE: 'RequestAbortedException',
  HPE_HEADER_OVERFLOW: 'RequestEntityTooLargeException',
};

const refusals: Readonly<Record<BodyFault, string>> = {
  MalformedHttpRequestException: 'The request is not well-formed HTTP.',
  RequestAbortedException: 'The connection was closed before the request was complete.',
  RequestEntityTooLargeException: 'The request is larger than the service takes.',
  RequestTimeoutException: 'The request did not arrive in time.',
};

const refusal = (code: BodyFault): Outcome => ({ answer: errorAnswer(new ApiError(code, refusals[code])) });

const rawAnswer = ({ status, body }: Answer, headers: readonly string[]): string => {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${head}Connection: close\r\n\r\n${body}`;
};

/**
 * Has node end the connection after the answer but not break it off at once: a reset on unread bytes could overtake the
 * answer. What still comes in goes nowhere.
 */
export const lingerAtEnd = (socket: Socket): void => {
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  };
};

/** Formats the Date header once per second of the clock, not once per answer. */
const createHttpDates = (): ((now: number) => string) => {
  let second = Number.NaN;
  let text = '';
  return (now) => {
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      text = new Date(current * 1000).toUTCString();
    }
    return text;
  };
};
