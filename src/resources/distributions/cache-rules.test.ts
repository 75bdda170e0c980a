import { expect, test } from 'vitest';
import { createCatalogue } from '../../catalogue.ts';
import { checkCacheSettings, checkPaths } from './cache-rules.ts';

const catalogue = createCatalogue();

test('F351 what is usual gives way to the bounds that are given', () => {
  const times = (given: object) => {
    const { minimumTTL, defaultTTL, maximumTTL } = checkCacheSettings(given, catalogue);
    return [minimumTTL, defaultTTL, maximumTTL];
  };
  expect(times({})).toEqual([0, 86_400, 31_536_000]);
  expect(times({ maximumTTL: 60 })).toEqual([0, 60, 60]);
  expect(times({ minimumTTL: 100_000 })).toEqual([100_000, 100_000, 31_536_000]);
  expect(times({ minimumTTL: 40_000_000 })).toEqual([40_000_000, 40_000_000, 40_000_000]);
});

test('F352 F353 sets of methods are those of the reference, with blanks or without', () => {
  const methods = (allowedHTTPMethods: string) => checkCacheSettings({ allowedHTTPMethods }, catalogue);
  expect(methods('GET, HEAD').allowedHTTPMethods).toBe('GET,HEAD');
  expect(() => methods('HEAD,GET')).toThrow(/are not valid/);
});

test('F350 a path is a pattern without blanks', () => {
  const paths = (...texts: string[]) =>
    checkPaths(
      texts.map((path) => ({ path, behavior: 'cache' })),
      catalogue,
    );
  expect(paths('var/www/html/', '/a/b.html', '*.jpg', 'x'.repeat(255))).toHaveLength(4);
  for (const bad of ['', ' ', 'a\nb', 'x'.repeat(256), 'ü']) expect(() => paths(bad)).toThrow(/is not valid/);
});
