import { ApiError } from '../errors.ts';
import { type RawRequest, splitTarget } from './sigv4-canonical.ts';

/** A decoded name and value, in order of arrival. */
export type Pair = readonly [name: string, value: string];

/** What a query says: the operation by its name, the version of the API, and the parameters of the operation. */
export interface QueryCall {
  readonly action: string | undefined;
  readonly version: string | undefined;
  readonly parameters: readonly Pair[];
}

/** More parameters than any call has: the largest lists of the model have some hundred items. */
const mostPairs = 2000;

/** Parameters of the protocol and of signatures, old and new. None of them reaches the operation (query-get 2.6). */
const reserved = new Set([
  ...['Action', 'Version', 'AWSAccessKeyId', 'Signature', 'SignatureVersion'],
  ...['SignatureMethod', 'Timestamp', 'SecurityToken', 'Expires'],
]);

/** An operation has a parameter `action`, so case matters for all but the ones that look like headers. */
const isReserved = (name: string): boolean => reserved.has(name) || /^x-amz-/i.test(name);

/**
 * The text of the query. Tools that take `/?Action=X` for a path append a second query to it, and some escape the first question
 * mark: what follows it in the path is query too (query-get 2.1).
 */
export const queryText = (target: string): string => {
  const { path, query } = splitTarget(target);
  const mark = /\?|%3F/i.exec(path);
  if (mark === null) return query;
  const hidden = path.slice(mark.index + mark[0].length).replace(/^([^=&]*)%3D/i, '$1=');
  return query === '' ? hidden : `${hidden}&${query}`;
};

/** Reads the query of a request, and its body when it is a form. Throws MalformedQueryString and InvalidQueryParameter. */
export const readQueryCall = (request: RawRequest): QueryCall => {
  const form = request.body.length === 0 ? '' : request.body.toString('latin1');
  const parts = [queryText(request.target), form].flatMap((text) => text.split('&').filter((part) => part !== ''));
  if (parts.length > mostPairs) {
    throw new ApiError('InvalidQueryParameter', `The query has more than ${mostPairs} parameters.`);
  }
  const pairs = parts.map(readPair).flatMap(splitAction);
  return {
    action: once(pairs, 'Action'),
    version: once(pairs, 'Version'),
    parameters: pairs.filter(([name]) => !isReserved(name)),
  };
};

/** Throws MalformedQueryString. */
export const readPair = (part: string): Pair => {
  const mark = part.indexOf('=');
  return mark < 0 ? [decode(part), ''] : [decode(part.slice(0, mark)), decode(part.slice(mark + 1))];
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Percent escapes and `+` of one name or value, whose characters are bytes. */
const decode = (text: string): string => {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw malformed();
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw malformed();
  }
};

const malformed = (): ApiError =>
  new ApiError('MalformedQueryString', 'The query string contains a syntax error: its escapes are not those of UTF-8.');

/** `Action=GetInstances?pageToken=x` is two parameters (query-get 2.1). */
const splitAction = (pair: Pair): readonly Pair[] => {
  const [name, value] = pair;
  const mark = value.indexOf('?');
  if (name !== 'Action' || mark < 0) return [pair];
  const [key = '', ...rest] = value.slice(mark + 1).split('=');
  return [[name, value.slice(0, mark)], ...(key === '' ? [] : [[key, rest.join('=')] as const])];
};

const once = (pairs: readonly Pair[], wanted: string): string | undefined => {
  const values = pairs.filter(([name]) => name === wanted);
  if (values.length > 1) throw new ApiError('InvalidQueryParameter', `${wanted} stands in the query twice.`);
  return values[0]?.[1];
};
