import { expect, test } from 'vitest';
import { proofByDns, proofByWord } from './proof.ts';

const record = { name: '_ab.example.com.', value: '_cd.validations.lateen.internal.' };
const zone: Record<string, string[]> = {};
const proof = proofByDns(async (name) => zone[name] ?? Promise.reject(new Error('ENOTFOUND')));

test('a record proves when the name leads to the value, however it is spelled', async () => {
  expect(await proof.holds(record, '111111111111')).toBe(false);
  zone['_ab.example.com'] = ['elsewhere.example.com'];
  expect(await proof.holds(record, '111111111111')).toBe(false);
  zone['_ab.example.com'] = ['_CD.validations.lateen.INTERNAL'];
  expect(await proof.holds(record, '111111111111')).toBe(true);
});

test('without DNS the word is enough', async () => {
  expect(await proofByWord.holds(record, '111111111111')).toBe(true);
});

test('one place after the other is asked, for the account', async () => {
  const own = async (_name: string, account: string) => (account === 'ours' ? [record.value] : []);
  const broken = proofByDns(() => Promise.reject(new Error('ESERVFAIL')), own);
  expect(await broken.holds(record, 'ours')).toBe(true);
  expect(await broken.holds(record, 'theirs')).toBe(false);
});
