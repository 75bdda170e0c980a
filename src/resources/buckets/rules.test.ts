import { expect, test } from 'vitest';
import { checkMayGo, mayChangeBundle } from './rules.ts';

test('F377 objects, keys and instances each stand in the way of a deletion, and all are told', () => {
  const nothing = { objects: 0, keys: 0, instances: 0 };
  expect(() => checkMayGo('photos', nothing)).not.toThrow();
  for (const [holdings, told] of [
    [{ objects: 1 }, 'objects'],
    [{ keys: 2 }, 'access keys'],
    [{ instances: 1 }, 'instances with access'],
    [{ objects: 9, keys: 1, instances: 1 }, 'objects and access keys and instances with access'],
  ] as const)
    expect(() => checkMayGo('photos', { ...nothing, ...holdings })).toThrow(
      `The Bucket photos cannot be deleted: it has ${told}.`,
    );
});

test('F381 the months are those of UTC, of whatever year', () => {
  const bundleChangedAt = Date.UTC(2026, 0, 31, 23, 59);
  const may = (now: number) => mayChangeBundle({ bundleChangedAt }, now);
  expect(mayChangeBundle({}, 0)).toBe(true);
  expect(may(bundleChangedAt + 59_999)).toBe(false);
  expect(may(bundleChangedAt + 60_000)).toBe(true);
  expect(may(Date.UTC(2027, 0, 15))).toBe(true);
});
