import { createHash } from 'node:crypto';
import { generateRsa } from './generate.ts';
import { decodePublicKey, isUserKeyType, type PublicKey, publicKeyLine } from './public-key.ts';

export interface RsaKeyPair {
  /** PKCS#1 PEM, as ssh clients of every age read it. */
  readonly privateKeyPem: string;
  /** `ssh-rsa AAAA...` */
  readonly publicKey: string;
}

/** Makes a key pair in a thread of its own, so that requests go on meanwhile (F259). */
export const newRsaKeyPair = async (bits?: number): Promise<RsaKeyPair> => {
  const privateKey = await generateRsa(bits);
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicKey: publicKeyLine(privateKey),
  };
};

/** A key of 16384 bits takes 3,700 characters when encoded twice; the rest is room for a comment. */
const mostCharacters = 16384;
const openSshLine = /^(?<type>[a-z0-9@.]+-[a-z0-9@.-]+)[ \t]+(?<base64>\S+)(?:[ \t].*)?$/i;

const decodeBase64 = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new Error('The public key is not base64.');
  return bytes;
};

/** Reads an OpenSSH line, or nothing when `text` is not like one. */
const parseLine = (text: string): PublicKey | undefined => {
  if (text.startsWith('-----'))
    throw new Error('The key is in PEM form; send the public key as ssh-keygen -y prints it.');
  const { type, base64 } = openSshLine.exec(text)?.groups ?? {};
  if (!type || !base64) return undefined;
  if (!isUserKeyType(type)) throw new Error(`Unsupported kind of key ${type}; use ssh-rsa or ssh-ed25519.`);
  const key = decodePublicKey(decodeBase64(base64));
  if (key.type !== type) throw new Error(`The public key says ${type} but holds ${key.type}.`);
  return key;
};

/**
 * Reads a public key as callers of ImportKeyPair send it (F261): an OpenSSH line, that line in base64 once more (wrapped
 * or not), or the base64 part alone. Takes ssh-rsa of 1024 to 16384 bits, and ssh-ed25519.
 * Throws Error with a message for the caller.
 */
export const parsePublicKey = (text: string): PublicKey => {
  if (text.length > mostCharacters) throw new Error(`The public key is longer than ${mostCharacters} characters.`);
  const outer = text.trim();
  if (outer === '') throw new Error('The public key is empty.');
  const line = parseLine(outer);
  if (line) return line;
  const bytes = decodeBase64(outer.replace(/\s+/g, ''));
  return parseLine(bytes.toString('utf8').trim()) ?? decodePublicKey(bytes);
};

const digestWithoutPadding = (algorithm: string, blob: Buffer): string =>
  createHash(algorithm).update(blob).digest('base64').replace(/=+$/, '');

/** `aa:bb:...` of MD5, RFC 4716 section 4: the fingerprint of a key pair (F267). */
export const fingerprintMd5 = (blob: Buffer): string =>
  createHash('md5')
    .update(blob)
    .digest('hex')
    .replace(/..(?=.)/g, '$&:');

/** `SHA1:` and base64 without padding, as ssh-keygen prints it (F152). */
export const fingerprintSha1 = (blob: Buffer): string => `SHA1:${digestWithoutPadding('sha1', blob)}`;

/** `SHA256:` and base64 without padding, as ssh-keygen prints it (F152). */
export const fingerprintSha256 = (blob: Buffer): string => `SHA256:${digestWithoutPadding('sha256', blob)}`;
