import { constants, publicEncrypt } from 'node:crypto';
import { parsePublicKey } from './rsa.ts';

/** One of each satisfies the complexity rule of Windows. Letters and digits that look alike are left out: people type these. */
const classes = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!@#%*()-_=+?.,;:'] as const;
const length = 32;

type Bytes = (count: number) => Buffer;

/** Four bytes for at most 73 choices: the lean towards the first ones is below one in fifty million. */
const below = (limit: number, bytes: Bytes): number => bytes(4).readUInt32BE() % limit;

const pick = (characters: string, bytes: Bytes): string => characters.charAt(below(characters.length, bytes));

/** A first Administrator password of 32 characters, 190 bits strong, in which all four classes occur (F145). */
export const newWindowsPassword = (bytes: Bytes): string => {
  const all = classes.join('');
  const characters = Array.from({ length }, (_, i) => pick(classes[i] ?? all, bytes));
  for (let last = length - 1; last > 0; last--) {
    const other = below(last + 1, bytes);
    [characters[last], characters[other]] = [characters[other] ?? '', characters[last] ?? ''];
  }
  return characters.join('');
};

/**
 * The password in base64 for the holder of the key pair, with the padding of PKCS#1 v1.5 as EC2 does it (F148).
 * `publicKey` is in any form that parsePublicKey reads. Throws Error for a key that cannot encrypt.
 */
export const encryptPassword = (password: string, publicKey: string): string => {
  const { type, publicKey: key } = parsePublicKey(publicKey);
  if (type !== 'ssh-rsa') throw new Error(`A key of kind ${type} cannot encrypt a password; use ssh-rsa.`);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(password)).toString('base64');
};
