import type { IncomingMessage } from 'node:http';
import type { HeaderMap } from '../../api/sigv4-canonical.ts';
import { digestAll, digestOf, hash } from '../checksums/digests.ts';
import type { ChecksumAlgorithm, Incoming } from '../store.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { invalidArgument, invalidRequest, S3Error } from './errors.ts';
import { type Signed, unsigned } from './signature.ts';

/** Bytes of a value in base64, by the algorithm. */
const checksumBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

const algorithms = Object.keys(checksumBytes) as ChecksumAlgorithm[];

export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** The algorithm that a header or an element names, in any case; undefined when it is not there. Throws InvalidRequest. */
export const algorithmOf = (value: string | undefined): ChecksumAlgorithm | undefined => {
  if (value === undefined) return undefined;
  const found = algorithms.find((algorithm) => algorithm === value.toUpperCase());
  if (found !== undefined) return found;
  throw invalidRequest(
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${algorithms.join(', ')}]`,
  );
};

/** Of algorithms that S3 has and Lateen does not: it must not look as if they were compared. */
const unknownChecksum = /^x-amz-checksum-(?!(?:crc32c?|crc64nvme|sha1|sha256|algorithm|type|mode)$)/;

/** The `x-amz-checksum-*` of a request. Throws InvalidRequest for more than one, or one that cannot be right. */
export const checksumOf = (
  headers: HeaderMap,
  composite = false,
): { algorithm: ChecksumAlgorithm; value: string } | undefined => {
  const others = [...headers.keys()].filter((name) => unknownChecksum.test(name));
  if (others.length > 0) throw invalidRequest(`Value for ${others[0]} header is invalid.`);
  const given = algorithms.filter((algorithm) => headers.has(checksumHeader(algorithm)));
  if (given.length > 1)
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const [algorithm] = given;
  if (algorithm === undefined) return undefined;
  const value = headers.get(checksumHeader(algorithm))!;
  const bare = composite ? value.replace(/-\d+$/, '') : value;
  if (isBase64(bare, checksumBytes[algorithm])) return { algorithm, value };
  throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
};

const isBase64 = (text: string, bytes: number): boolean => {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text;
};

const streaming: Readonly<Record<string, { readonly signed: boolean; readonly trailer: boolean }>> = {
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { signed: true, trailer: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { signed: false, trailer: true },
};

/**
 * The body of a request with all that it says of it, for the store to hold it against. The store may stop reading: the connection
 * stays, so that the client can read why. `begin` is called before the first byte is waited for. Throws S3Error.
 */
export const payloadOf = (
  req: IncomingMessage,
  headers: HeaderMap,
  signed: Signed | undefined,
  begin: () => void,
): Incoming => {
  const declared = headers.get('x-amz-content-sha256') ?? unsigned;
  const framing = streaming[declared];
  const bodySha = /^[0-9a-f]{64}$/.test(declared) ? declared : undefined;
  if (framing === undefined && bodySha === undefined && declared !== unsigned) {
    throw invalidArgument(
      `x-amz-content-sha256 must be ${unsigned}, ${Object.keys(streaming).join(', ')} or a valid sha256 value.`,
      'x-amz-content-sha256',
      declared,
    );
  }
  const md5 = headers.get('content-md5');
  if (md5 !== undefined && !isBase64(md5, 16)) throw new S3Error('InvalidDigest', { details: { 'Content-MD5': md5 } });
  const size = sizeOf(headers, framing !== undefined);
  const asked = algorithmOf(headers.get('x-amz-sdk-checksum-algorithm'));
  const given = checksumOf(headers);
  if (framing === undefined) {
    const checksum = given ?? (asked && { algorithm: asked });
    return { body: lazily(begin, () => chunksOf(req)), size, md5, sha256: bodySha, checksum };
  }
  if (framing.signed && signed?.by !== 'AuthHeader')
    throw invalidRequest('Signed chunks need a signature in the Authorization header.');
  const trailers = framing.trailer ? trailersOf(headers) : [];
  const decoder = new AwsChunkedDecoder({ seal: framing.signed ? signed?.seal : undefined, trailers });
  const trailing = algorithms.find((algorithm) => trailers.includes(checksumHeader(algorithm)));
  const checksum =
    given ??
    (trailing
      ? { algorithm: trailing, value: () => decoder.trailers.get(checksumHeader(trailing)) }
      : asked && { algorithm: asked });
  return { body: lazily(begin, () => chunksOf(decode(req, decoder))), size, md5, checksum };
};

const trailersOf = (headers: HeaderMap): readonly string[] =>
  (headers.get('x-amz-trailer') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');

/** How long the object will be. Throws MissingContentLength when nobody says, as S3 wants to know. */
const sizeOf = (headers: HeaderMap, chunked: boolean): number => {
  const text = headers.get(chunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (text === undefined) throw new S3Error('MissingContentLength');
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalidArgument(
    'The length is not a whole number',
    chunked ? 'x-amz-decoded-content-length' : 'content-length',
    text,
  );
};

/** The chunks of a stream, which is left as it is when nobody wants more of them. */
const chunksOf = (stream: IncomingMessage | AwsChunkedDecoder): AsyncIterable<Uint8Array> =>
  stream.iterator({ destroyOnReturn: false });

async function* lazily(begin: () => void, chunks: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  begin();
  try {
    yield* chunks();
  } catch (error) {
    // The connection broke: nobody is left to be told.
    throw (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? new S3Error('IncompleteBody') : error;
  }
}

const decode = (req: IncomingMessage, decoder: AwsChunkedDecoder): AwsChunkedDecoder => {
  req.once('close', () => {
    if (!req.complete) decoder.destroy(new S3Error('IncompleteBody'));
  });
  return req.pipe(decoder);
};

/** A whole body of at most `limit` bytes, checked as the store checks what it keeps. Throws S3Error. */
export const readAll = async (payload: Incoming, limit: number): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of payload.body) {
    length += chunk.length;
    if (length > limit) throw new S3Error('MaxMessageLengthExceeded', { details: { MaxMessageLengthBytes: limit } });
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const { size, md5, sha256, checksum } = payload;
  if (size !== undefined && size !== length) throw new S3Error('IncompleteBody');
  if (sha256 !== undefined && digestAll(hash('sha256'), body).toString('hex') !== sha256) {
    throw new S3Error('XAmzContentSHA256Mismatch', { details: { ClientComputedContentSHA256: sha256 } });
  }
  if (md5 !== undefined && digestAll(hash('md5'), body).toString('base64') !== md5) throw new S3Error('BadDigest');
  const value = typeof checksum?.value === 'function' ? checksum.value() : checksum?.value;
  if (checksum !== undefined && value !== undefined) {
    const computed = digestAll(digestOf(checksum.algorithm), body).toString('base64');
    if (computed !== value)
      throw new S3Error('BadDigest', {
        message: `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
      });
  }
  return body;
};
