import { limits } from '../../limits.ts';
import type { Tag, Written } from '../../store.ts';
import { attributesOf } from '../attributes.ts';
import { writeConditions } from '../conditions.ts';
import { S3Error } from '../errors.ts';
import { type BucketAction, type BucketExchange, demand, quoted, versionHeader } from '../exchange.ts';
import { checksumHeader } from '../payload.ts';
import { tagsOfHeader } from '../tags.ts';

export const putObject: BucketAction = async (exchange) => {
  const { world, bucket, key, headers } = exchange;
  await demandPut(exchange);
  const attributes = attributesOf(headers, bucket);
  const payload = exchange.payload();
  checkSize(payload.size);
  const written = await world.store.put(bucket, {
    key,
    ...attributes,
    ...payload,
    conditions: writeConditions(headers),
  });
  return { status: 200, headers: writtenHeaders(exchange, written), objectSize: written.size };
};

/** Throws EntityTooLarge. */
export const checkSize = (size: number | undefined): void => {
  if (size === undefined || size <= limits.maxPutBytes) return;
  throw new S3Error('EntityTooLarge', { details: { ProposedSize: size, MaxSizeAllowed: limits.maxPutBytes } });
};

export const writtenHeaders = (
  { bucket }: BucketExchange,
  { etag, versionId, checksum }: Written,
): Record<string, string> => ({
  etag: quoted(etag),
  ...versionHeader(bucket, versionId),
  ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }),
});

const tagsGiven = ({ headers }: BucketExchange): readonly Tag[] | undefined => {
  const given = headers.get('x-amz-tagging');
  return given === undefined ? undefined : tagsOfHeader(given);
};

/** A put that brings tags or an ACL needs the permission for them too. Throws AccessDenied. */
export const demandPut = async (
  exchange: BucketExchange,
  requestTags: readonly Tag[] | undefined = tagsGiven(exchange),
): Promise<void> => {
  const { headers } = exchange;
  await demand(exchange, 'PutObject', { requestTags });
  if (requestTags !== undefined) await demand(exchange, 'PutObjectTagging', { requestTags });
  if ([...headers.keys()].some((name) => name === 'x-amz-acl' || name.startsWith('x-amz-grant-')))
    await demand(exchange, 'PutObjectAcl');
};
