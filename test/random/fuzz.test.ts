import { expect, test } from 'vitest';
import { fuzz } from '../../scripts/fuzz.mjs';
import { chosenSeed } from '../random.ts';

test('no request is answered by a 5xx or not at all, whatever it is', async () => {
  const { sent, faults } = await fuzz({ minutes: 0.5, seed: chosenSeed() });
  expect(faults).toEqual([]);
  expect(Math.min(...Object.values(sent))).toBeGreaterThan(10);
});
