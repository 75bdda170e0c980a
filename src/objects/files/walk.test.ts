import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosenSeed } from '../../../test/random.ts';
import type { Slice } from '../../store/records/objects.ts';
import type { ListRequest } from '../store.ts';
import { behindAll, walk } from './walk.ts';

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

test.each([
  ['a/', 'a0'],
  ['a\u{10ffff}', 'b'],
  ['\ud7ff', '\ue000'],
  ['\uffff', '\u{10000}'],
  ['', undefined],
  ['\u{10ffff}', undefined],
])('what lies behind all that begins with %j', (start, behind) => {
  expect(behindAll(start)).toBe(behind);
});

/** Rows in memory, and how many were given. */
const seekIn = (names: readonly string[]) => {
  let given = 0;
  const seek = async ({ from, end, limit }: Slice) => {
    const found = names.filter(
      (name) =>
        (from.behind ? compare(name, from.name) > 0 : compare(name, from.name) >= 0) &&
        (end === undefined || compare(name, end) < 0),
    );
    given += Math.min(found.length, limit);
    return found.slice(0, limit).map((name) => ({ name }));
  };
  return { seek, given: () => given };
};

/** All entries behind `after`, as somebody finds them who looks at every name. */
const entriesOf = (names: readonly string[], { prefix = '', delimiter = '', after }: ListRequest): string[] => {
  const entries = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      return at === -1 ? name : name.slice(0, at + delimiter.length);
    });
  return [...new Set(entries)].filter((entry) => after === undefined || compare(entry, after) > 0);
};

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\ud7ff', '\uffff', '\u{10ffff}'), maxLength: 4 });
const name = text.filter((text) => text !== '');

test('pages are those of somebody who looks at every name, and cost what they show', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { maxLength: 30 }),
      fc.record({ prefix: text, delimiter: fc.constantFrom('/', 'a', '/a', ''), after: name }, { requiredKeys: [] }),
      fc.integer({ min: 1, max: 6 }),
      async (unsorted, request, limit) => {
        const names = unsorted.toSorted(compare);
        const shown: string[] = [];
        let after = request.after;
        for (;;) {
          const { seek, given } = seekIn(names);
          const { rows, prefixes, next } = await walk({ ...request, limit, after }, seek);
          const entries = [...rows.map(({ name }) => name), ...prefixes].sort(compare);
          // Twice as many rows as entries are asked for at most, and one to know whether there is more.
          expect(given()).toBeLessThanOrEqual(2 * entries.length + 2);
          expect(entries.length).toBeLessThanOrEqual(limit);
          shown.push(...entries);
          if (next === undefined) break;
          expect(next.after).toBe(entries.at(-1));
          expect(entries).toHaveLength(limit);
          after = next.after;
        }
        expect(shown).toEqual(entriesOf(names, { ...request, limit }));
      },
    ),
    { seed: chosenSeed(), numRuns: 500 },
  );
});
