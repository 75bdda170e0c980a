import { expect, test } from 'vitest';
import { checkDomainNames, failureOf } from './domain-names.ts';

const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'InvalidInputException', message: expect.stringMatching(message) });
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `n${i}.example.com`);

test('F312 each name counts once, the primary one first, and case makes no difference', () => {
  expect(checkDomainNames('Example.com', ['www.example.com', 'EXAMPLE.com', 'WWW.example.com'])).toEqual([
    'example.com',
    'www.example.com',
  ]);
  expect(checkDomainNames('example.com', numbered(9))).toHaveLength(10);
  expect(checkDomainNames('example.com', [...numbered(9), ...numbered(9), 'example.com'])).toHaveLength(10);
  expect(() => checkDomainNames('example.com', numbered(10))).toThrow(invalid(/^A certificate has up to 9/));
});

test.each(['*.example.com', 'www.*.com'])('F312 the wildcard %s is refused', (name) => {
  expect(() => checkDomainNames(name)).toThrow(invalid(/^Wildcards/));
  expect(() => checkDomainNames('example.com', [name])).toThrow(invalid(/^Wildcards/));
});

test.each([
  '',
  'localhost',
  'example',
  'example.com.',
  '.example.com',
  '-a.example.com',
  'a_b.example.com',
  'exa mple.com',
  `${'a'.repeat(64)}.com`,
  `${'a'.repeat(40)}.${'b'.repeat(40)}.com`,
])('%s is not a domain name', (name) => {
  expect(() => checkDomainNames(name)).toThrow(invalid(/is not a valid domain name/));
});

test('an alternative name may be longer than a common name', () => {
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`;
  expect(checkDomainNames('example.com', [long])).toEqual(['example.com', long]);
});

test('F320 names of Amazon, and names that nobody can have, get no certificate', () => {
  for (const name of ['amazonaws.com', 'x.s3.amazonaws.com', 'd1.cloudfront.net', 'a.elasticbeanstalk.com'])
    expect(failureOf(['example.com', name])).toBe('DOMAIN_NOT_ALLOWED');
  for (const name of ['10.0.0.1', 'web.localhost', 'a.invalid', 'b.onion'])
    expect(failureOf([name])).toBe('INVALID_PUBLIC_DOMAIN');
  expect(failureOf(['example.com', 'notamazonaws.com', 'cloudfront.net.example.org', 'shop.internal'])).toBeUndefined();
});
