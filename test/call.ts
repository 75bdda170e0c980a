import { Agent, request } from 'node:http';
import type { OperationName, Operations } from '../src/api/generated/operations.ts';
import { signerOf } from './as-user.ts';
import type { Account } from './lateen.ts';
import { sign, signedFetch } from './sign.ts';

/** What came back, whatever it is. `error` is the `__type` of a refusal. */
export interface Reply<Output> {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: Output;
  readonly error: string | undefined;
  readonly message: string | undefined;
}

/** Signed calls without an SDK: they cost little, and nothing is checked or tried again on the way. Connections are kept. */
export interface Api {
  /** Rejects only when the connection breaks. */
  ask<O extends OperationName>(operation: O, input?: unknown): Promise<Reply<Operations[O]['output']>>;
  /** Rejects with the refusal. */
  call<O extends OperationName>(
    operation: O,
    ...input: object extends Operations[O]['input'] ? [Operations[O]['input']?] : [Operations[O]['input']]
  ): Promise<Operations[O]['output']>;
  /** A control of Lateen itself, such as AdvanceClock. Rejects with the refusal. */
  control(action: string, input?: object): Promise<Record<string, unknown>>;
  /** A body as it is, to whatever target. */
  send(target: string, body: string): Promise<Reply<unknown>>;
}

/** `GetInstance` of `Lightsail_20161128.GetInstance`. */
const operationOf = (target: string): string => /^Lightsail_20161128\.(\w+)$/.exec(target)?.[1] ?? '';

/** Longer than anything takes that does not hang. */
const patienceMs = 20_000;

export const apiOf = (server: Account, region = 'us-east-1'): Api => {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const { url } = server;

  const send = async (target: string, body: string, service = 'lightsail'): Promise<Reply<unknown>> => {
    const signer = await signerOf(server, operationOf(target));
    return new Promise((resolve, reject) => {
      const { accessKeyId, secret, sessionToken } = signer;
      const headers = {
        ...sign({
          headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
          ...{ url, body, accessKeyId, secret, region, service },
          ...(sessionToken === undefined ? {} : { sessionToken }),
        }),
        'content-length': Buffer.byteLength(body),
      };
      const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('error', reject);
        answer.on('end', () => resolve(replyOf(answer.statusCode ?? 0, answer.headers['content-type'] ?? '', text)));
      });
      sent.setTimeout(patienceMs, () => sent.destroy(new Error(`${target} hangs`)));
      sent.on('error', reject);
      sent.end(body);
    });
  };

  const demand = async (reply: Promise<Reply<unknown>>, what: string): Promise<unknown> => {
    const { status, body, error, message } = await reply;
    if (status !== 200) throw new Error(`${what}: ${error}: ${message}`);
    return body;
  };

  return {
    send,
    ask: (operation, input = {}) => send(`Lightsail_20161128.${operation}`, JSON.stringify(input)) as never,
    call: (operation, input = {}) =>
      demand(send(`Lightsail_20161128.${operation}`, JSON.stringify(input)), operation) as never,
    control: (action, input = {}) =>
      demand(send(`Lateen.${action}`, JSON.stringify(input), 'lateen'), action) as Promise<Record<string, unknown>>,
  };
};

const replyOf = (status: number, type: string, text: string): Reply<unknown> => {
  const body: unknown = type === 'application/x-amz-json-1.1' ? JSON.parse(text) : undefined;
  const { __type, message } = (status === 200 ? {} : (body ?? {})) as { __type?: string; message?: string };
  return { status, type, text, body, error: __type, message };
};

/** One signed call, past all that an SDK checks, with the headers of its answer. Rejects only when the connection breaks. */
export const call = async (
  account: Account,
  operation: string,
  input: unknown = {},
  region = 'us-east-1',
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
): Promise<Reply<any> & { readonly headers: Headers }> => {
  const signer = await signerOf(account, operation);
  const answer = await signedFetch(operation, input, { ...signer, region });
  const { status, headers } = answer;
  return { ...replyOf(status, headers.get('content-type') ?? '', await answer.text()), headers };
};

/** What an id of the API looks like. */
export const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Every item of a listing. `page` reads one page and names the next. */
export const allPages = async <T>(
  page: (pageToken: string | undefined) => Promise<{ items: readonly T[] | undefined; next: string | undefined }>,
): Promise<T[]> => {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items = [], next } = await page(token);
    all.push(...items);
    token = next;
  } while (token !== undefined);
  return all;
};
