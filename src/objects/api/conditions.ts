import type { HeaderMap } from '../../api/sigv4-canonical.ts';
import { checkRead } from '../conditions.ts';
import type { ByteRange, ObjectInfo, ReadConditions, WriteConditions } from '../store.ts';
import { preconditionFailed, S3Error } from './errors.ts';
import { unquoted } from './exchange.ts';

/** The conditions of a read, or with the prefix `x-amz-copy-source-` of the source of a copy. */
export const readConditions = (headers: HeaderMap, prefix = ''): ReadConditions => {
  const etags = (name: string): readonly string[] | undefined =>
    headers
      .get(prefix + name)
      ?.split(',')
      .map((each) => unquoted(each.replace(/^\s*W\//, '')));
  const time = (name: string): number | undefined => {
    const ms = Date.parse(headers.get(prefix + name) ?? '');
    return Number.isNaN(ms) ? undefined : ms;
  };
  return {
    ifMatch: etags('if-match'),
    ifNoneMatch: etags('if-none-match'),
    ifModifiedSince: time('if-modified-since'),
    ifUnmodifiedSince: time('if-unmodified-since'),
  };
};

export const writeConditions = (headers: HeaderMap): WriteConditions => {
  const etag = (name: string): string | undefined => {
    const value = headers.get(name);
    return value === undefined ? undefined : unquoted(value);
  };
  return { ifMatch: etag('if-match'), ifNoneMatch: etag('if-none-match') };
};

/** Whether what the client has is as new (304). Throws PreconditionFailed. */
export const isUnchanged = (info: ObjectInfo, conditions: ReadConditions): boolean => {
  const failed = checkRead(info, conditions);
  if (failed === 'If-Match' || failed === 'If-Unmodified-Since') throw preconditionFailed(failed);
  return failed !== undefined;
};

/** The bytes that a Range header asks for; undefined for all of them, which several ranges or none that is understood get. Throws InvalidRange. */
export const rangeOf = (header: string | undefined, size: number): ByteRange | undefined => {
  const [, from = '', to = ''] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const first = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first <= last && !(from === '' && Number(to) === 0)) return { first, last };
  throw new S3Error('InvalidRange', {
    details: { RangeRequested: header, ActualObjectSize: size },
    headers: { 'content-range': `bytes */${size}` },
  });
};
