import { expect, test } from 'vitest';
import { filterOf } from './filter.ts';

const lines = ['ERROR Exception at start', 'ERROR timeout', 'Exception -x caught', 'all is well', 'an error'];

test.each([
  ['', lines],
  ['   ', lines],
  ['""', lines],
  ['" "', lines],
  ['ERROR', [lines[0], lines[1]]],
  ['"ERROR"', [lines[0], lines[1]]],
  ['-ERROR', [lines[2], lines[3], lines[4]]],
  ['"-ERROR"', [lines[2], lines[3], lines[4]]],
  ['ERROR Exception', [lines[0]]],
  ['"ERROR Exception"', [lines[0]]],
  ['?ERROR ?Exception', [lines[0], lines[1], lines[2]]],
  ['? ERROR ?Exception', [lines[0], lines[1], lines[2]]],
  ['ERROR -timeout', [lines[0]]],
  ['?timeout ?start ERROR', [lines[0], lines[1]]],
  ['is "all is"', [lines[3]]],
  ['-"at start" ERROR', [lines[1]]],
  ['nothing of this', []],
])('F441 the pattern %j', (pattern, expected) => {
  expect(lines.filter(filterOf(pattern))).toEqual(expected);
});

test('without a pattern everything goes through', () => {
  expect(lines.filter(filterOf())).toEqual(lines);
});
