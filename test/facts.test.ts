import { expect, test } from 'vitest';
import { compress, reasonedFacts, testedFacts, weigh } from '../scripts/fact-scan.mjs';

// Put together here, so that the scanner does not take these samples for tests of this file.
const call = (how: string, title: string): string => `${how}(${title}, () => {});`;

test('facts are found in the titles of tests, single and as ranges', () => {
  expect(testedFacts(call('test', "'F1 and F3-F5 hold'"))).toEqual([1, 3, 4, 5]);
  expect(testedFacts(call('it.concurrent', '`F12 a thing`'))).toEqual([12]);
  expect(testedFacts(call("test.each(['a', 'b'])", '\n  "F7: it\'s %s"'))).toEqual([7]);
  expect(testedFacts(call('test.skipIf(windows)', "'F8'"))).toEqual([8]);
});

test('facts elsewhere, or in tests that never run, do not count', () => {
  expect(testedFacts('// F9 is why\nconst name = "F10";\ndescribe("F11", () => {});')).toEqual([]);
  expect(testedFacts(call('test.skip', "'F13'") + call('test.todo', "'F14'"))).toEqual([]);
});

test('reasons stand one a line, with a text', () => {
  expect(reasonedFacts('# Facts\n\nF1: the console only\n* F3-F5: nobody can see it\nF6:\nas F7: says\n')).toEqual([
    1, 3, 4, 5,
  ]);
});

test('neighbours are compressed into ranges', () => {
  expect(compress([7, 1, 2, 3, 3])).toBe('F1-F3, F7');
  expect(compress([])).toBe('');
});

test('every fact is counted once, and contradictions are told', () => {
  expect(weigh([1, 1, 2], [3], 5)).toEqual({ tested: 2, reasoned: 1, open: [4, 5], faults: [] });
  const { tested, reasoned, open, faults } = weigh([1, 6], [1, 0], 2);
  expect({ tested, reasoned, open }).toEqual({ tested: 1, reasoned: 0, open: [2] });
  expect(faults).toEqual([
    'There is no fact F0, F6: they run from F1 to F2.',
    'Tested, and test/facts.md says they cannot be: F1. Take the lines out.',
  ]);
});
