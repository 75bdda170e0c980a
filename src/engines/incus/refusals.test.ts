import { expect, test } from 'vitest';
import { EngineRefusal } from '../machine.ts';
import { IncusError } from './client.ts';
import { refusing } from './refusals.ts';

test.each([
  ['Failed creating instance record: Invalid config key', 400],
  ['write /x: no space left on device', 400],
  ['Instance snapshot source not found', 404],
  ['User does not have permission', 403],
])('%j is the last word', async (words, status) => {
  const refused = refusing(Promise.reject(new IncusError(words, status)));
  await expect(refused).rejects.toThrow(EngineRefusal);
  await expect(refused).rejects.toThrow(words);
});

test.each([
  new IncusError('Instance is busy running a "stop" operation', 400),
  new Error('Incus does not answer at /socket: connect ENOENT'),
])('%s is worth another try', async (error) => {
  await expect(refusing(Promise.reject(error))).rejects.toBe(error);
});
