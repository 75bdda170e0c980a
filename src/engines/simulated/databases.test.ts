import { expect, test } from 'vitest';
import { visitDatabaseFigures } from './database-figures.ts';
import { databaseLog } from './database-logs.ts';

const minute = 60_000;
const of = {
  engine: 'mysql',
  engineVersion: '8.0.41',
  port: 3306,
  size: { cpuCount: 2, ramSizeInGb: 1, diskSizeInGb: 40 },
  parameters: {},
} as const;
const run = { start: 90_000, end: 10 * minute, of };

test('a log begins and ends with the run, and is cut to the range', () => {
  const range = { start: 0, end: 20 * minute, now: 20 * minute };
  const lines = databaseLog('a', 'error', run, range);
  expect(lines[0]).toMatchObject({ at: run.start, message: expect.stringContaining('starting as process') });
  expect(lines.at(-1)).toMatchObject({ at: run.end, message: expect.stringContaining('Shutdown complete') });
  expect(databaseLog('a', 'error', run, range)).toEqual(lines);
  expect(databaseLog('a', 'error', run, { ...range, start: run.start + 1, end: run.end })).toEqual(lines.slice(4, -1));
  expect(databaseLog('a', 'error', { ...run, end: undefined }, { ...range, now: run.start - 1 })).toEqual([]);
});

test('the general log tells of statements while it is on', () => {
  const range = { start: 0, end: 20 * minute, now: 20 * minute };
  expect(databaseLog('a', 'general', run, range)).toEqual([]);
  const on = { ...run, of: { ...of, parameters: { general_log: '1' } } };
  expect(databaseLog('a', 'general', on, range)).toHaveLength(8);
});

test('figures are those of full minutes, the same at every call', () => {
  const tell = (metric: 'FreeStorageSpace' | 'CPUUtilization') => {
    const points: [number, number][] = [];
    const query = { metric, start: 0, end: 20 * minute };
    visitDatabaseFigures('a', { ...run, since: run.start }, query, (at, figure) => points.push([at, figure]));
    return points;
  };
  expect(tell('CPUUtilization').map(([at]) => at / minute)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  expect(tell('CPUUtilization')).toEqual(tell('CPUUtilization'));
  const free = tell('FreeStorageSpace').map(([, figure]) => figure);
  expect(free).toEqual(free.toSorted((a, b) => b - a));
  for (const figure of free) expect(figure).toBeGreaterThan(0);
});
