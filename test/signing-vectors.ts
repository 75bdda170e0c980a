import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import * as aws4 from 'aws4';
import { expect } from 'vitest';
import type { Server } from './lateen.ts';
import { rawRequest } from './sign.ts';

/** What is to be signed. */
export interface Unsigned {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Without host. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Key {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly sessionToken?: string | undefined;
}

/** What a signer made: where to send it, and the headers to send. */
export interface Signed {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs for Lightsail in us-east-1, in the header or in the query. */
export type Signer = (request: Unsigned, host: string, key: Key, form: Form) => Promise<Signed>;

export type Form = 'header' | 'query';

/** A trap that servers fall into (sigv4-and-errors 1): what is signed, and how it then stands on the wire. */
export interface Vector {
  readonly trap: string;
  readonly request?: Partial<Unsigned>;
  readonly target?: (target: string) => string;
  /** Lines of headers, `name: value`. */
  readonly lines?: (lines: readonly string[]) => readonly string[];
  /** One form alone, where the trap is not in the other. */
  readonly only?: Form;
}

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export const queryOf = (query: Unsigned['query']): string =>
  query.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&');

export const plain: Unsigned = { method: 'GET', path: '/', query: [['Action', 'GetRegions']], headers: {}, body: '' };

const withQuery = (...more: [string, string][]): Partial<Unsigned> => ({ query: [...plain.query, ...more] });
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const inForm = (body: string, headers: Record<string, string> = {}): Partial<Unsigned> => ({
  ...{ method: 'POST', query: [], headers: { ...form, ...headers }, body },
});
const json = {
  ...{ method: 'POST', query: [], body: '{ "includeAvailabilityZones": true }' },
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Lightsail_20161128.GetRegions' },
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const line =
  (name: string, ...values: string[]) =>
  (lines: readonly string[]): readonly string[] =>
    lines.flatMap((text) => (text.startsWith(`${name}:`) ? values.map((value) => `${name}:${value}`) : [text]));
const authorization =
  (change: (value: string) => string) =>
  (lines: readonly string[]): readonly string[] =>
    lines.map((text) => (/^authorization:/i.test(text) ? change(text) : text));

export const vectors: readonly Vector[] = [
  { trap: 'nothing but host and date' },
  { trap: 'an escaped path', request: { path: '/%E1%88%B4/a%20b/' } },
  { trap: 'a path that hides the query', request: { path: '/%3FAction=GetRegions', query: [['a', 'b']] } },
  { trap: 'double slashes', request: { path: '//api///v//' } },
  { trap: 'dot segments', request: { path: '/api/./v/../' } },
  { trap: 'an address in absolute form', target: (target) => `http://elsewhere.example${target}` },
  {
    trap: 'a key without a value',
    request: withQuery(['bare', '']),
    target: (target) => target.replace('bare=', 'bare'),
  },
  { trap: 'keys in byte order', request: withQuery(['b', '1'], ['a', '1'], ['B', '1'], ['a-', '1']) },
  { trap: 'values in byte order, with duplicates', request: withQuery(['k', 'b'], ['k', 'a'], ['k', 'A'], ['k', 'a']) },
  { trap: 'a plus for a blank', request: withQuery(['k', 'a b']), target: (target) => target.replace('a%20b', 'a+b') },
  { trap: 'a plus that is one', request: withQuery(['k', 'a+b']) },
  {
    trap: 'an equal sign in a value',
    request: withQuery(['k', 'a=b']),
    target: (target) => target.replace('a%3Db', 'a=b'),
  },
  { trap: 'a slash in a value', request: withQuery(['k', 'a/b']), target: (target) => target.replace('a%2Fb', 'a/b') },
  {
    trap: 'escapes in lower case',
    request: withQuery(['k', 'ñ']),
    target: (target) => target.replace('%C3%B1', '%c3%b1'),
  },
  {
    trap: 'escapes that need not be',
    request: withQuery(['key', 'a~']),
    target: (target) => target.replace('key=a~', '%6bey=%61%7e'),
  },
  {
    trap: 'the doubled question mark',
    request: { query: [['Action', 'GetBundles?includeInactive=true']] },
    target: (target) => target.replace('%3FincludeInactive%3D', '?includeInactive='),
  },
  {
    trap: 'blanks around and within a value',
    request: { headers: { 'my-header': 'a b c' } },
    lines: line('my-header', '   a  b\t c  '),
  },
  { trap: 'blanks within quotes', request: { headers: { 'my-header': '"x y"' } }, lines: line('my-header', '"x   y"') },
  {
    trap: 'headers of one name, in order of arrival',
    request: { headers: { 'my-header': 'z,a,m' } },
    lines: line('my-header', ' z', 'a ', 'm'),
  },
  {
    trap: 'names of headers in any case',
    lines: (lines) => lines.map((text) => text.replace(/^[^:]+/, (name) => name.toUpperCase())),
  },
  {
    trap: 'headers that nobody signed',
    lines: (lines) => [...lines, 'Via: 1.1 proxy', 'X-Amzn-Trace-Id: Root=1', 'Expect:'],
  },
  {
    trap: 'a stale Date beside X-Amz-Date',
    lines: (lines) => ['Date: Sat, 01 Jan 2000 00:00:00 GMT', ...lines],
    only: 'header',
  },
  { trap: 'AWS JSON', request: json },
  {
    trap: 'a content type with its charset',
    request: { ...json, headers: { ...json.headers, 'content-type': 'application/x-amz-json-1.1; charset=utf-8' } },
  },
  {
    trap: 'a length that is signed',
    request: { ...json, headers: { ...json.headers, 'content-length': String(json.body.length) } },
  },
  { trap: 'a form with signs of all kinds', request: inForm('Action=GetRegions&x=%C3%B1+%2B&y=') },
  {
    trap: 'the hash of the body declared',
    request: inForm('Action=GetRegions', { 'x-amz-content-sha256': sha256('Action=GetRegions') }),
  },
  { trap: 'UNSIGNED-PAYLOAD', request: inForm('Action=GetRegions', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }) },
  { trap: 'no blanks in Authorization', lines: authorization((value) => value.replace(/, /g, ',')), only: 'header' },
  {
    trap: 'the parts of Authorization in another order',
    lines: authorization((value) => {
      const [, start, rest] = /^(\S+ *\S+) (.*)$/.exec(value.replace(': ', ':'))!;
      return `${start} ${rest!.split(/, ?/).reverse().join(', ')}`;
    }),
    only: 'header',
  },
];

/** Sends what was signed as raw bytes. `spoil` changes them, so that the signature must not hold any more. */
export const send = (
  port: number,
  vector: Vector,
  unsigned: Unsigned,
  { target, headers }: Signed,
  spoil: (text: string) => string = (text) => text,
): Promise<string> => {
  const lines = Object.entries({ 'content-length': String(Buffer.byteLength(unsigned.body)), ...lower(headers) }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const sent = [...(vector.lines?.(lines) ?? lines), 'Connection: close'].join('\r\n');
  const first = `${unsigned.method} ${vector.target?.(target) ?? target} HTTP/1.1`;
  return rawRequest(port, spoil(`${first}\r\n${sent}\r\n\r\n${unsigned.body}`));
};

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

/** The last sign of the signature is another one. */
const forged = (text: string): string =>
  text.replace(
    /(Signature=[0-9a-f]{63})([0-9a-f])/,
    (_, start: string, last: string) => `${start}${last === '0' ? '1' : '0'}`,
  );

/** Sends a vector as it was signed, which must be taken, and with another signature, which must not. */
export const exchange = async (
  server: Server,
  vector: Vector,
  signer: Signer,
  form: Form,
  key: Key = server,
): Promise<void> => {
  const unsigned = { ...plain, ...vector.request };
  const signed = await signer(unsigned, `127.0.0.1:${server.port}`, key, form);
  const answer = await send(server.port, vector, unsigned, signed);
  expect(statusOf(answer), answer.slice(0, 600)).toBe(200);
  const refused = await send(server.port, vector, unsigned, signed, forged);
  expect([400, 403], refused.slice(0, 600)).toContain(statusOf(refused));
  expect(refused).toMatch(/SignatureDoesNotMatch|InvalidSignatureException/);
};

export const formsOf = (vector: Vector): readonly Form[] =>
  vector.only === undefined ? ['header', 'query'] : [vector.only];

const lower = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const smithy: Signer = async ({ method, path, query, headers, body }, host, key, form) => {
  const { accessKeyId, secret: secretAccessKey, sessionToken } = key;
  const signer = new SignatureV4({
    ...{ service: 'lightsail', region: 'us-east-1', sha256: Sha256 as never },
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
  const [hostname = '', port] = host.split(':');
  const grouped: Record<string, string[]> = {};
  for (const [name, value] of query) grouped[name] = [...(grouped[name] ?? []), value];
  const request = {
    ...{ method, protocol: 'http:', hostname, port: Number(port), path, query: grouped, body },
    headers: { host, ...headers },
  };
  const names = new Set(['host', ...Object.keys(headers)]);
  const options = { expiresIn: 60, unhoistableHeaders: names, signableHeaders: names };
  const signed = await (form === 'header' ? signer.sign(request) : signer.presign(request, options));
  const pairs = Object.entries(signed.query ?? {}).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => [name, value] as const),
  );
  return { target: `${path}${pairs.length === 0 ? '' : `?${queryOf(pairs)}`}`, headers: signed.headers };
};

const aws4Signer: Signer = async ({ method, path, query, headers, body }, host, key, form) => {
  const { accessKeyId, secret: secretAccessKey, sessionToken } = key;
  const target = query.length === 0 ? path : `${path}?${queryOf(query)}`;
  // It looks for its own headers by the names as it writes them.
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) own[name.replace(/\b[a-z]/g, (c) => c.toUpperCase())] = value;
  const signed = aws4.sign(
    {
      host,
      path: target,
      method,
      service: 'lightsail',
      region: 'us-east-1',
      headers: own,
      body,
      signQuery: form === 'query',
    },
    { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  );
  const sent = Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)]);
  return { target: signed.path!, headers: Object.fromEntries(sent) as Record<string, string> };
};

/** Signers of others. */
export const signers: Readonly<Record<string, Signer>> = { smithy, aws4: aws4Signer };
