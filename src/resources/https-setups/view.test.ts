import { expect, test } from 'vitest';
import { newHistory, withFailure, withPassed } from './view.ts';

const now = { now: 1_000, version: '1.0' };
const input = {
  instanceName: 'blog',
  emailAddress: 'admin@example.com',
  domainNames: ['www.example.com'],
  certificateProvider: 'LetsEncrypt',
} as const;
const begun = newHistory('id', { name: 'blog' }, input, now);
const told = ({ executionDetails = [] }: typeof begun) =>
  executionDetails.map(({ command, status, standardOutput, standardError }) =>
    [command, status, standardOutput, standardError].join('|'),
  );

test('each step shows when it begins, and what it says when it is through', () => {
  expect(told(begun)).toEqual(['check www.example.com|inProgress||']);
  const checked = withPassed(begun, 0, 'fine', now);
  expect(told(checked)).toEqual(['check www.example.com|succeeded|fine|', 'issue www.example.com|inProgress||']);
  const installed = withPassed(withPassed(checked, 1, 'issued', now), 2, 'served', now);
  expect(told(installed).at(-1)).toBe('install blog|succeeded|served|');
  expect(told(installed)).toHaveLength(3);
});

test('a step that runs again takes its own place', () => {
  const checked = withPassed(begun, 0, 'fine', now);
  expect(withPassed(checked, 0, 'fine', now)).toEqual(checked);
});

test('the step under way is the one that failed', () => {
  const failed = withFailure(withPassed(begun, 0, 'fine', now), 'no', now);
  expect(failed.status).toBe('failed');
  expect(told(failed)).toEqual(['check www.example.com|succeeded|fine|', 'issue www.example.com|failed||no']);
});
