import { expect, test } from 'vitest';
import { newRsaKeyPair } from '../../ssh/rsa.ts';
import { checkFingerprint, checkNewName, defaultKeyPairName, readPublicKeyBlob } from './rules.ts';

test('the name of the default key pair cannot be given', () => {
  expect(() => checkNewName('mine')).not.toThrow();
  expect(() => checkNewName(defaultKeyPairName)).toThrow(
    expect.objectContaining({ code: 'InvalidInputException', tip: expect.stringContaining('DownloadDefaultKeyPair') }),
  );
});

test.each([
  ['the right one', 'mine', 'aa:bb', undefined],
  ['none', 'mine', undefined, undefined],
  ['a wrong one', 'mine', 'cc:dd', 'is not the expected cc:dd'],
  ['an empty one', 'mine', '', 'is not the expected'],
  ['the right one for the default key pair', defaultKeyPairName, 'aa:bb', undefined],
  ['a wrong one for the default key pair', defaultKeyPairName, 'cc:dd', 'is not the expected cc:dd'],
  ['none for the default key pair', defaultKeyPairName, undefined, 'expectedFingerprint is required'],
])('deleting with the fingerprint: %s', (_what, name, expected, refusal) => {
  const check = () => checkFingerprint({ name, fingerprint: 'aa:bb' }, expected);
  if (refusal === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(refusal);
});

test('a public key is read, or refused with the reason', async () => {
  const { publicKey, privateKeyPem } = await newRsaKeyPair(1024);
  const { type, blob } = readPublicKeyBlob(`${publicKey} me@home`);
  expect(`${type} ${blob.toString('base64')}`).toBe(publicKey);
  expect(() => readPublicKeyBlob(privateKeyPem)).toThrow(expect.objectContaining({ code: 'InvalidInputException' }));
  expect(() => readPublicKeyBlob(privateKeyPem)).toThrow(/^publicKeyBase64 is not a valid public key: .*PEM/);
});
