import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { folderWith, run, tool } from '../../test/ssh.ts';
import { publicKeyLine } from './public-key.ts';
import { fingerprintMd5, fingerprintSha1, fingerprintSha256, newRsaKeyPair, parsePublicKey } from './rsa.ts';
import vectors from './vectors.json' with { type: 'json' };
import * as wire from './wire.ts';

const blobOf = (line: string): string => line.split(' ')[1] ?? '';
const again = (text: string): string => Buffer.from(text).toString('base64');
const blob = (...fields: Buffer[]): string => Buffer.concat(fields).toString('base64');

const { rsa, ed25519, ecdsa } = vectors.keys;

test.each(Object.entries(vectors.keys))(
  'fingerprints of %s are those of ssh-keygen',
  (_, { line, md5, sha1, sha256 }) => {
    const bytes = Buffer.from(blobOf(line), 'base64');
    expect(`MD5:${fingerprintMd5(bytes)}`).toBe(md5);
    expect(fingerprintSha1(bytes)).toBe(sha1);
    expect(fingerprintSha256(bytes)).toBe(sha256);
  },
);

test.each([
  ['ssh-rsa', rsa.line],
  ['ssh-ed25519', ed25519.line],
])('an %s key is read in every form that callers send', (type, line) => {
  const bare = blobOf(line);
  const wrapped = again(`${line}\n`).replace(/.{76}/g, '$&\n');
  const forms = [
    line,
    `  ${line}\r\n`,
    `${type} ${bare}`,
    `${type}\t${bare} two words`,
    again(line),
    wrapped,
    bare,
    `${bare}\n`,
  ];
  for (const form of forms) {
    const key = parsePublicKey(form);
    expect(key.type).toBe(type);
    expect(key.blob.toString('base64')).toBe(bare);
    expect(publicKeyLine(key.publicKey)).toBe(`${type} ${bare}`);
  }
});

const rsaLine = (bits: number): string => publicKeyLine(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey);

/** A number of exactly so many bits that could be a modulus. */
const modulus = (bits: number): Buffer => {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return bytes;
};
const exponent = Buffer.of(1, 0, 1);
const rsaBlob = (n: Buffer, e = exponent, ...rest: Buffer[]): string =>
  blob(wire.string('ssh-rsa'), wire.mpint(e), wire.mpint(n), ...rest);

test('sizes from 1024 to 16384 bits are read', () => {
  expect(parsePublicKey(rsaLine(1024)).publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024);
  for (const bits of [1024, 1025, 4096, 16384])
    expect(
      parsePublicKey(again(`ssh-rsa ${rsaBlob(modulus(bits))}`)).publicKey.asymmetricKeyDetails?.modulusLength,
    ).toBe(bits);
});

const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();

test.each([
  ['nothing', ' \n', 'The public key is empty.'],
  ['a book', 'A'.repeat(16385), 'The public key is longer than 16384 characters.'],
  ['PEM', pem, 'The key is in PEM form; send the public key as ssh-keygen -y prints it.'],
  ['PEM in base64', again(pem), 'The key is in PEM form; send the public key as ssh-keygen -y prints it.'],
  ['words', 'not a key!', 'The public key is not base64.'],
  ['a key of a host', ecdsa.line, 'Unsupported kind of key ecdsa-sha2-nistp256; use ssh-rsa or ssh-ed25519.'],
  ['its blob', blobOf(ecdsa.line), 'Unsupported kind of key; use ssh-rsa or ssh-ed25519.'],
  ['two lines', `${rsa.line}\n${rsa.line}`, 'The public key is not base64.'],
  ['a type without a key', 'ssh-rsa', 'The public key is not base64.'],
  ['a key with options', `no-pty ${rsa.line}`, 'Unsupported kind of key no-pty; use ssh-rsa or ssh-ed25519.'],
  ['two types', `ssh-rsa ${blobOf(ed25519.line)}`, 'The public key says ssh-rsa but holds ssh-ed25519.'],
  ['base64 without its padding', 'ssh-rsa AAAAB3NzaC1yc2E', 'The public key is not base64.'],
  ['half a key', `ssh-rsa ${blobOf(rsa.line).slice(0, 200)}`, 'Damaged SSH data: a field runs past the end.'],
  ['base64 of words', again('hello world'), 'Damaged SSH data: a field runs past the end.'],
  [
    'bytes at the end',
    rsaBlob(modulus(2048), exponent, Buffer.of(0)),
    'Damaged SSH data: there are bytes after the last field.',
  ],
  ['1023 bits', rsaBlob(modulus(1023)), 'An ssh-rsa key must have 1024 to 16384 bits; this one has 1023.'],
  ['16385 bits', rsaBlob(modulus(16385)), 'An ssh-rsa key must have 1024 to 16384 bits; this one has 16385.'],
  ['no bits', rsaBlob(Buffer.of(0)), 'An ssh-rsa key must have 1024 to 16384 bits; this one has 0.'],
  [
    'the exponent 1',
    rsaBlob(modulus(2048), Buffer.of(1)),
    'The numbers of the ssh-rsa key cannot belong to an RSA key.',
  ],
  [
    'an even exponent',
    rsaBlob(modulus(2048), Buffer.of(2)),
    'The numbers of the ssh-rsa key cannot belong to an RSA key.',
  ],
  [
    '31 bytes',
    blob(wire.string('ssh-ed25519'), wire.string(Buffer.alloc(31))),
    'An ssh-ed25519 key must have 32 bytes; this one has 31.',
  ],
])('%s is refused', (_, text, message) => {
  expect(() => parsePublicKey(text)).toThrow(new Error(message));
});

test('a new key pair belongs together', async () => {
  const pair = await newRsaKeyPair();
  expect(pair.privateKeyPem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(parsePublicKey(pair.publicKey).publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(publicKeyLine(createPrivateKey(pair.privateKeyPem))).toBe(pair.publicKey);
});

test('ssh-keygen reads a new key pair, and agrees on the fingerprints', async (context) => {
  const keygen = tool(context, 'ssh-keygen');
  const pair = await newRsaKeyPair();
  const folder = folderWith(context, { key: pair.privateKeyPem, 'key.pub': `${pair.publicKey} comment\n` });
  const { blob: bytes } = parsePublicKey(pair.publicKey);
  const printed = (hash: string) => run(keygen, ['-l', '-E', hash, '-f', `${folder}/key.pub`]).split(' ')[1];
  expect(run(keygen, ['-y', '-f', `${folder}/key`]).trim()).toContain(pair.publicKey);
  expect(printed('md5')).toBe(`MD5:${fingerprintMd5(bytes)}`);
  expect(printed('sha1')).toBe(fingerprintSha1(bytes));
  expect(printed('sha256')).toBe(fingerprintSha256(bytes));
});
