import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportLines, quoteForShell } from './exports.ts';

test('plain values stand as they are, others in quotes', () => {
  expect(exportLines({ AWS_REGION: 'us-east-1', URL: 'http://127.0.0.1:4780' })).toBe(
    'export AWS_REGION=us-east-1\nexport URL=http://127.0.0.1:4780',
  );
  expect(quoteForShell("it's $HOME")).toBe("'it'\\''s $HOME'");
  expect(quoteForShell('')).toBe("''");
});

test('a shell reads back every value, and runs nothing', () => {
  const text = fc.string({ unit: fc.constantFrom(...'aZ09+/=_-.:@ \n\t\'"`$()\\!*?~;&|<>#{}[]^%é') });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (values) => {
      const names = values.map((_, index) => `V${index}`);
      const lines = exportLines(Object.fromEntries(names.map((name, index) => [name, values[index]!])));
      const script = `${lines}\nfor name in ${names.join(' ')}; do eval "printf '%s\\0' \\"\\$$name\\""; done`;
      expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(values);
    }),
    { numRuns: 30 },
  );
});
