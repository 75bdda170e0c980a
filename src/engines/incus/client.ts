import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { createEvents, type IncusEvent } from './events.ts';
import { createTransport, type IncusAddress, type RawAnswer } from './transport.ts';

export type { IncusEvent } from './events.ts';
export type { IncusAddress } from './transport.ts';

/**
 * One Incus daemon. A path is like `/1.0/instances/x`; the project is added to it unless it names one itself. Calls throw
 * `IncusError` when the daemon refuses, and a plain Error when it does not answer.
 */
export interface Incus {
  /** The metadata of the answer. */
  get<T>(path: string): Promise<T>;
  /** Undefined when the daemon says 404. */
  find<T>(path: string): Promise<T | undefined>;
  /** Waits for the operation, when the daemon begins one, and gives that operation's metadata. So do the next ones. */
  post<T = unknown>(path: string, body: unknown): Promise<T>;
  /** The same, but goes on as soon as the operation has begun: with the path of the operation, and its metadata by then. */
  begin<T>(path: string, body: unknown): Promise<{ readonly path: string; readonly metadata: T }>;
  put<T = unknown>(path: string, body: unknown): Promise<T>;
  patch<T = unknown>(path: string, body: unknown): Promise<T>;
  /** What is not there is deleted. */
  delete(path: string): Promise<void>;
  upload<T = unknown>(path: string, body: Readable | Buffer, headers: Readonly<Record<string, string>>): Promise<T>;
  /** What is no JSON, such as a log. */
  text(path: string): Promise<string>;
  /** A regular file of an instance, running or not; undefined when there is none, or no such instance. */
  readFile(instance: string, path: string): Promise<Buffer | undefined>;
  /** Runs a command, without a shell, in a running instance; also in its first moments. */
  exec(
    instance: string,
    command: readonly string[],
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** A websocket of an operation or of `/1.0/events`, open. */
  socket(path: string): Promise<WebSocket>;
  /** Tells what happens to instances, until the answer is called. Connects anew by itself. */
  onEvent(listener: (event: IncusEvent) => void): () => void;
  close(): void;
}

/** What the daemon says is wrong, in its own words. `status` is as in HTTP, also for an operation that failed later (400). */
export class IncusError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

interface Answer {
  readonly type: 'sync' | 'async' | 'error';
  readonly error_code: number;
  readonly error: string;
  readonly operation: string;
  readonly metadata: unknown;
}

interface Operation {
  readonly status_code: number;
  readonly err: string;
  readonly metadata: unknown;
}

const success = 200;
const failure = 400;
/** Below it, an operation is not over. */
const firstFinalCode = 200;
/** How long the daemon holds one question for the end of an operation, in seconds. */
const waitSeconds = 60;

/** Speaks to the daemon at `address`, about what is in `project`. */
export const openIncus = (address: IncusAddress, project = 'lateen'): Incus => {
  const transport = createTransport(address);
  const inProject = (path: string): string =>
    /[?&](project|all-projects)=/.test(path) ? path : `${path}${path.includes('?') ? '&' : '?'}project=${project}`;

  const send = async (
    method: string,
    path: string,
    body?: Readable | Buffer,
    headers?: Readonly<Record<string, string>>,
  ): Promise<RawAnswer> => {
    const answer = await transport.send(method, inProject(path), body, headers);
    if (answer.status >= 400) throw refusalOf(answer);
    return answer;
  };
  const finish = async (answer: RawAnswer): Promise<unknown> => {
    const parsed = parse(answer);
    if (parsed.type !== 'async') return parsed.metadata;
    const [operation = ''] = parsed.operation.split('?');
    for (;;) {
      const waited = parse(await send('GET', `${operation}/wait?timeout=${waitSeconds}`));
      const found = waited.type === 'error' ? await lookAgain(operation, waited.error) : waited.metadata;
      const { status_code, err, metadata } = found as Operation;
      if (status_code === success) return metadata;
      if (status_code >= firstFinalCode) throw new IncusError(err, status_code);
    }
  };
  /** The daemon says 200 before it waits: that the time is over and that the operation failed are both errors in the body. */
  const lookAgain = async (operation: string, error: string): Promise<unknown> => {
    const found = await optional(send('GET', operation));
    return found ? parse(found).metadata : { status_code: failure, err: error, metadata: null };
  };
  const sendJson = (method: string, path: string, body?: unknown): Promise<RawAnswer> => {
    const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = json && { 'content-type': 'application/json', 'content-length': String(json.length) };
    return send(method, path, json, headers);
  };
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    (await finish(await sendJson(method, path, body))) as T;
  const optional = <T>(found: Promise<T>): Promise<T | undefined> =>
    found.catch((error: unknown) => {
      if (error instanceof IncusError && error.status === 404) return undefined;
      throw error;
    });
  const file = async (path: string): Promise<Buffer> => (await send('GET', path)).body;
  const events = createEvents(() => transport.socket(inProject('/1.0/events?type=lifecycle')));

  return {
    get: (path) => call('GET', path),
    find: <T>(path: string) => optional(call<T>('GET', path)),
    post: (path, body) => call('POST', path, body),
    async begin<T>(path: string, body: unknown) {
      const { operation, metadata } = parse(await sendJson('POST', path, body));
      return { path: operation.split('?')[0] ?? '', metadata: (metadata as Operation).metadata as T };
    },
    put: (path, body) => call('PUT', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: async (path) => void (await optional(call('DELETE', path))),
    upload: async <T>(path: string, body: Readable | Buffer, headers: Readonly<Record<string, string>>) =>
      (await finish(await send('POST', path, body, headers))) as T,
    text: async (path) => String(await file(path)),
    async readFile(instance, path) {
      const found = await optional(send('GET', `/1.0/instances/${instance}/files?path=${encodeURIComponent(path)}`));
      return found?.headers['x-incus-type'] === 'file' ? found.body : undefined;
    },
    async exec(instance, command) {
      const ran = await onceBooting(() =>
        call<{ readonly return: number; readonly output: Readonly<Record<string, string>> }>(
          'POST',
          `/1.0/instances/${instance}/exec`,
          { command, 'record-output': true, interactive: false },
        ),
      );
      const { '1': stdout, '2': stderr } = ran.output;
      const [out, err] = await Promise.all([stdout, stderr].map((path) => (path ? file(path) : Buffer.alloc(0))));
      await Promise.all([stdout, stderr].map((path) => path && optional(call('DELETE', path))));
      return { code: ran.return, stdout: String(out), stderr: String(err) };
    },
    socket: (path) => transport.socket(inProject(path)),
    onEvent: events.listen,
    close() {
      events.close();
      transport.close();
    },
  };
};

/** What Incus says now and then of a container that has just begun to boot; the command has not run. */
const tooEarly = /Failed to retrieve PID of executing child process/;
const tries = 20;
const pauseMs = 250;

/** Tries again in the first moments of a container. */
const onceBooting = async <T>(run: () => Promise<T>): Promise<T> => {
  for (let left = tries; ; left -= 1) {
    try {
      return await run();
    } catch (error) {
      if (left === 0 || !(error instanceof IncusError && tooEarly.test(error.message))) throw error;
      await sleep(pauseMs);
    }
  }
};

const parse = (answer: RawAnswer): Answer => {
  try {
    return JSON.parse(answer.body.toString()) as Answer;
  } catch {
    throw new Error(`What answers is not Incus: status ${answer.status}, ${answer.body.toString().slice(0, 100)}`);
  }
};

const refusalOf = (answer: RawAnswer): Error => {
  const { error, error_code } = parse(answer);
  return new IncusError(error, error_code || answer.status);
};
