import { expect, test } from 'vitest';
import { shapes } from '../../api/generated/shapes.ts';
import type { InstanceMetricName } from '../../api/generated/types.ts';
import { createCatalogue } from '../../catalogue.ts';
import { type Run, visitFigures } from './figures.ts';
import { sumUp } from './sum-up.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Monday. */
const monday = Date.parse('2026-06-01T00:00:00Z');
const catalogue = createCatalogue();
const metricNames = (shapes.InstanceMetricName as { values: readonly InstanceMetricName[] }).values;

const nano = (start: number, end: number): Run => ({ start, end, baseline: 0.05 });

const figuresOf = (runs: readonly Run[], metric: InstanceMetricName, start: number, end: number, id = 'machine-1') => {
  const found: [number, number][] = [];
  visitFigures(id, runs, { metric, start, end, period: minute }, (at, figure) => found.push([at, figure]));
  return found;
};

test.each(metricNames)('%s has as many figures as the catalogue says, and they are possible ones', (metric) => {
  const found = figuresOf([nano(monday, monday + day)], metric, monday, monday + day);
  expect(found.length).toBe(86_400 / catalogue.metric('Instance', metric)!.seconds);
  const most = catalogue.metric('Instance', metric)!.unit === 'Percent' ? 100 : Number.MAX_SAFE_INTEGER;
  for (const [, figure] of found) expect(figure >= 0 && figure <= most, `${figure}`).toBe(true);
});

test('there are figures only of times that the machine was on for from beginning to end', () => {
  const runs = [nano(monday + 7 * minute, monday + 21 * minute), nano(monday + 40 * minute, monday + 46 * minute)];
  const times = (metric: InstanceMetricName) =>
    figuresOf(runs, metric, monday, monday + day).map(([at]) => (at - monday) / minute);
  expect(times('NetworkIn')).toEqual([10, 15, 40]);
  expect(times('StatusCheckFailed')).toEqual([
    ...Array.from({ length: 14 }, (_, i) => 7 + i),
    ...Array.from({ length: 6 }, (_, i) => 40 + i),
  ]);
});

test('a range gives what a longer one gives of it, however far back the machine began', () => {
  for (const metric of ['CPUUtilization', 'BurstCapacityTime', 'NetworkOut'] as const) {
    const runs = [nano(monday - 40 * day, monday - 3 * day), nano(monday - 2.5 * day, monday + 60 * day)];
    const long = figuresOf(runs, metric, monday - 40 * day, monday + 60 * day);
    for (const start of [-38, -3, -2, 1, 4.3, 11, 30].map((days) => monday + days * day)) {
      const short = figuresOf(runs, metric, start, start + day);
      expect(short).toEqual(long.filter(([at]) => at >= start && at < start + day));
    }
  }
});

test('other machines have other figures, other times too', () => {
  const runs = [nano(monday, monday + day)];
  const [one, two] = ['machine-1', 'machine-2'].map((id) => figuresOf(runs, 'NetworkIn', monday, monday + day, id));
  expect(one).not.toEqual(two);
  expect(new Set(one!.map(([, figure]) => figure)).size).toBeGreaterThan(200);
});

test('F524 capacity is earned at the baseline, spent by what is used, and ends at 100 percent', () => {
  const runs = [nano(monday, monday + 14 * day)];
  const cpu = figuresOf(runs, 'CPUUtilization', monday, monday + 14 * day);
  const time = figuresOf(runs, 'BurstCapacityTime', monday, monday + 14 * day);
  const percent = figuresOf(runs, 'BurstCapacityPercentage', monday, monday + 14 * day);
  const limit = 0.05 * 86_400;
  let before = 1_800;
  for (const [i, [, capacity]] of time.entries()) {
    const earned = (0.05 - cpu[i]![1] / 100) * 300;
    expect(capacity).toBeCloseTo(Math.max(0, Math.min(limit, before + earned)), 6);
    expect(percent[i]![1]).toBeCloseTo((100 * capacity) / limit, 6);
    before = capacity;
  }
  expect(Math.max(...percent.map(([, figure]) => figure))).toBe(100);
  expect(Math.max(...cpu.map(([, figure]) => figure))).toBeGreaterThan(30);
});

test('without capacity a machine does what its baseline lets it, and no more', () => {
  const runs = [nano(monday, monday + 5 * day)];
  const drained = Array.from({ length: 50 }, (_, i) => `machine-${i}`).flatMap((id) => {
    const of = (metric: InstanceMetricName) => figuresOf(runs, metric, monday, monday + 5 * day, id);
    const time = of('BurstCapacityTime').map(([, capacity]) => capacity);
    return of('CPUUtilization').filter((_, i) => i > 0 && time[i]! < 1e-6 && time[i - 1]! < 1e-6);
  });
  expect(drained.length).toBeGreaterThan(0);
  for (const [, used] of drained) expect(used).toBeCloseTo(5, 6);
});

test('capacity outlives a stop of seven days, and no longer one', () => {
  const after = (pause: number) => {
    const runs = [nano(monday, monday + 7 * day), nano(monday + 7 * day + pause, monday + 30 * day)];
    return figuresOf(runs, 'BurstCapacityPercentage', runs[1]!.start, runs[1]!.start + hour)[0]![1];
  };
  expect(after(7 * day)).toBeGreaterThan(90);
  expect(after(8 * day)).toBeLessThan(50);
});

test('a machine without a baseline has no burst capacity, and is not held back', () => {
  const runs = [{ start: monday, end: monday + 30 * day, baseline: undefined }];
  expect(figuresOf(runs, 'BurstCapacityTime', monday, monday + 30 * day)).toEqual([]);
  expect(figuresOf(runs, 'CPUUtilization', monday, monday + 30 * day)).toHaveLength(30 * 288);
});

test('parts are counted from the start, and those without figures are left out', () => {
  const figures = [1, 5, 7, 20].map((at) => [monday + at * minute, at] as const);
  const query = { metric: 'NetworkIn', start: monday + minute, end: monday + day, period: 5 * minute } as const;
  const found = sumUp(query, (visit) => {
    for (const [at, figure] of figures) visit(at, figure);
  });
  expect(found).toEqual([
    { at: monday + minute, count: 2, minimum: 1, maximum: 5, sum: 6 },
    { at: monday + 6 * minute, count: 1, minimum: 7, maximum: 7, sum: 7 },
    { at: monday + 16 * minute, count: 1, minimum: 20, maximum: 20, sum: 20 },
  ]);
});
