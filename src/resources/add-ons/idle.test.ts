import { expect, test } from 'vitest';
import { idleAt, rangeOf, readIdle, wholeRule } from './idle.ts';

const minute = 60_000;
const rule = { threshold: '10', duration: '15' };
/** A figure of CPUUtilization for the five minutes from that minute on. */
const point = (at: number, average: number) => ({
  ...{ at: at * minute, count: 2, minimum: 0, maximum: 100 },
  sum: 2 * average,
});
/** The minute at which the instance is idle, looked at when 60 minutes and some seconds are over. */
const look = (since: number, ...figures: readonly [number, number][]): number =>
  idleAt(
    rule,
    rangeOf(rule, since * minute, 60 * minute + 7_000),
    figures.map(([at, average]) => point(at, average)),
  ) / minute;

test('it is idle when all slots of the duration are at the threshold or below', () => {
  expect(look(0, [45, 10], [50, 0], [55, 9.9])).toBe(60);
});

test('the last busy slot puts it off, by as much as is needed', () => {
  expect(look(0, [45, 10.1], [50, 1], [55, 1])).toBe(65);
  expect(look(0, [45, 1], [50, 1], [55, 11])).toBe(75);
});

test('a slot that it did not run through counts as busy', () => {
  expect(look(0, [45, 1], [55, 1])).toBe(70);
  expect(look(0)).toBe(75);
});

test('nobody is idle for what was before', () => {
  expect(look(48, [45, 1], [50, 1], [55, 1])).toBe(65);
  expect(look(60)).toBe(75);
  expect(look(60.05)).toBe(80);
});

test('a duration that is no multiple of five minutes is as good as the next that is', () => {
  const odd = { ...rule, duration: '11' };
  expect(rangeOf(odd, 0, 60 * minute)).toEqual({ start: 45 * minute, end: 60 * minute, period: 5 * minute });
});

test.each([
  ['threshold', ['0', '101', '', '-5', '5.5', '5%', '1e1', ' 5', 'low'], ['1', '100']],
  ['duration', ['4', '1441', '', '-5', '7.5', '10m', '99999'], ['5', '1440']],
] as const)('the %s is a whole number within its bounds', (member, wrong, right) => {
  for (const text of wrong) expect(() => readIdle({ [member]: text })).toThrow(`The ${member} ${text} is not valid.`);
  for (const text of right) expect(readIdle({ [member]: text })).toMatchObject({ [member]: text });
});

test('what is not asked for stays, and is missing where there was nothing', () => {
  expect(wholeRule({ threshold: '5' }, rule)).toEqual({ threshold: '5', duration: '15' });
  expect(() => wholeRule({ threshold: '5' })).toThrow('The duration of the add-on StopInstanceOnIdle is missing.');
  expect(() => wholeRule({ duration: '5' })).toThrow('The threshold of the add-on StopInstanceOnIdle is missing.');
});
