import { type Digest, digestOf, hash } from '../checksums/digests.ts';
import { limits } from '../limits.ts';
import { type Checksum, type ChecksumAlgorithm, type Incoming, ObjectRefusal } from '../store.ts';
import type { Folder, NewFile } from './folder.ts';
import type { House } from './house.ts';

/** What has come, and is what it had to be. Without a file when it has no bytes. */
export interface Received {
  readonly file: NewFile | undefined;
  readonly size: number;
  /** MD5 in hexadecimal. */
  readonly etag: string;
  readonly checksum: Checksum | undefined;
}

/** Bytes that are collected before they are written: one buffer is filled while the other is on its way to the disk. */
const bufferBytes = 262_144;

/**
 * Writes the body to a new file, which is neither synced nor known to the index yet. Throws `ObjectRefusal` when it is not what it had to be, and whatever
 * the body throws; then there is no file. A checksum by `algorithm` is computed also where the sender has none.
 */
export const receive = async (
  { folder, discarded }: Pick<House, 'folder' | 'discarded'>,
  { body, size: announced, md5, sha256, checksum }: Incoming,
  algorithm: ChecksumAlgorithm | undefined = checksum?.algorithm,
): Promise<Received> => {
  const digests: { md5: Digest; sha256?: Digest; checksum?: Digest } = { md5: hash('md5') };
  if (sha256 !== undefined) digests.sha256 = hash('sha256');
  if (algorithm !== undefined) digests.checksum = digestOf(algorithm);
  const most = Math.min(announced ?? limits.maxPutBytes, limits.maxPutBytes);
  if ((announced ?? 0) > limits.maxPutBytes) throw tooLarge();
  const writer = createWriter(folder, Object.values(digests), Math.min(most, bufferBytes));
  try {
    for await (const bytes of body) {
      if (writer.size() + bytes.length > most) throw most === announced ? incomplete(announced) : tooLarge();
      await writer.write(bytes);
      discarded(bytes.length);
    }
    await writer.end();
    const size = writer.size();
    if (announced !== undefined && size !== announced) throw incomplete(announced);
    const sum = digests.md5.digest();
    if (md5 !== undefined && sum.toString('base64') !== md5) throw bad('Content-MD5');
    if (digests.sha256 !== undefined && digests.sha256.digest().toString('hex') !== sha256) throw otherSha256();
    const value = digests.checksum?.digest().toString('base64');
    const expected = typeof checksum?.value === 'function' ? checksum.value() : checksum?.value;
    if (expected !== undefined && expected !== value) throw bad(algorithm ?? '');
    return {
      ...{ file: writer.file(), size, etag: sum.toString('hex') },
      checksum: algorithm && value !== undefined ? { algorithm, value } : undefined,
    };
  } catch (error) {
    await writer.cancel();
    throw error;
  }
};

/** Makes its file with the first byte. */
const createWriter = (folder: Folder, digests: readonly Digest[], capacity: number) => {
  let file: NewFile | undefined;
  let [filling, spare]: (Buffer | undefined)[] = [];
  let [filled, size] = [0, 0];
  let writing: Promise<void> = Promise.resolve();

  /** Waits for the buffer before, and sends this one on its way. */
  const flush = async (): Promise<void> => {
    await writing;
    if (filling === undefined || filled === 0) return;
    const full = filling.subarray(0, filled);
    file ??= await folder.create();
    const { handle } = file;
    writing = writeAll(handle, full);
    // Whoever waits for it next is told.
    writing.catch(() => {});
    for (const digest of digests) digest.update(full);
    [filling, spare, filled] = [spare, filling, 0];
  };

  return {
    size: () => size,
    file: () => file,
    async write(bytes: Uint8Array): Promise<void> {
      for (let at = 0; at < bytes.length; ) {
        filling ??= Buffer.allocUnsafeSlow(capacity);
        const taken = Math.min(bytes.length - at, capacity - filled);
        filling.set(bytes.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled === capacity) await flush();
      }
      size += bytes.length;
    },
    async end(): Promise<void> {
      await flush();
      await writing;
    },
    async cancel(): Promise<void> {
      await writing.catch(() => {});
      if (file !== undefined) await folder.discard(file);
    },
  };
};

const writeAll = async (handle: NewFile['handle'], bytes: Buffer): Promise<void> => {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
};

const tooLarge = (): ObjectRefusal =>
  new ObjectRefusal('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.');

const incomplete = (announced: number): ObjectRefusal =>
  new ObjectRefusal('IncompleteBody', `The body does not have the ${announced} bytes that were announced.`);

const bad = (what: string): ObjectRefusal =>
  new ObjectRefusal('BadDigest', `The ${what} that you specified is not that of the data that was received.`);

const otherSha256 = (): ObjectRefusal =>
  new ObjectRefusal('XAmzContentSHA256Mismatch', 'The x-amz-content-sha256 header is not the hash of the data.');
