import { Readable } from 'node:stream';
import { findPart, partsAt } from '../../store/records/object-uploads.ts';
import type { VersionRow } from '../../store/records/objects.ts';
import {
  type BucketRef,
  type ByteRange,
  type ChecksumAlgorithm,
  type ObjectName,
  ObjectRefusal,
  type OpenObject,
} from '../store.ts';
import { tooShort } from './folder.ts';
import type { House } from './house.ts';
import { lookAt } from './house.ts';
import { getVersion, infoOf } from './versions.ts';

/** What is read at a time. */
const chunkBytes = 262_144;

/** So many are read at once. */
const fewBytes = 65_536;

/** Bytes of one file. */
interface Piece extends ByteRange {
  readonly file: string;
}

/** A version, with its bytes held: throws as `ObjectStore.head` does. */
export const openVersion = async (house: House, bucket: BucketRef, name: ObjectName): Promise<OpenObject> => {
  const { row, release } = await house.inUse.look(async () => {
    const row = await lookAt(house, bucket, (tx) => getVersion(tx, bucket, name));
    return { row, release: hold(house, row) };
  });
  const whole: ByteRange = { first: 0, last: row.size - 1 };
  const check = (range: ByteRange): void => {
    if (range.first >= 0 && range.first <= range.last && range.last < row.size) return;
    throw new ObjectRefusal('InvalidRange', 'The requested range is not satisfiable');
  };
  const readFew = (range = whole): Buffer | undefined => {
    if (row.size === 0 && range === whole) return Buffer.alloc(0);
    check(range);
    const length = range.last - range.first + 1;
    return row.file !== null && length <= fewBytes ? house.folder.readNow(row.file, range.first, length) : undefined;
  };
  return {
    info: infoOf(row),
    close: release,
    read(range = whole) {
      const few = readFew(range);
      if (few !== undefined) return Readable.from(few.length === 0 ? [] : few);
      const stream = Readable.from(bytesOf(house, row, range), { objectMode: false, highWaterMark: chunkBytes });
      stream.once('close', hold(house, row));
      return stream;
    },
    readFew,
    part: (number) => findPartOf(house, row, number),
  };
};

const hold = ({ inUse }: House, { file, upload }: VersionRow): (() => void) => inUse.hold(file ?? upload ?? '');

const findPartOf = async ({ store }: House, row: VersionRow, number: number): ReturnType<OpenObject['part']> => {
  const { upload, size, algorithm, checksum } = row;
  const checksumOf = (value: string | null) =>
    algorithm === null || value === null ? undefined : { algorithm: algorithm as ChecksumAlgorithm, value };
  if (upload === null)
    return number === 1 ? { range: { first: 0, last: size - 1 }, checksum: checksumOf(checksum) } : undefined;
  const part = await store.read((tx) => findPart(tx, upload, number));
  if (part === undefined) return undefined;
  const first = part.start ?? 0;
  return { range: { first, last: first + part.size - 1 }, checksum: checksumOf(part.checksum) };
};

/** Where the bytes of a range are, in their order. */
const piecesOf = async (
  { store }: House,
  { file, upload }: VersionRow,
  range: ByteRange,
): Promise<readonly Piece[]> => {
  const { first, last } = range;
  if (file !== null) return [{ file, first, last }];
  const parts = await store.read((tx) => partsAt(tx, upload ?? '', first, last));
  return parts.flatMap(({ file, start, size }) => {
    const from = start ?? 0;
    return file === null ? [] : [{ file, first: Math.max(first - from, 0), last: Math.min(last - from, size - 1) }];
  });
};

/** Opens one file after the other. Throws when one of them is missing or too short. */
async function* bytesOf(house: House, row: VersionRow, range: ByteRange): AsyncGenerator<Buffer> {
  for (const { file, first, last } of await piecesOf(house, row, range)) {
    const handle = await house.folder.open(file);
    try {
      for (let at = first; at <= last; ) {
        const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, last - at + 1));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) throw tooShort(file);
        at += bytesRead;
        house.discarded(bytesRead);
        yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }
}
