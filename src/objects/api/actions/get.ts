import { limits } from '../../limits.ts';
import type { ByteRange, Checksum, ObjectInfo, OpenObject, StoredChecksum } from '../../store.ts';
import { attributeHeaders } from '../attributes.ts';
import { isUnchanged, rangeOf, readConditions } from '../conditions.ts';
import { invalidArgument, invalidRequest, S3Error } from '../errors.ts';
import {
  type BucketAction,
  type BucketExchange,
  lookAt,
  nameOf,
  ofVersion,
  quoted,
  type Reply,
  versionHeader,
} from '../exchange.ts';
import { checksumHeader } from '../payload.ts';

/** Parameters that replace a header of the answer. */
const overrides: Readonly<Record<string, string>> = {
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
  'response-content-language': 'content-language',
  'response-content-type': 'content-type',
  'response-expires': 'expires',
};

export const getObject: BucketAction = (exchange) => answer(exchange, true);

export const headObject: BucketAction = (exchange) => answer(exchange, false);

const answer = async (exchange: BucketExchange, withBody: boolean): Promise<Reply> => {
  const { world, bucket, headers, params } = exchange;
  const opened = await lookAt(
    exchange,
    ofVersion(exchange, 'GetObject', 'GetObjectVersion'),
    () => world.store.open(bucket, nameOf(exchange)),
    ({ info }) => info,
  );
  try {
    const { info } = opened;
    const shown = { ...validators(exchange, info), ...overridden(exchange) };
    if (isUnchanged(info, readConditions(headers))) {
      opened.close();
      return { status: 304, headers: shown };
    }
    const { range, checksum, parts } = await extent(opened, headers.get('range'), params.get('partNumber'));
    const out: Record<string, string> = {
      'accept-ranges': 'bytes',
      ...attributeHeaders(info),
      ...shown,
      'content-length': String(range ? range.last - range.first + 1 : info.size),
    };
    if (range) out['content-range'] = `bytes ${range.first}-${range.last}/${info.size}`;
    if (parts !== undefined) out['x-amz-mp-parts-count'] = String(parts);
    if (checksum && headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED') {
      out[checksumHeader(checksum.algorithm)] = checksum.value;
      if ('type' in checksum) out['x-amz-checksum-type'] = String(checksum.type);
    }
    const status = range ? 206 : 200;
    const done = (): void => opened.close();
    const bytes = withBody ? opened.readFew(range) : undefined;
    if (withBody && bytes === undefined)
      return { status, headers: out, stream: opened.read(range), done, objectSize: info.size };
    opened.close();
    if (bytes !== undefined) return { status, headers: out, bytes, objectSize: info.size };
    return { status, headers: out, objectSize: info.size };
  } catch (error) {
    opened.close();
    throw error;
  }
};

/** What tells one state of an object from another. */
const validators = (
  { bucket }: BucketExchange,
  { etag, modifiedAt, versionId }: ObjectInfo,
): Record<string, string> => ({
  etag: quoted(etag),
  'last-modified': new Date(modifiedAt).toUTCString(),
  ...versionHeader(bucket, versionId),
});

/** Throws InvalidRequest for somebody who has not signed: an address must not make anything of a public object. */
const overridden = ({ params, signed }: BucketExchange): Record<string, string> => {
  const out: Record<string, string> = {};
  for (const [name, header] of Object.entries(overrides)) {
    const value = params.get(name);
    if (value === undefined) continue;
    if (signed === undefined)
      throw invalidRequest('Request specific response headers cannot be used for anonymous GET requests.');
    if (/\p{Cc}/u.test(value))
      throw invalidArgument('Header value cannot be represented using ISO-8859-1.', name, value);
    out[header] = Buffer.from(value).toString('latin1');
  }
  return out;
};

interface Extent {
  readonly range: ByteRange | undefined;
  readonly checksum: Checksum | StoredChecksum | undefined;
  readonly parts?: number | undefined;
}

/** Which bytes are asked for, with the checksum that is about just these. */
const extent = async (
  { info, part }: OpenObject,
  rangeHeader: string | undefined,
  partNumber: string | undefined,
): Promise<Extent> => {
  if (partNumber === undefined) {
    const range = rangeOf(rangeHeader, info.size);
    return { range, checksum: range === undefined ? info.checksum : undefined };
  }
  if (rangeHeader !== undefined)
    throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
  const number = /^\d{1,6}$/.test(partNumber) ? Number(partNumber) : 0;
  if (number < 1 || number > limits.maxParts)
    throw invalidArgument(
      `Part number must be an integer between 1 and ${limits.maxParts}, inclusive`,
      'partNumber',
      partNumber,
    );
  const found = await part(number);
  if (found === undefined) {
    throw new S3Error('InvalidPartNumber', {
      details: { PartNumberRequested: number, ActualPartCount: info.parts ?? 1 },
    });
  }
  return { range: info.size === 0 ? undefined : found.range, checksum: found.checksum, parts: info.parts };
};
