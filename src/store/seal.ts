import { createCipheriv, createDecipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Ids } from '../ids.ts';
import { writeWhole } from './files.ts';

/** Authenticated encryption under the key of this installation (AES-256-GCM, a fresh nonce each time). */
export interface Seal {
  close(plain: Uint8Array): Buffer;
  /** Throws when `sealed` was not closed under this key, or was changed. */
  open(sealed: Uint8Array): Buffer;
  tryOpen(sealed: Uint8Array): Buffer | undefined;
}

const nonceBytes = 12;
const tagBytes = 16;

export const createSeal = (key: Uint8Array, ids: Ids): Seal => {
  const open = (sealed: Uint8Array): Buffer => {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes));
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()]);
  };
  return {
    close(plain) {
      const nonce = ids.bytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open,
    tryOpen(sealed) {
      if (sealed.length < nonceBytes + tagBytes) return undefined;
      try {
        return open(sealed);
      } catch {
        return undefined;
      }
    },
  };
};

/** The installation's key: 32 bytes in a file that only its owner reads, made at the first start. */
export const loadKey = (file: string, ids: Ids): Buffer => {
  try {
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
    if (key.length === 32) return key;
    throw new Error(
      `${file} does not hold a key of 32 bytes. Put the right file back, or start with an empty data directory.`,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = ids.bytes(32);
  writeWhole(file, `${key.toString('base64')}\n`);
  return key;
};
