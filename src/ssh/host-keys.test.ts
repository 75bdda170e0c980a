import { createPrivateKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { folderWith, run, tool } from '../../test/ssh.ts';
import { describeHostKey, newHostKeys } from './host-keys.ts';
import { publicKeyLine } from './public-key.ts';
import vectors from './vectors.json' with { type: 'json' };

test('a machine gets three keys', async () => {
  const keys = await newHostKeys();
  expect(keys.map((key) => key.algorithm)).toEqual(['ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256']);
  expect(keys.map((key) => key.privateKeyPem.split('\n')[0])).toEqual([
    '-----BEGIN RSA PRIVATE KEY-----',
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    '-----BEGIN EC PRIVATE KEY-----',
  ]);
  for (const { algorithm, publicKey, privateKeyPem } of keys)
    if (algorithm !== 'ssh-ed25519')
      expect(publicKeyLine(createPrivateKey(privateKeyPem))).toBe(`${algorithm} ${publicKey}`);
});

test('host keys show as the API describes them', () => {
  const { line, sha1, sha256 } = vectors.keys.ecdsa;
  const publicKey = line.split(' ')[1] ?? '';
  expect(describeHostKey({ algorithm: 'ecdsa-sha2-nistp256', publicKey }, 1704067200.5)).toEqual({
    algorithm: 'ecdsa-sha2-nistp256',
    publicKey,
    witnessedAt: 1704067200.5,
    fingerprintSHA1: sha1,
    fingerprintSHA256: sha256,
  });
});

test('ssh-keygen reads all three', async (context) => {
  const keygen = tool(context, 'ssh-keygen');
  for (const { algorithm, publicKey, privateKeyPem } of await newHostKeys()) {
    const folder = folderWith(context, { key: privateKeyPem });
    expect(run(keygen, ['-y', '-f', `${folder}/key`]).trim()).toContain(`${algorithm} ${publicKey}`);
  }
});
