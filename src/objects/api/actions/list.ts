import { encode } from '../../../api/sigv4-canonical.ts';
import type { ListedObject, ListRequest } from '../../store.ts';
import { ownerElements } from '../acl.ts';
import { invalidArgument } from '../errors.ts';
import { type BucketAction, type BucketExchange, demand, quoted, wholeOf, xmlReply } from '../exchange.ts';
import type { Permission } from '../rights.ts';
import { type Element, xmlDocument } from '../xml.ts';

/** Entries of a page, of any listing. */
const most = 1000;

export const listObjectsV2: BucketAction = async (exchange) => {
  const { world, bucket, params } = exchange;
  const { request, text, common } = await readPage(exchange, 'ListBucket', 'max-keys');
  const token = params.get('continuation-token');
  const startAfter = params.get('start-after') || undefined;
  const after = token === undefined ? startAfter : keyOf(token);
  const page = await world.store.list(bucket, { ...request, after });
  const owner = params.get('fetch-owner') === 'true';
  return xmlReply(
    xmlDocument('ListBucketResult', [
      ['Name', bucket.name],
      ...common(),
      ['StartAfter', text(startAfter)],
      ['ContinuationToken', token],
      ['NextContinuationToken', page.next === undefined ? undefined : tokenOf(page.next)],
      ['KeyCount', page.objects.length + page.prefixes.length],
      ['MaxKeys', request.limit],
      ['IsTruncated', page.next !== undefined],
      ...page.objects.map(
        (each): Element => ['Contents', objectElements(each, text, owner ? bucket.account : undefined)],
      ),
      ...prefixElements(page.prefixes, text),
    ]),
  );
};

export const listObjects: BucketAction = async (exchange) => {
  const { world, bucket, params } = exchange;
  const { request, text, common } = await readPage(exchange, 'ListBucket', 'max-keys');
  const marker = params.get('marker') ?? '';
  const page = await world.store.list(bucket, { ...request, after: marker || undefined });
  return xmlReply(
    xmlDocument('ListBucketResult', [
      ['Name', bucket.name],
      ...common(),
      ['Marker', text(marker)],
      // Without a delimiter the last key is what goes on.
      ['NextMarker', request.delimiter === undefined ? undefined : text(page.next)],
      ['MaxKeys', request.limit],
      ['IsTruncated', page.next !== undefined],
      ...page.objects.map((each): Element => ['Contents', objectElements(each, text, bucket.account)]),
      ...prefixElements(page.prefixes, text),
    ]),
  );
};

export const listObjectVersions: BucketAction = async (exchange) => {
  const { world, bucket, params } = exchange;
  const { request, text, common } = await readPage(exchange, 'ListBucketVersions', 'max-keys');
  const { marker, beside } = markersOf(params, 'version-id-marker');
  const page = await world.store.listVersions(bucket, { ...request, after: marker, afterVersion: beside });
  return xmlReply(
    xmlDocument('ListVersionsResult', [
      ['Name', bucket.name],
      ...common(),
      ['KeyMarker', text(marker ?? '')],
      ['VersionIdMarker', beside ?? ''],
      ['NextKeyMarker', text(page.next?.after)],
      ['NextVersionIdMarker', page.next?.afterVersion],
      ['MaxKeys', request.limit],
      ['IsTruncated', page.next !== undefined],
      ...page.versions.map((each): Element => {
        const { versionId, latest, deleteMarker } = each;
        const named: Element[] = [
          ['Key', text(each.key)],
          ['VersionId', versionId],
          ['IsLatest', latest],
        ];
        if (!deleteMarker) return ['Version', [...named, ...objectElements(each, text, bucket.account).slice(1)]];
        const modified: Element = ['LastModified', new Date(each.modifiedAt).toISOString()];
        return ['DeleteMarker', [...named, modified, ['Owner', ownerElements(bucket.account)]]];
      }),
      ...prefixElements(page.prefixes, text),
    ]),
  );
};

export const listMultipartUploads: BucketAction = async (exchange) => {
  const { world, bucket, params } = exchange;
  const { request, text, common } = await readPage(exchange, 'ListBucketMultipartUploads', 'max-uploads');
  const { marker, beside } = markersOf(params, 'upload-id-marker');
  const page = await world.store.listUploads(bucket, { ...request, after: marker, afterUpload: beside });
  return xmlReply(
    xmlDocument('ListMultipartUploadsResult', [
      ['Bucket', bucket.name],
      ['KeyMarker', text(marker ?? '')],
      ['UploadIdMarker', beside ?? ''],
      ['NextKeyMarker', text(page.next?.after)],
      ['NextUploadIdMarker', page.next?.afterUpload],
      ...common(),
      ['MaxUploads', request.limit],
      ['IsTruncated', page.next !== undefined],
      ...page.uploads.map(
        ({ key, uploadId, begunAt, checksum }): Element => [
          'Upload',
          [
            ['Key', text(key)],
            ['UploadId', uploadId],
            ['Initiator', ownerElements(bucket.account)],
            ['Owner', ownerElements(bucket.account)],
            ['StorageClass', 'STANDARD'],
            ['Initiated', new Date(begunAt).toISOString()],
            ['ChecksumAlgorithm', checksum?.algorithm],
            ['ChecksumType', checksum?.type],
          ],
        ],
      ),
      ...prefixElements(page.prefixes, text),
    ]),
  );
};

/** A key, or what is one of several names of XML, as the listing is to write it. */
type Text = (key: string | undefined) => string | undefined;

/** What all listings are asked for. Throws AccessDenied and InvalidArgument. */
const readPage = async (
  exchange: BucketExchange,
  permission: Permission,
  limitName: string,
): Promise<{ request: Omit<ListRequest, 'after'>; text: Text; common: () => Element[] }> => {
  await demand(exchange, permission);
  const { params } = exchange;
  const encoding = params.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding);
  }
  const text: Text = (key) => (encoding === undefined || key === undefined ? key : urlEncoded(key));
  const prefix = params.get('prefix') ?? '';
  const delimiter = params.get('delimiter') || undefined;
  const limit = wholeOf(params, limitName, { least: 0, most, otherwise: most });
  return {
    request: { prefix: prefix || undefined, delimiter, limit },
    text,
    common: () => [
      ['Prefix', text(prefix)],
      ['Delimiter', text(delimiter)],
      ['EncodingType', encoding],
    ],
  };
};

const urlEncoded = (key: string): string => encode(Buffer.from(key).toString('latin1')).replaceAll('%2F', '/');

const objectElements = (
  { key, modifiedAt, etag, size, checksum }: ListedObject,
  text: Text,
  owner: string | undefined,
): Element[] => [
  ['Key', text(key)],
  ['LastModified', new Date(modifiedAt).toISOString()],
  ['ETag', quoted(etag)],
  ['ChecksumAlgorithm', checksum?.algorithm],
  ['ChecksumType', checksum?.type],
  ['Size', size],
  ['Owner', owner === undefined ? undefined : ownerElements(owner)],
  ['StorageClass', 'STANDARD'],
];

const prefixElements = (prefixes: readonly string[], text: Text): Element[] =>
  prefixes.map((prefix) => ['CommonPrefixes', [['Prefix', text(prefix)]]]);

/** Where a page of versions or uploads begins. Throws InvalidArgument for the id of something without its key. */
const markersOf = (
  params: ReadonlyMap<string, string>,
  besideName: string,
): { marker: string | undefined; beside: string | undefined } => {
  const marker = params.get('key-marker') || undefined;
  const beside = params.get(besideName) || undefined;
  // S3 ignores the id of an upload without a key, but not that of a version.
  if (beside !== undefined && marker === undefined && besideName === 'version-id-marker') {
    throw invalidArgument('A version-id marker cannot be specified without a key marker.', besideName, beside);
  }
  return { marker, beside: marker === undefined ? undefined : beside };
};

const tokenOf = (key: string): string => Buffer.from(key).toString('base64url');

const keyOf = (token: string): string => {
  const key = Buffer.from(token, 'base64url').toString();
  if (token !== '' && tokenOf(key) === token) return key;
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
};
