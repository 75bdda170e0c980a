import { expect, test } from 'vitest';
import type { InstanceMetricName } from '../../api/generated/types.ts';
import { addTo, burstOf, type Reading, type Sample, visitSample } from './samples.ts';

const slot = 1_700_000_100_000;

const reading = (at: number, cpuSeconds: number, bytesIn = 0, bytesOut = 0, answers = true): Reading => ({
  at,
  cpuSeconds,
  bytesIn,
  bytesOut,
  // One request in each second of CPU, say.
  untokened: cpuSeconds,
  answers,
});

const figuresOf = (metric: InstanceMetricName, sample: Sample): [number, number][] => {
  const seen: [number, number][] = [];
  visitSample(metric, slot, sample, (at, figure) => seen.push([at - slot, figure]));
  return seen;
};

test('a slot sums up what happened between the readings in it', () => {
  const first = addTo(undefined, 2, reading(0, 10, 100, 1_000), reading(60_000, 40, 150, 1_300), 0, undefined);
  const both = addTo(first, 2, reading(60_000, 40, 150, 1_300), reading(120_000, 130, 350, 1_400), 1, undefined);
  expect(figuresOf('CPUUtilization', first)).toEqual([[0, 25]]);
  expect(figuresOf('CPUUtilization', both)).toEqual([[0, 50]]);
  expect(figuresOf('NetworkIn', both)).toEqual([[0, 250]]);
  expect(figuresOf('NetworkOut', both)).toEqual([[0, 400]]);
  expect(figuresOf('MetadataNoToken', both)).toEqual([[0, 120]]);
});

test('counters that have gone back began anew with the machine', () => {
  const sample = addTo(undefined, 1, reading(0, 500, 9_000), reading(60_000, 6, 70), 3, undefined);
  expect(figuresOf('CPUUtilization', sample)).toEqual([[0, 10]]);
  expect(figuresOf('NetworkIn', sample)).toEqual([[0, 70]]);
});

test('status checks are told for each minute in which there was one, and fail in those alone in which one did', () => {
  const well = addTo(undefined, 1, reading(0, 0), reading(60_000, 0), 1, undefined);
  const sample = addTo(well, 1, reading(60_000, 0), reading(120_000, 0, 0, 0, false), 3, undefined);
  const failing = [
    [60_000, 0],
    [180_000, 1],
  ];
  expect(figuresOf('StatusCheckFailed', sample)).toEqual(failing);
  expect(figuresOf('StatusCheckFailed_Instance', sample)).toEqual(failing);
  expect(figuresOf('StatusCheckFailed_System', sample)).toEqual([
    [60_000, 0],
    [180_000, 0],
  ]);
});

test('F524 what is used comes off the burst capacity, and what the baseline gives comes on', () => {
  const burst = burstOf(2, 0.1, undefined, slot);
  expect(burst).toEqual({ rate: 0.2, limit: 17_280, capacity: 1_800 });
  const busy = addTo(undefined, 2, reading(0, 0), reading(60_000, 100), 0, burst);
  expect(figuresOf('BurstCapacityTime', busy)).toEqual([[0, 1_712]]);
  expect(figuresOf('BurstCapacityPercentage', busy)[0]?.[1]).toBeCloseTo((100 * 1_712) / 17_280);
  expect(burstOf(2, 0.1, { slot, sample: busy }, slot + 300_000)?.capacity).toBe(1_712);
});

test('burst capacity outlives seven days without the machine, and no more', () => {
  const kept = addTo(undefined, 1, reading(0, 0), reading(60_000, 500), 0, burstOf(1, 0.2, undefined, slot));
  const day = 86_400_000;
  expect(burstOf(1, 0.2, { slot, sample: kept }, slot + 7 * day)?.capacity).toBe(1_312);
  expect(burstOf(1, 0.2, { slot, sample: kept }, slot + 7 * day + 1)?.capacity).toBe(1_800);
});

test('a machine that bursts without limit has no burst capacity, and no metric is made up', () => {
  expect(burstOf(1, undefined, undefined, slot)).toBeUndefined();
  const sample = addTo(undefined, 1, reading(0, 0), reading(60_000, 1), 0, undefined);
  for (const metric of ['BurstCapacityTime', 'BurstCapacityPercentage', 'DiskReadOps'] as const)
    expect(figuresOf(metric, sample)).toEqual([]);
});
