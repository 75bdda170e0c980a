import { expect, test } from 'vitest';
import { createPaging, pageOf } from './paging.ts';

const paging = createPaging(
  {
    close: (plain) => Buffer.from(plain),
    open: (sealed) => Buffer.from(sealed),
    tryOpen: (sealed) => Buffer.from(sealed),
  },
  2,
);
const letters = ['a', 'b', 'c', 'd', 'e'];

test('F47 pages follow each other and the last one has no token', () => {
  const pages = [];
  let token: string | undefined;
  do {
    const { items, nextPageToken } = pageOf({ paging }, 'List', letters, token);
    pages.push(items);
    token = nextPageToken;
  } while (token !== undefined);
  expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('F47 a list that just fills its page has no token', () => {
  expect(pageOf({ paging }, 'List', ['a', 'b'], undefined)).toEqual({ items: ['a', 'b'] });
  expect(pageOf({ paging }, 'List', [], undefined)).toEqual({ items: [] });
});

test('F48 a token belongs to the call that gave it', () => {
  const { nextPageToken } = pageOf({ paging }, 'List', letters, undefined);
  expect(() => pageOf({ paging }, 'Other', letters, nextPageToken)).toThrow('The page token is not valid.');
});
