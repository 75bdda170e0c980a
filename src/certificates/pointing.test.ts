import { expect, test } from 'vitest';
import { pointingByDns, pointingByWord } from './pointing.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });
const zone: Readonly<Record<string, string[] | Error>> = {
  'www.example.com': ['192.0.2.1', '192.0.2.2'],
  'gone.example.com': failure('ENOTFOUND'),
  'empty.example.com': failure('ENODATA'),
  'slow.example.com': failure('ETIMEOUT'),
};
const pointing = pointingByDns(async (name) => {
  const found = zone[name];
  if (Array.isArray(found)) return found;
  throw found;
});

test('a name leads to the addresses that it has, and to no others', async () => {
  expect(await pointing.leadsTo('www.example.com', '192.0.2.2', '111111111111')).toBe(true);
  expect(await pointing.leadsTo('www.example.com', '192.0.2.3', '111111111111')).toBe(false);
});

test('a name without an address leads nowhere, and one that nobody answers for is asked again', async () => {
  expect(await pointing.leadsTo('gone.example.com', '192.0.2.1', '111111111111')).toBe(false);
  expect(await pointing.leadsTo('empty.example.com', '192.0.2.1', '111111111111')).toBe(false);
  await expect(pointing.leadsTo('slow.example.com', '192.0.2.1', '111111111111')).rejects.toThrow('ETIMEOUT');
});

test('without DNS the word is enough', async () => {
  expect(await pointingByWord.leadsTo('nowhere.example.com', '192.0.2.1', '111111111111')).toBe(true);
});
