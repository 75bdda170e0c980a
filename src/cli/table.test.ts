import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as their widest cell, and lines have no blanks at their ends', () => {
  expect(
    table(
      ['id', 'state'],
      [
        ['a', 'running'],
        ['longer', ''],
      ],
    ),
  ).toBe('ID      STATE\na       running\nlonger');
});

test('a table without rows is its headings', () => {
  expect(table(['id', 'state'], [])).toBe('ID  STATE');
});
