/**
 * A request exactly as it came over the wire. Strings hold one character per byte, as node:http gives them
 * (latin1), so that what is hashed here is what the client hashed.
 */
export interface RawRequest {
  readonly method: string;
  /** The request target, undecoded: `/?a=b`. */
  readonly target: string;
  /** Name, value, name, value ... in order of arrival. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** Headers by lower-case name; values of one name are joined with a comma in order of arrival. */
export type HeaderMap = ReadonlyMap<string, string>;

/** Decoded key and value of each part of the query, in order of arrival; a `+` stays a `+`. */
export type Query = readonly (readonly [key: string, value: string])[];

const blanks = /[ \t\r\n\v\f]+/g;
const unevenBlanks = /[\t\r\n\v\f]| {2}|^ | $/;

/** Trims, and makes one blank of a run of blanks or of a folded line. Not `trim()`: that would eat the byte A0 of UTF-8 text. */
export const evenBlanks = (value: string): string =>
  unevenBlanks.test(value) ? value.replace(blanks, ' ').replace(/^ | $/g, '') : value;

export const headerMap = (rawHeaders: readonly string[]): HeaderMap => {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    const value = evenBlanks(rawHeaders[i + 1]!);
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return headers;
};

/** The first header of this lower-case name, or undefined: cheaper than a map where few headers are looked at. */
export const headerOf = (rawHeaders: readonly string[], name: string): string | undefined => {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i]!;
    if (candidate.length === name.length && candidate.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
};

/** Percent-decoded, one character per byte; what is not well formed stays as it is. */
export const decode = (text: string): string =>
  text.includes('%')
    ? text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;

const encodeByte = (byte: string): string => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** Percent-encoded but for the unreserved characters; one character per byte. */
export const encode = (text: string): string => text.replace(/[^A-Za-z0-9\-_.~]/g, encodeByte);

/** Path and query of a target, which a client behind a proxy sends in absolute form (`http://host/path`). */
export const splitTarget = (target: string): { path: string; query: string } => {
  const local = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  const mark = local.indexOf('?');
  return mark < 0 ? { path: local, query: '' } : { path: local.slice(0, mark), query: local.slice(mark + 1) };
};

export const parseQuery = (text: string): Query => {
  if (text === '') return [];
  const parts = text.split('&').filter((part) => part !== '');
  return parts.map((part) => {
    const mark = part.indexOf('=');
    return mark < 0 ? [decode(part), ''] : [decode(part.slice(0, mark)), decode(part.slice(mark + 1))];
  });
};

/** The path, normalised as every service but S3 does it: no empty, `.` or `..` segments, never empty. */
export const canonicalPath = (path: string): string => {
  if (path === '' || path === '/') return '/';
  const kept: string[] = [];
  for (const segment of decode(path).split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(encode(segment));
  }
  return kept.length === 0 ? '/' : `/${kept.join('/')}${path.endsWith('/') ? '/' : ''}`;
};

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The query without its signature and without `omit`, encoded and sorted by key, then by value, in byte order. */
export const canonicalQuery = (query: Query, omit?: string): string =>
  query
    .filter(([key]) => key !== 'X-Amz-Signature' && key !== omit)
    .map(([key, value]) => [encode(key), encode(value)] as const)
    .sort((a, b) => byteOrder(a[0], b[0]) || byteOrder(a[1], b[1]))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');

/** The headers that the client says it signed, in its order, each line with its end. */
export const canonicalHeaders = (headers: HeaderMap, signed: readonly string[]): string => {
  let lines = '';
  for (const name of signed) lines += `${name}:${headers.get(name) ?? ''}\n`;
  return lines;
};
