import type { KeyObject } from 'node:crypto';
import { encodePublicKey } from './public-key.ts';
import * as wire from './wire.ts';

const padToBlock = (bytes: Buffer, block = 8): Buffer =>
  Buffer.concat([
    bytes,
    Buffer.from(Array.from({ length: (block - (bytes.length % block)) % block }, (_, i) => i + 1)),
  ]);

/**
 * An Ed25519 private key in OpenSSH's own form, not encrypted: before 9.6 sshd reads no other form of it.
 * The two check numbers only tell a wrong passphrase, so without one they may be anything equal.
 */
export const openSshPrivateKey = (privateKey: KeyObject, comment = ''): string => {
  const { type, blob } = encodePublicKey(privateKey);
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const secret = Buffer.concat([
    wire.uint32(0),
    wire.uint32(0),
    wire.string(type),
    wire.string(point),
    wire.string(Buffer.concat([seed, point])),
    wire.string(comment),
  ]);
  const noCipher = [wire.string('none'), wire.string('none'), wire.string('')];
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...noCipher,
    wire.uint32(1),
    wire.string(blob),
    wire.string(padToBlock(secret)),
  ]);
  const lines = file.toString('base64').replace(/.{70}(?=.)/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
};
