import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import * as wire from './wire.ts';
import { WireReader } from './wire.ts';

/** The kinds of key that users hold; hosts have ECDSA ones as well. */
export type UserKeyType = 'ssh-rsa' | 'ssh-ed25519';
export type KeyType = UserKeyType | 'ecdsa-sha2-nistp256';

export interface PublicKey {
  readonly type: UserKeyType;
  /** The key as SSH sends it: the type and its numbers. Fingerprints are taken of this. */
  readonly blob: Buffer;
  readonly publicKey: KeyObject;
}

/** Sizes that OpenSSH and OpenSSL both work with. */
const rsaBits = { least: 1024, most: 16384 };
const mostExponentBytes = 8;
const ed25519Bytes = 32;

const fromBase64Url = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');

const isOdd = (magnitude: Buffer): boolean => ((magnitude.at(-1) ?? 0) & 1) === 1;

const bitLength = (magnitude: Buffer): number =>
  magnitude.length === 0 ? 0 : magnitude.length * 8 - (Math.clz32(magnitude[0] ?? 0) - 24);

/** The fields after the type: RFC 4253 section 6.6 and RFC 8709 section 4. */
const readers: Record<UserKeyType, (from: WireReader) => JsonWebKey> = {
  'ssh-rsa': (from) => {
    const [e, n] = [from.mpint(), from.mpint()];
    const bits = bitLength(n);
    if (bits < rsaBits.least || bits > rsaBits.most)
      throw new Error(`An ssh-rsa key must have ${rsaBits.least} to ${rsaBits.most} bits; this one has ${bits}.`);
    if (!isOdd(n) || !isOdd(e) || e.length > mostExponentBytes || (e.length === 1 && e[0] === 1))
      throw new Error('The numbers of the ssh-rsa key cannot belong to an RSA key.');
    return { kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') };
  },
  'ssh-ed25519': (from) => {
    const x = from.string();
    if (x.length !== ed25519Bytes) throw new Error(`An ssh-ed25519 key must have 32 bytes; this one has ${x.length}.`);
    return { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') };
  },
};

/** The same the other way, and RFC 5656 section 3.1. Keys are what Node calls the key's type. */
const writers: Partial<Record<string, (jwk: JsonWebKey) => readonly [KeyType, ...Buffer[]]>> = {
  rsa: ({ e, n }) => ['ssh-rsa', wire.mpint(fromBase64Url(e)), wire.mpint(fromBase64Url(n))],
  ed25519: ({ x }) => ['ssh-ed25519', wire.string(fromBase64Url(x))],
  ec: ({ x, y }) => [
    'ecdsa-sha2-nistp256',
    wire.string('nistp256'),
    wire.string(Buffer.concat([Buffer.of(4), fromBase64Url(x), fromBase64Url(y)])),
  ],
};

export const isUserKeyType = (type: string): type is UserKeyType => Object.hasOwn(readers, type);

/** Reads the numbers of a key of `type`. Throws Error when they are damaged, too small or too large. */
export const readPublicKey = (type: UserKeyType, from: WireReader): KeyObject =>
  createPublicKey({ key: readers[type](from), format: 'jwk' });

/** Reads a blob whole. Throws Error on other types and on damage. */
export const decodePublicKey = (blob: Buffer): PublicKey => {
  const from = new WireReader(blob);
  const type = from.text();
  if (!isUserKeyType(type)) throw new Error('Unsupported kind of key; use ssh-rsa or ssh-ed25519.');
  const publicKey = readPublicKey(type, from);
  from.end();
  return { type, blob, publicKey };
};

/** The type and blob of an RSA, Ed25519 or P-256 key; a private key gives its public half. */
export const encodePublicKey = (key: KeyObject): { readonly type: KeyType; readonly blob: Buffer } => {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const write = writers[publicKey.asymmetricKeyType ?? ''];
  if (!write) throw new Error(`Cannot write a key of type ${publicKey.asymmetricKeyType} for SSH.`);
  const [type, ...fields] = write(publicKey.export({ format: 'jwk' }));
  return { type, blob: Buffer.concat([wire.string(type), ...fields]) };
};

/** A key as one line of OpenSSH without a comment: `ssh-rsa AAAA...`. */
export const publicKeyLine = (key: KeyObject): string => {
  const { type, blob } = encodePublicKey(key);
  return `${type} ${blob.toString('base64')}`;
};
