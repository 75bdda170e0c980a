import { expect, test } from 'vitest';
import { createCatalogue } from '../../catalogue.ts';
import { estimate, type Spell } from './estimate.ts';
import { basisOf, type Rate, rateOf } from './prices.ts';

const hour = 3_600_000;
const day = 24 * hour;
const march = Date.parse('2026-03-01T00:00:00Z');
const april = Date.parse('2026-04-01T00:00:00Z');
const catalogue = createCatalogue();

const rate = (kind: Parameters<typeof rateOf>[0], body: object): Rate | undefined =>
  rateOf(kind, basisOf(kind, body) ?? '', catalogue);
const spell = (since: number, until: number, kind: Parameters<typeof rateOf>[0], body: object): Spell => ({
  since,
  until,
  rate: rate(kind, body),
});

const costOf = (spells: readonly Spell[], start: number, end: number): number =>
  estimate(spells, { start, end })
    .flatMap(({ resultsByTime = [] }) => resultsByTime)
    .reduce((sum, { usageCost = 0 }) => sum + usageCost, 0);

test('a month costs what its hours come to, and never more than the price', () => {
  const nano = [spell(march, april + 30 * day, 'Instance', { bundleId: 'nano_3_0' })];
  expect(costOf(nano, march, april)).toBeCloseTo(5, 9);
  expect(costOf(nano, april, april + 30 * day)).toBeCloseTo((5 * 720) / 744, 9);
  // A GB-month is one in short months too.
  const disk = [spell(march, april + 30 * day, 'Disk', { sizeInGb: 80 })];
  expect(costOf(disk, march, april)).toBeCloseTo(8, 9);
  expect(costOf(disk, april, april + 30 * day)).toBeCloseTo(8, 9);
});

test('days are cut at midnight UTC, at the range and at the life of the resource', () => {
  const range = { start: march + 18 * hour, end: march + 2 * day + 6 * hour };
  const spells = [spell(march + 20 * hour, april, 'LoadBalancer', {})];
  const [found, ...others] = estimate(spells, range);
  expect(others).toEqual([]);
  expect(found!.resultsByTime!.map(({ unit }) => unit)).toEqual([4, 24, 6]);
  expect(found!.resultsByTime!.map(({ timePeriod }) => [timePeriod!.start! * 1_000, timePeriod!.end! * 1_000])).toEqual(
    [
      [range.start, march + day],
      [march + day, march + 2 * day],
      [march + 2 * day, range.end],
    ],
  );
});

test('what changed within a day is one result for each kind of usage', () => {
  const [nano, small] = ['nano_3_0', 'small_3_0'].map((bundleId) => ({ bundleId }));
  const spells = [
    spell(march, march + 6 * hour, 'Instance', nano!),
    spell(march + 6 * hour, march + 10 * hour, 'Instance', small!),
    spell(march + 10 * hour, march + day, 'Instance', nano!),
  ];
  const found = estimate(spells, { start: march, end: march + day });
  expect(found.map(({ usageType, resultsByTime }) => [usageType, resultsByTime!.map(({ unit }) => unit)])).toEqual([
    ['BundleUsage:nano_3_0', [20]],
    ['BundleUsage:small_3_0', [4]],
  ]);
});

test('what has no price, or none now, costs nothing', () => {
  expect(basisOf('KeyPair', { name: 'key' })).toBeUndefined();
  expect(rate('StaticIp', { isAttached: true })).toBeUndefined();
  expect(rate('Instance', { bundleId: 'gone_9_9' })).toBeUndefined();
  expect(estimate([spell(march, april, 'StaticIp', { isAttached: true })], { start: march, end: april })).toEqual([]);
  expect(costOf([spell(march, april, 'StaticIp', { isAttached: false })], march, march + 200 * hour)).toBeCloseTo(1, 9);
});

test('every active bundle has a rate', () => {
  for (const { bundleId, price } of catalogue.bundles)
    expect(rate('Instance', { bundleId })).toMatchObject({ pricingUnit: 'Hrs', price: price / 744 });
});
