import { expect, test } from 'vitest';
import { randomIds } from '../ids.ts';
import { createSeal } from '../store/seal.ts';
import { createInstanceKeys, machineIdOf } from './instance-keys.ts';

const seal = createSeal(randomIds.bytes(32), randomIds);
const keys = createInstanceKeys(seal, randomIds, () => 1_000);

test('a token says whose its key is, for six hours, and nothing else does', () => {
  const key = keys.issue('one');
  expect(key).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/), issuedAt: 1_000, expiresAt: 21_601_000 });
  const { accessKeyId, secret, sessionToken, expiresAt } = key;
  expect(keys.open(accessKeyId, sessionToken)).toEqual({ instance: 'one', secret, expiresAt });
  expect(keys.open(keys.issue('one').accessKeyId, sessionToken)).toBeUndefined();
  expect(keys.open(accessKeyId, `A${sessionToken.slice(1)}`)).toBeUndefined();
  expect(keys.open(accessKeyId, '')).toBeUndefined();
  const other = seal.close(Buffer.from(JSON.stringify(['page', 'one', accessKeyId, 's', 1]))).toString('base64');
  expect(keys.open(accessKeyId, other)).toBeUndefined();
});

test('the id that a machine has for itself', () => {
  expect(machineIdOf('01234567-89ab-4def-8123-456789abcdef')).toBe('i-00123456789ab4def');
});
