import { createHash } from 'node:crypto';
import type { ChecksumAlgorithm } from '../store.ts';
import { type Crc32, crc32, crc32c } from './crc32.ts';
import { crc64nvme, crc64Start } from './crc64.ts';

/** A checksum of bytes that come one after the other. `digest` is called once, at the end. */
export interface Digest {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

const cyclic = (crc: Crc32): Digest => {
  let sum = 0;
  return {
    update(bytes) {
      sum = crc(bytes, sum);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum);
      return bytes;
    },
  };
};

const cyclic64 = (): Digest => {
  let sum = crc64Start;
  return {
    update(bytes) {
      sum = crc64nvme(bytes, sum);
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(sum.high);
      bytes.writeUInt32BE(sum.low, 4);
      return bytes;
    },
  };
};

/** One of Node's. */
export const hash = (name: 'md5' | 'sha1' | 'sha256'): Digest => {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};

const digests: Readonly<Record<ChecksumAlgorithm, () => Digest>> = {
  CRC32: () => cyclic(crc32),
  CRC32C: () => cyclic(crc32c),
  CRC64NVME: cyclic64,
  SHA1: () => hash('sha1'),
  SHA256: () => hash('sha256'),
};

export const digestOf = (algorithm: ChecksumAlgorithm): Digest => digests[algorithm]();

/** Of bytes that are there already. */
export const digestAll = (digest: Digest, bytes: Uint8Array): Buffer => {
  digest.update(bytes);
  return digest.digest();
};
