import { type ApiError, invalidInput } from './errors.ts';
import type { Seal } from './store/seal.ts';

/** Page tokens: sealed, so that nobody can make one up, and bound to the call that they continue. */
export interface Paging {
  /** Rows per page (F49: the server chooses). */
  readonly size: number;
  /** The position after which the page begins: 0 without a token. `call` names the operation, scope and filters. Throws InvalidInputException. */
  after(call: string, token: string | undefined): number;
  /** The token of the page behind `position`. */
  token(call: string, position: number): string;
}

export const createPaging = (seal: Seal, size = 100): Paging => ({
  size,
  after(call, token) {
    if (token === undefined) return 0;
    const [boundTo, position] = seal.tryOpen(Buffer.from(token, 'base64url'))?.toString().split('\n') ?? [];
    if (boundTo !== call || position === undefined) throw badToken();
    return Number(position);
  },
  token: (call, position) => seal.close(Buffer.from(`${call}\n${position}`)).toString('base64url'),
});

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/** One page of a list that is in memory as a whole and keeps its order; the last page has no token (F47). Throws as `after` does. */
export const pageOf = <T>(
  { paging }: { readonly paging: Paging },
  call: string,
  items: readonly T[],
  token: string | undefined,
): Page<T> => {
  const start = paging.after(call, token);
  const end = start + paging.size;
  const page = items.slice(start, end);
  return end < items.length ? { items: page, nextPageToken: paging.token(call, end) } : { items: page };
};

/** A token comes only from an earlier answer of the same call (F48). */
export const badToken = (): ApiError =>
  invalidInput(
    'The page token is not valid.',
    'Send the nextPageToken of the previous answer to the same call, or leave pageToken out to begin again.',
  );
