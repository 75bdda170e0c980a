import type { ObjectRefusal, RefusalCode } from '../store.ts';
import { S3Error } from './errors.ts';

/** Codes that S3 has several texts for: the store's says which of them it is about. */
const ownText: ReadonlySet<RefusalCode> = new Set(['BadDigest', 'InvalidArgument', 'InvalidRequest']);

/** What the store refused, as S3 says it. */
export const refusalOf = ({ code, message, marker, condition }: ObjectRefusal, key: string): S3Error => {
  const named = code === 'NoSuchKey' || code === 'NoSuchVersion';
  return new S3Error(code, {
    ...(ownText.has(code) && { message }),
    details: { Key: named ? key : undefined, Condition: condition },
    headers: {
      ...(marker && { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId }),
      ...(marker &&
        code === 'MethodNotAllowed' && { 'last-modified': new Date(marker.modifiedAt).toUTCString(), allow: 'DELETE' }),
    },
  });
};
