import { limits } from '../../limits.ts';
import type { Checksum, ChecksumAlgorithm, ChecksumType, CompleteRequest, UploadRef } from '../../store.ts';
import { ownerElements } from '../acl.ts';
import { attributesOf, refuseOthers } from '../attributes.ts';
import { writeConditions } from '../conditions.ts';
import { invalidArgument, invalidRequest, S3Error } from '../errors.ts';
import {
  type BucketAction,
  type BucketExchange,
  demand,
  quoted,
  unquoted,
  urlOf,
  versionHeader,
  wholeOf,
  xmlReply,
} from '../exchange.ts';
import { algorithmOf, checksumHeader, checksumOf, readAll } from '../payload.ts';
import { type Element, xmlDocument } from '../xml.ts';
import { childrenOf, type Parsed, parseXml, textOf } from '../xml-parse.ts';
import { checksumElements, resultOf, sourceHeader, sourceOf, sourceRange } from './copy.ts';
import { checkSize, demandPut } from './put.ts';

/** Ten thousand parts with their checksums. */
const maxBody = 8 * 1024 * 1024;

export const createMultipartUpload: BucketAction = async (exchange) => {
  const { world, bucket, key, headers } = exchange;
  await demandPut(exchange);
  const upload = await world.store.createUpload(bucket, {
    key,
    ...attributesOf(headers, bucket),
    checksumAlgorithm: algorithmOf(headers.get('x-amz-checksum-algorithm')),
    checksumType: typeOf(headers.get('x-amz-checksum-type')),
  });
  const { uploadId, checksum } = upload;
  return xmlReply(
    xmlDocument('InitiateMultipartUploadResult', [
      ['Bucket', bucket.name],
      ['Key', key],
      ['UploadId', uploadId],
    ]),
    checksum && { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type },
  );
};

const typeOf = (value: string | undefined): ChecksumType | undefined => {
  const type = value?.toUpperCase();
  if (type === undefined || type === 'COMPOSITE' || type === 'FULL_OBJECT') return type;
  throw invalidRequest('Value for x-amz-checksum-type header is invalid.');
};

export const uploadPart: BucketAction = async (exchange) => {
  const { world, bucket, headers } = exchange;
  await demand(exchange, 'PutObject');
  refuseOthers(headers);
  const number = numberOf(exchange);
  const payload = exchange.payload();
  checkSize(payload.size);
  const { etag, checksum, size } = await world.store.putPart(bucket, { ...uploadOf(exchange), number, ...payload });
  return {
    status: 200,
    headers: { etag: quoted(etag), ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }) },
    objectSize: size,
  };
};

export const uploadPartCopy: BucketAction = async (exchange) => {
  const { world, bucket, headers } = exchange;
  await demand(exchange, 'PutObject');
  const number = numberOf(exchange);
  const range = sourceRange(headers.get('x-amz-copy-source-range'));
  const source = await sourceOf(exchange);
  const part = await world.store.copyPart(bucket, source, { ...uploadOf(exchange), number, range });
  return xmlReply(xmlDocument('CopyPartResult', resultOf(part)), sourceHeader(source, part.sourceVersionId));
};

const uploadOf = ({ key, params }: BucketExchange): UploadRef => ({ key, uploadId: params.get('uploadId') ?? '' });

const numberOf = ({ params }: BucketExchange): number => {
  const text = params.get('partNumber') ?? '';
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= limits.maxParts) return number;
  throw invalidArgument(
    `Part number must be an integer between 1 and ${limits.maxParts}, inclusive`,
    'partNumber',
    text,
  );
};

export const listParts: BucketAction = async (exchange) => {
  const { world, bucket, key, params } = exchange;
  await demand(exchange, 'ListMultipartUploadParts');
  const limit = wholeOf(params, 'max-parts', { least: 0, most: 1000, otherwise: 1000 });
  const after = wholeOf(params, 'part-number-marker', { least: 0, most: limits.maxParts, otherwise: 0 });
  const page = await world.store.listParts(bucket, uploadOf(exchange), { limit, after });
  return xmlReply(
    xmlDocument('ListPartsResult', [
      ['Bucket', bucket.name],
      ['Key', key],
      ['UploadId', page.uploadId],
      ['Initiator', ownerElements(bucket.account)],
      ['Owner', ownerElements(bucket.account)],
      ['StorageClass', 'STANDARD'],
      ['PartNumberMarker', after],
      ['NextPartNumberMarker', page.next ?? page.parts.at(-1)?.number ?? 0],
      ['MaxParts', limit],
      ['IsTruncated', page.next !== undefined],
      ['ChecksumAlgorithm', page.checksum?.algorithm],
      ['ChecksumType', page.checksum?.type],
      ...page.parts.map(
        ({ number, modifiedAt, etag, size, checksum }): Element => [
          'Part',
          [
            ['PartNumber', number],
            ['LastModified', new Date(modifiedAt).toISOString()],
            ['ETag', quoted(etag)],
            ['Size', size],
            ...checksumElements(checksum),
          ],
        ],
      ),
    ]),
  );
};

export const completeMultipartUpload: BucketAction = async (exchange) => {
  const { world, bucket, key, headers, bucketUrl } = exchange;
  await demand(exchange, 'PutObject');
  const { checksum: _, ...payload } = exchange.payload();
  const document = parseXml(await readAll(payload, maxBody), 'CompleteMultipartUpload');
  const parts = childrenOf(document, 'Part').map(partOf);
  if (parts.length === 0 || parts.length > limits.maxParts) throw new S3Error('MalformedXML');
  const written = await world.store.completeUpload(bucket, {
    ...uploadOf(exchange),
    parts,
    checksum: checksumOf(headers, true),
    checksumType: typeOf(headers.get('x-amz-checksum-type')),
    size: objectSize(headers.get('x-amz-mp-object-size')),
    conditions: writeConditions(headers),
  });
  return {
    ...xmlReply(
      xmlDocument('CompleteMultipartUploadResult', [
        ['Location', urlOf(bucketUrl, key)],
        ['Bucket', bucket.name],
        ['Key', key],
        ['ETag', quoted(written.etag)],
        ...checksumElements(written.checksum),
      ]),
      versionHeader(bucket, written.versionId),
    ),
    objectSize: written.size,
  };
};

const partOf = (part: Parsed): CompleteRequest['parts'][number] => {
  const [number, etag] = [textOf(part, 'PartNumber')?.trim() ?? '', textOf(part, 'ETag')];
  if (!/^\d{1,6}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML');
  return { number: Number(number), etag: unquoted(etag), checksum: partChecksum(part) };
};

const elements: Readonly<Record<string, ChecksumAlgorithm>> = {
  ChecksumCRC32: 'CRC32',
  ChecksumCRC32C: 'CRC32C',
  ChecksumCRC64NVME: 'CRC64NVME',
  ChecksumSHA1: 'SHA1',
  ChecksumSHA256: 'SHA256',
};

const partChecksum = (part: Parsed): Checksum | undefined => {
  for (const [name, algorithm] of Object.entries(elements)) {
    const value = textOf(part, name);
    if (value) return { algorithm, value: value.trim() };
  }
  return undefined;
};

const objectSize = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalidRequest('Value for x-amz-mp-object-size header is invalid.');
};

export const abortMultipartUpload: BucketAction = async (exchange) => {
  await demand(exchange, 'AbortMultipartUpload');
  await exchange.world.store.abortUpload(exchange.bucket, uploadOf(exchange));
  return { status: 204 };
};
