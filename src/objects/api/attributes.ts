import type { HeaderMap } from '../../api/sigv4-canonical.ts';
import type { ServedBucket } from '../../engines/buckets.ts';
import type { Attributes, ObjectInfo } from '../store.ts';
import { aclOfHeaders } from './acl.ts';
import { invalidRequest, S3Error } from './errors.ts';
import { tagsOfHeader } from './tags.ts';

/** Headers that stay with an object and come back with it. */
const kept = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
] as const;

const metaPrefix = 'x-amz-meta-';
const maxMetadata = 2048;

export const headersOf = (headers: HeaderMap): Attributes['headers'] => {
  const found: Record<string, string> = {};
  for (const name of kept) {
    const value = name === 'content-encoding' ? withoutChunks(headers.get(name)) : headers.get(name);
    if (value) found[name] = value;
  }
  return found;
};

/** `aws-chunked` is how the body came, not what it is. */
const withoutChunks = (encoding: string | undefined): string | undefined =>
  encoding
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each.toLowerCase() !== 'aws-chunked')
    .join(',');

/** Throws MetadataTooLarge. */
export const metadataOf = (headers: HeaderMap): Attributes['metadata'] => {
  const entries = [...headers]
    .filter(([name]) => name.startsWith(metaPrefix))
    .map(([name, value]) => [name.slice(metaPrefix.length), value] as const);
  const size = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > maxMetadata)
    throw new S3Error('MetadataTooLarge', { details: { Size: size, MaxSizeAllowed: maxMetadata } });
  return Object.fromEntries(entries);
};

/** Conditions and offsets that directory buckets have: whoever sends them relies on them. */
const ofDirectoryBuckets = ['x-amz-write-offset-bytes', 'x-amz-if-match-last-modified-time', 'x-amz-if-match-size'];

/** Throws InvalidRequest for what only directory buckets do. */
export const refuseOffsets = (headers: HeaderMap): void => {
  const found = ofDirectoryBuckets.find((name) => headers.has(name));
  if (found !== undefined) throw invalidRequest(`${found} is not supported by this bucket.`);
};

/** Refuses what would have to happen and does not: another storage class, encryption under a key, locks. */
export const refuseOthers = (headers: HeaderMap): void => {
  refuseOffsets(headers);
  const storageClass = headers.get('x-amz-storage-class');
  if (storageClass !== undefined && storageClass !== 'STANDARD') {
    throw new S3Error('InvalidStorageClass', { details: { StorageClassRequested: storageClass } });
  }
  for (const name of headers.keys()) {
    if (name.startsWith('x-amz-object-lock-')) throw invalidRequest('Bucket is missing Object Lock Configuration');
    const customerKey = /^x-amz-(copy-source-)?server-side-encryption-(customer|aws-kms|context|bucket-key)/.test(name);
    if (customerKey) throw invalidRequest('Objects of this bucket cannot be encrypted under keys of yours.');
  }
  const encryption = headers.get('x-amz-server-side-encryption');
  if (encryption !== undefined && encryption !== 'AES256')
    throw invalidRequest('The encryption method specified is not supported');
};

/** All that is to be kept with a new object. Throws S3Error. */
export const attributesOf = (headers: HeaderMap, bucket: ServedBucket): Attributes => {
  refuseOthers(headers);
  return {
    headers: headersOf(headers),
    metadata: metadataOf(headers),
    tags: tagsOfHeader(headers.get('x-amz-tagging') ?? ''),
    publicRead: aclOfHeaders(headers, bucket) ?? false,
  };
};

/** What is kept with an object, as headers of an answer. */
export const attributeHeaders = ({ headers, metadata, tags }: ObjectInfo): Record<string, string> => {
  const out: Record<string, string> = { 'content-type': 'binary/octet-stream', ...headers };
  for (const [name, value] of Object.entries(metadata)) out[metaPrefix + name] = asciiOf(value);
  if (tags.length > 0) out['x-amz-tagging-count'] = String(tags.length);
  return out;
};

/** What is not ASCII goes out as RFC 2047 has it, since headers of HTTP have no charset. */
const asciiOf = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it is about
  /^[\x00-\x7f]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value, 'latin1').toString('base64')}?=`;
