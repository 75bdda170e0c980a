import type { ObjectInfo, ReadConditions } from './store.ts';

/** Times of the wire have no fractions of seconds. */
const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;

const names = (tags: readonly string[], etag: string): boolean => tags.includes('*') || tags.includes(etag);

/**
 * The header of the first condition that does not hold, or undefined. An entity tag goes before a time: where `If-Match` holds,
 * `If-Unmodified-Since` is not asked, and where `If-None-Match` holds, `If-Modified-Since` is not (RFC 9110, 13.2.2, and the S3 API of GetObject).
 */
export const checkRead = (
  { etag, modifiedAt }: Pick<ObjectInfo, 'etag' | 'modifiedAt'>,
  { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: ReadConditions,
): 'If-Match' | 'If-None-Match' | 'If-Modified-Since' | 'If-Unmodified-Since' | undefined => {
  const changed = wholeSeconds(modifiedAt);
  if (ifMatch !== undefined) {
    if (!names(ifMatch, etag)) return 'If-Match';
  } else if (ifUnmodifiedSince !== undefined && changed > ifUnmodifiedSince) return 'If-Unmodified-Since';
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, etag) ? 'If-None-Match' : undefined;
  return ifModifiedSince !== undefined && changed <= ifModifiedSince ? 'If-Modified-Since' : undefined;
};
