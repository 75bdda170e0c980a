import { expect, test } from 'vitest';
import { proofByDns, proofByWord } from './proof.ts';

const record = { name: '_ab.example.com.', value: '_cd.validations.lateen.internal.' };
const zone: Record<string, string[]> = {};
const proof = proofByDns(async (name) => zone[name] ?? Promise.reject(new Error('ENOTFOUND')));

test('a record proves when the name leads to the value, however it is spelled', async () => {
  expect(await proof.holds(record)).toBe(false);
  zone['_ab.example.com'] = ['elsewhere.example.com'];
  expect(await proof.holds(record)).toBe(false);
  zone['_ab.example.com'] = ['_CD.validations.lateen.INTERNAL'];
  expect(await proof.holds(record)).toBe(true);
});

test('without DNS the word is enough', async () => {
  expect(await proofByWord.holds(record)).toBe(true);
});
