import { createHash, createHmac } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { ClientOptions } from 'ws';
import { credentialsFile } from '../root.ts';
import { type Seat, sitDown, sizeOf } from './console-client.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { findServer } from './endpoint.ts';
import { Failure } from './failure.ts';
import { pinnedTo, requestTo } from './transport.ts';

/** Calls the controls of a running Lateen. Rejects with a Failure that says what to do. */
export type AdminCall = <Answer>(action: string, input?: object) => Promise<Answer>;

/** The controls of the Lateen that runs on the data directory, with the key that lies there. */
export const connect = async (data: string): Promise<AdminCall> => {
  const { url } = await findServer(data);
  const credentials = readCredentials(data);
  return async <Answer>(action: string, input: object = {}) => {
    const body = JSON.stringify(input);
    const { status, text } = await post(data, url, sign(url, `Lateen.${action}`, body, credentials), body);
    if (status === 200) return JSON.parse(text) as Answer;
    throw refusal(text, data, url);
  };
};

/** What is asked for of an instance's console. */
export interface ConsoleOf {
  readonly instanceName: string;
  readonly region: string;
  readonly account?: string;
}

/** Sits down at a terminal of an instance until it ends. Rejects with a Failure. */
export const openConsole = async (data: string, instance: ConsoleOf, seat: Seat): Promise<void> => {
  const { url } = await findServer(data);
  const query = Object.entries({ ...instance, ...sizeOf(seat) })
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${encode(String(value))}`)
    .join('&');
  const target = `${url}/console?${query}`;
  const headers = signed(target, 'GET', {}, '', readCredentials(data));
  const options: ClientOptions = { headers };
  // What ws hands it on to takes any function that opens a connection; its types know node's own two only.
  if (url.startsWith('https:')) options.createConnection = pinnedTo(data) as never;
  await sitDown(target.replace(/^http/, 'ws'), options, seat, (text) => refusal(text, data, url));
};

const region = 'us-east-1';
const type = 'application/x-amz-json-1.1';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The headers of a call, with its signature (Signature Version 4). */
const sign = (url: string, target: string, body: string, credentials: Credentials): OutgoingHttpHeaders =>
  signed(url, 'POST', { 'content-type': type, 'x-amz-target': target }, body, credentials);

/** As RFC 3986 has it, and signatures are made over. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** `own` are headers in alphabetical order, the query of the URL is in it too. */
const signed = (
  url: string,
  method: string,
  own: Readonly<Record<string, string>>,
  body: string,
  { accessKeyId, secret }: Credentials,
): Record<string, string> => {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${stamp.slice(0, 8)}/${region}/lateen/aws4_request`;
  const { host, pathname, search } = new URL(url);
  const { 'content-type': contentType, ...rest } = own;
  const headers: Record<string, string> = {
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...{ host, 'x-amz-date': stamp },
    ...rest,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = `${method}\n${pathname}\n${search.slice(1)}\n${lines.join('')}\n${names}\n${sha256(body)}`;
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`) as Buffer;
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
};

const post = (
  data: string,
  url: string,
  headers: OutgoingHttpHeaders,
  body: string,
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const asked = requestTo(data, url, { method: 'POST', headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    asked.on('error', (error) =>
      reject(new Failure(`The Lateen at ${url} broke off: ${error.message}. Its log may say why.`)),
    );
    asked.end(body);
  });

/** Other faults than these speak for themselves. */
const explanations: Readonly<Record<string, (data: string, url: string) => string>> = {
  UnrecognizedClientException: (data, url) =>
    `The Lateen at ${url} does not know the key in ${credentialsFile(data)}. Delete that file and start Lateen again: it is written anew.`,
  UnknownOperationException: (_data, url) =>
    `The Lateen at ${url} has no such control for this address: controls answer on loopback addresses only. Start it with --host 127.0.0.1, or 0.0.0.0.`,
};

const refusal = (text: string, data: string, url: string): Failure => {
  const { __type = '', message, tip } = JSON.parse(text) as { __type?: string; message?: string; tip?: string };
  const explained = explanations[__type]?.(data, url);
  return new Failure(explained ?? [message || __type, tip].filter(Boolean).join(' '));
};
