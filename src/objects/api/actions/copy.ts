import { decode } from '../../../api/sigv4-canonical.ts';
import type { ByteRange, Checksum, CopySource, StoredChecksum } from '../../store.ts';
import { aclOfHeaders } from '../acl.ts';
import { headersOf, metadataOf, refuseOthers } from '../attributes.ts';
import { readConditions, writeConditions } from '../conditions.ts';
import { invalidArgument, invalidRequest, S3Error } from '../errors.ts';
import { type BucketAction, type BucketExchange, lookAt, quoted, versionHeader } from '../exchange.ts';
import { algorithmOf } from '../payload.ts';
import { tagsOfHeader } from '../tags.ts';
import { decodeText } from '../target.ts';
import { type Element, xmlDocument } from '../xml.ts';
import { checkSize, demandPut } from './put.ts';

export const copyObject: BucketAction = async (exchange) => {
  const { world, bucket, key, headers } = exchange;
  await demandPut(exchange);
  refuseOthers(headers);
  const replacesMetadata = directive(headers.get('x-amz-metadata-directive'), 'x-amz-metadata-directive');
  const replacesTags = directive(headers.get('x-amz-tagging-directive'), 'x-amz-tagging-directive');
  const source = await sourceOf(exchange);
  const checksumAlgorithm = algorithmOf(headers.get('x-amz-checksum-algorithm'));
  const publicRead = aclOfHeaders(headers, bucket);
  const onItself = source.bucket.id === bucket.id && source.key === key && source.versionId === undefined;
  if (onItself && !replacesMetadata && !replacesTags && publicRead === undefined && checksumAlgorithm === undefined) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const copy = await world.store.copy(bucket, source, {
    key,
    ...(replacesMetadata && { headers: headersOf(headers), metadata: metadataOf(headers) }),
    ...(replacesTags && { tags: tagsOfHeader(headers.get('x-amz-tagging') ?? '') }),
    publicRead: publicRead ?? false,
    checksumAlgorithm,
    conditions: writeConditions(headers),
  });
  return {
    status: 200,
    headers: { ...versionHeader(bucket, copy.versionId), ...sourceHeader(source, copy.sourceVersionId) },
    xml: xmlDocument('CopyObjectResult', resultOf(copy)),
    objectSize: copy.size,
  };
};

/** COPY or REPLACE. */
const directive = (value: string | undefined, header: string): boolean => {
  if (value === undefined || value === 'COPY') return false;
  if (value === 'REPLACE') return true;
  throw invalidArgument('Unknown directive.', header, value);
};

/** What a copy, of an object or to a part, answers. */
export const resultOf = ({
  etag,
  modifiedAt,
  checksum,
}: {
  etag: string;
  modifiedAt: number;
  checksum?: Checksum | StoredChecksum | undefined;
}): Element[] => [
  ['ETag', quoted(etag)],
  ['LastModified', new Date(modifiedAt).toISOString()],
  ...checksumElements(checksum),
];

export const checksumElements = (checksum: Checksum | StoredChecksum | undefined): Element[] =>
  checksum === undefined
    ? []
    : [
        [`Checksum${checksum.algorithm}`, checksum.value],
        ...('type' in checksum ? [['ChecksumType', checksum.type] as const] : []),
      ];

export const sourceHeader = ({ bucket }: CopySource, versionId: string): Record<string, string> =>
  bucket.versioning === 'NeverEnabled' ? {} : { 'x-amz-copy-source-version-id': versionId };

/** The source that `x-amz-copy-source` names, once the visitor may read it. Throws S3Error. */
export const sourceOf = async (exchange: BucketExchange): Promise<CopySource> => {
  const { world, headers } = exchange;
  const header = headers.get('x-amz-copy-source') ?? '';
  const mark = header.lastIndexOf('?versionId=');
  const path = decodeText(mark < 0 ? header : header.slice(0, mark)).replace(/^\//, '');
  const versionId = mark < 0 ? undefined : decode(header.slice(mark + '?versionId='.length));
  const slash = path.indexOf('/');
  const [name, key] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  if (name === '' || key === '' || versionId === '')
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      header,
    );
  const bucket = await world.bucketOf(name);
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name } });
  const expected = headers.get('x-amz-source-expected-bucket-owner');
  if (expected !== undefined && expected !== bucket.account) throw new S3Error('AccessDenied');
  const info = await lookAt(
    { ...exchange, bucket, key },
    versionId === undefined ? 'GetObject' : 'GetObjectVersion',
    () => world.store.head(bucket, { key, versionId }),
    (found) => found,
  );
  if (headers.get('x-amz-copy-source-range') === undefined) checkSize(info.size);
  return { bucket, key, versionId, conditions: readConditions(headers, 'x-amz-copy-source-') };
};

/** The bytes of a source that a part is to be; undefined for all. Throws InvalidArgument. */
export const sourceRange = (header: string | undefined): ByteRange | undefined => {
  if (header === undefined) return undefined;
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  if (last !== undefined && Number(first) <= Number(last)) return { first: Number(first), last: Number(last) };
  throw invalidArgument(
    'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    'x-amz-copy-source-range',
    header,
  );
};
