import { constants, createPrivateKey, privateDecrypt, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { encryptPassword, newWindowsPassword } from './password.ts';
import { newRsaKeyPair } from './rsa.ts';
import vectors from './vectors.json' with { type: 'json' };

const classes = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/];

test('every password has all four classes', () => {
  const many = Array.from({ length: 300 }, () => newWindowsPassword(randomBytes));
  for (const password of many) {
    expect(password).toMatch(/^[!-~]{32}$/);
    for (const characters of classes) expect(password).toMatch(characters);
  }
  expect(new Set(many).size).toBe(many.length);
  expect(
    new Set(many.map((password) => classes.findIndex((characters) => characters.test(password.charAt(0))))).size,
  ).toBe(4);
});

test('the same chance gives the same password', () => {
  const fixed = (): ((count: number) => Buffer) => {
    let step = 0;
    return (count) => Buffer.alloc(count, step++);
  };
  expect(newWindowsPassword(fixed())).toBe(newWindowsPassword(fixed()));
  expect(newWindowsPassword((count) => Buffer.alloc(count, 0xff))).toHaveLength(32);
});

/** Takes the padding off by hand, as newer releases of Node may refuse to. */
const decrypt = (ciphertext: string, privateKeyPem: string): string => {
  const key = { key: createPrivateKey(privateKeyPem), padding: constants.RSA_NO_PADDING };
  const block = privateDecrypt(key, Buffer.from(ciphertext, 'base64'));
  expect([block[0], block[1]]).toEqual([0, 2]);
  const end = block.indexOf(0, 2);
  expect(end).toBeGreaterThanOrEqual(10);
  return block.subarray(end + 1).toString();
};

test.each([1024, 2048])('the holder of a key of %d bits reads the password', async (bits) => {
  const { privateKeyPem, publicKey } = await newRsaKeyPair(bits);
  const password = newWindowsPassword(randomBytes);
  expect(decrypt(encryptPassword(password, publicKey), privateKeyPem)).toBe(password);
});

test('a key that cannot encrypt is refused', () => {
  expect(() => encryptPassword('secret', vectors.keys.ed25519.line)).toThrow(
    new Error('A key of kind ssh-ed25519 cannot encrypt a password; use ssh-rsa.'),
  );
});
