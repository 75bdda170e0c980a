import { createHash } from 'node:crypto';
import type { PartRow, UploadRow } from '../../store/records/object-uploads.ts';
import { combineSums } from '../checksums/combine.ts';
import { digestAll, digestOf } from '../checksums/digests.ts';
import { limits } from '../limits.ts';
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompleteRequest,
  ObjectRefusal,
  type StoredChecksum,
} from '../store.ts';

/** Which kinds of checksums of multipart objects there are, the usual one first (user guide, checking object integrity). */
const types: Readonly<Record<ChecksumAlgorithm, readonly ChecksumType[]>> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC32C: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
};

/** Throws `InvalidRequest` for a type that the algorithm does not have, or without one. */
export const typeOfChecksum = (
  algorithm: ChecksumAlgorithm | undefined,
  wanted: ChecksumType | undefined,
): ChecksumType | undefined => {
  const possible = algorithm === undefined ? [] : types[algorithm];
  if (wanted === undefined || possible.includes(wanted)) return wanted ?? possible[0];
  const told =
    algorithm === undefined
      ? 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.'
      : `The ${wanted} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`;
  throw new ObjectRefusal('InvalidRequest', told);
};

const invalidPart = (): ObjectRefusal =>
  new ObjectRefusal(
    'InvalidPart',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  );

/** The parts that the request names, which must be as it says. */
export const choose = (
  parts: readonly PartRow[],
  { algorithm, checksumType }: UploadRow,
  { parts: named, size }: Pick<CompleteRequest, 'parts' | 'size'>,
): readonly PartRow[] => {
  const known = new Map(parts.map((part) => [part.number, part]));
  if (named.some(({ number }, at) => at > 0 && number <= named[at - 1]!.number)) {
    const told = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
    throw new ObjectRefusal('InvalidPartOrder', told);
  }
  const chosen = named.map(({ number, etag, checksum }) => {
    const part = known.get(number);
    if (part?.etag !== etag) throw invalidPart();
    if (algorithm === null) return part;
    if (checksum === undefined && checksumType === 'COMPOSITE') {
      const told = `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`;
      throw new ObjectRefusal('InvalidRequest', told);
    }
    if (checksum !== undefined && (checksum.algorithm !== algorithm || checksum.value !== part.checksum))
      throw invalidPart();
    return part;
  });
  if (chosen.length === 0) throw invalidPart();
  if (chosen.slice(0, -1).some((part) => part.size < limits.minPartBytes)) {
    const told = 'Your proposed upload is smaller than the minimum allowed size';
    throw new ObjectRefusal('EntityTooSmall', told);
  }
  const whole = chosen.reduce((sum, part) => sum + part.size, 0);
  if (size !== undefined && size !== whole) {
    const told = `The provided 'x-amz-mp-object-size' header value ${size} does not match what was computed: ${whole}`;
    throw new ObjectRefusal('InvalidRequest', told);
  }
  return chosen;
};

/** What the parts come to. */
export const objectOf = (
  parts: readonly PartRow[],
  { algorithm, checksumType }: UploadRow,
  wanted: Pick<CompleteRequest, 'checksum' | 'checksumType'>,
): { readonly size: number; readonly etag: string; readonly checksum: StoredChecksum | undefined } => {
  const sums = createHash('md5');
  for (const { etag } of parts) sums.update(etag, 'hex');
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const etag = `${sums.digest('hex')}-${parts.length}`;
  if (wanted.checksumType !== undefined && wanted.checksumType !== checksumType) {
    const told = 'The checksum type of the request is not that of the upload.';
    throw new ObjectRefusal('InvalidRequest', told);
  }
  if (algorithm === null) return { size, etag, checksum: undefined };
  const [by, type] = [algorithm as ChecksumAlgorithm, checksumType as ChecksumType];
  const pieces = parts.map((part) => ({ size: part.size, sum: Buffer.from(part.checksum ?? '', 'base64') }));
  const sum =
    type === 'FULL_OBJECT'
      ? combineSums(by, pieces)
      : digestAll(digestOf(by), Buffer.concat(pieces.map(({ sum }) => sum)));
  const plain = sum.toString('base64');
  const value = type === 'FULL_OBJECT' ? plain : `${plain}-${parts.length}`;
  const { checksum } = wanted;
  if (checksum !== undefined && (checksum.algorithm !== by || ![value, plain].includes(checksum.value))) {
    const told = `The ${checksum.algorithm} you specified did not match what we received.`;
    throw new ObjectRefusal('BadDigest', told);
  }
  return { size, etag, checksum: { algorithm: by, type, value } };
};
