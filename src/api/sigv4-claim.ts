import { ApiError } from '../errors.ts';
import type { HeaderMap, Query } from './sigv4-canonical.ts';

/** What a request says of its own signature, before any of it is checked. */
export interface Claim {
  readonly algorithm: string;
  /** `keyid/date/region/service/aws4_request`, if it is well formed. */
  readonly credential: string;
  /** Lower case, in the order of the client. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** The date as sent: X-Amz-Date, or else Date (F9). */
  readonly date: string;
  /** X-Amz-Expires of a presigned request. */
  readonly expires: string | undefined;
  /** X-Amz-Security-Token of temporary credentials (F10); an empty one counts as none. */
  readonly token: string | undefined;
}

export const incomplete = (message: string): ApiError => new ApiError('IncompleteSignatureException', message);

export const invalidSignature = (message: string, reason?: 'expired'): ApiError =>
  new ApiError('InvalidSignatureException', message, { reason });

/**
 * Finds the signature in the Authorization header or in the query (F8).
 * Throws MissingAuthenticationTokenException, IncompleteSignatureException (F13), and InvalidSignatureException when both are there.
 */
export const readClaim = (headers: HeaderMap, query: Query): Claim => {
  const authorization = headers.get('authorization');
  const presigned = query.some(([key]) => key === 'X-Amz-Algorithm');
  if (authorization && presigned) {
    throw invalidSignature("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  }
  if (presigned) return claimOfQuery(headers, new Map(query));
  if (!authorization?.startsWith('AWS4-')) {
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  return claimOfHeader(headers, authorization);
};

const claimOfHeader = (headers: HeaderMap, authorization: string): Claim => {
  const [algorithm = '', ...items] = authorization.split(/[, ]+/);
  const found: Record<string, string> = {};
  for (const item of items) {
    if (item === '') continue;
    const mark = item.indexOf('=');
    if (mark < 0) {
      throw incomplete(
        `'${item}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
      );
    }
    found[item.slice(0, mark)] = item.slice(mark + 1);
  }
  const { Credential, Signature, SignedHeaders } = found;
  const date = headers.get('x-amz-date') || headers.get('date');
  if (!Credential || !Signature || !SignedHeaders || !date) {
    const lacks = Object.entries({ Credential, Signature, SignedHeaders }).filter(([, value]) => !value);
    const wanted = lacks.map(([name]) => `Authorization header requires '${name}' parameter. `);
    if (!date) {
      wanted.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
    }
    throw incomplete(`${wanted.join('')}Authorization=${authorization}`);
  }
  return {
    algorithm,
    credential: Credential,
    signature: Signature,
    signedHeaders: SignedHeaders.toLowerCase().split(';'),
    date,
    expires: undefined,
    token: headers.get('x-amz-security-token') || undefined,
  };
};

const required = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'];

const claimOfQuery = (headers: HeaderMap, query: ReadonlyMap<string, string>): Claim => {
  const lacks = required.filter((key) => !query.get(key));
  if (lacks.length > 0) {
    const wanted = lacks.map((key) => `AWS query-string parameters must include '${key}'. `);
    throw incomplete(`${wanted.join('')}Re-examine the query-string parameters.`);
  }
  const of = (key: string): string => query.get(key) ?? '';
  return {
    algorithm: of('X-Amz-Algorithm'),
    credential: of('X-Amz-Credential'),
    signature: of('X-Amz-Signature'),
    signedHeaders: of('X-Amz-SignedHeaders').toLowerCase().split(';'),
    date: of('X-Amz-Date'),
    expires: query.get('X-Amz-Expires'),
    token: query.get('X-Amz-Security-Token') || headers.get('x-amz-security-token') || undefined,
  };
};
