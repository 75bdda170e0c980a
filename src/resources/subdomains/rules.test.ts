import { expect, test } from 'vitest';
import { checkSubdomainName, depthOf, isReserved, labelOf } from './rules.ts';

test('a subdomain has one label or two', () => {
  for (const name of ['a', '0', 'mysite', 'blog.mysite', 'a-b.c-d', `a.${'b'.repeat(37)}`])
    expect(checkSubdomainName(name)).toBe(name);
  for (const name of ['', '.', 'a.', '.a', 'a_b', 'A', '-a', 'a-', 'xn--a.b', 'b.xn--a', `a.${'b'.repeat(38)}`])
    expect(() => checkSubdomainName(name)).toThrow(/is not a valid subdomain/);
});

test('what lies below a reserved label is reserved too', () => {
  expect([depthOf('blog.www'), labelOf('blog.www'), isReserved('blog.www')]).toEqual([2, 'www', true]);
  expect(isReserved('www.blog')).toBe(false);
});
