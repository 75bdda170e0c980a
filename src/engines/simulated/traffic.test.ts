import { expect, test } from 'vitest';
import { shapes } from '../../api/generated/shapes.ts';
import type { LoadBalancerMetricName } from '../../api/generated/types.ts';
import { createCatalogue } from '../../catalogue.ts';
import type { Spell, SpellState } from '../../store/records/balancer-spells.ts';
import type { Statistics } from '../machine.ts';
import { sumUp } from './sum-up.ts';
import { visitTraffic } from './traffic.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Monday. */
const monday = Date.parse('2026-06-01T00:00:00Z');
const names = (shapes.LoadBalancerMetricName as { values: readonly LoadBalancerMetricName[] }).values;
const catalogue = createCatalogue();

const spell = (state: SpellState, since: number, until: number | null = null, machine = ''): Spell => ({
  ...{ balancer: 'b', state, machine, since, until },
});
const there = spell('active', monday - day);

const read = (
  spells: readonly Spell[],
  metric: LoadBalancerMetricName,
  start: number,
  end: number,
  id = 'b',
): Statistics[] =>
  sumUp({ start, period: 300_000 }, (visit) =>
    visitTraffic(id, spells, { metric, start, end, period: 300_000 }, visit),
  );
const sum = (points: readonly Statistics[]): number => points.reduce((total, point) => total + point.sum, 0);

test.each(names)('%s is in the catalogue, has possible figures, and is the same at every call', (metric) => {
  expect(catalogue.metric('LoadBalancer', metric)).toBeDefined();
  const spells = [there, spell('tls', monday - day), spell('healthy', monday - day, null, 'm')];
  const points = read(spells, metric, monday, monday + 7 * day);
  for (const { count, minimum, maximum, sum } of points) {
    expect(Number.isInteger(count) && count > 0).toBe(true);
    expect(minimum >= 0 && minimum <= maximum).toBe(true);
    expect(sum / count >= minimum - 1e-9 && sum / count <= maximum + 1e-9).toBe(true);
  }
  expect(read(spells, metric, monday, monday + 7 * day)).toEqual(points);
  expect(points.filter(({ at }) => at >= monday + day)).toEqual(read(spells, metric, monday + day, monday + 7 * day));
});

test('the requests of a balancer are its own', () => {
  const spells = [there, spell('healthy', monday - day, null, 'm')];
  expect(read(spells, 'RequestCount', monday, monday + day, 'a')).not.toEqual(
    read(spells, 'RequestCount', monday, monday + day, 'b'),
  );
});

test('hosts are counted at each full minute, each for as long as it is so', () => {
  const spells = [
    there,
    spell('healthy', monday + 90_000, monday + 4 * minute, 'm'),
    spell('healthy', monday + 3 * minute, null, 'n'),
  ];
  const figures: number[] = [];
  const query = { metric: 'HealthyHostCount', start: monday, end: monday + 6 * minute, period: minute } as const;
  visitTraffic('b', spells, query, (_, figure) => figures.push(figure));
  expect(figures).toEqual([0, 0, 1, 2, 1, 1]);
});

test('what instances do not answer the balancer does: while they are away, and what is too much for them', () => {
  const away = [there, spell('healthy', monday + 12 * hour, null, 'm')];
  expect(read(away, 'RequestCount', monday, monday + 12 * hour)).toEqual([]);
  const [before, after] = [0, 12].map((hours) =>
    sum(read(away, 'HTTPCode_LB_5XX_Count', monday + hours * hour, monday + (hours + 12) * hour)),
  );
  expect(before).toBeGreaterThan(1_000);
  expect(after).toBeLessThan(before! / 2);

  // The busiest of some balancers has more than one host can take in a burst, and more hosts take more of it.
  const ids = Array.from({ length: 40 }, (_, i) => `balancer-${i}`);
  const left = (hosts: number): number => {
    const spells = [there, ...Array.from({ length: hosts }, (_, i) => spell('healthy', monday - day, null, `m${i}`))];
    return ids.reduce(
      (total, id) => total + sum(read(spells, 'HTTPCode_LB_5XX_Count', monday, monday + 5 * day, id)),
      0,
    );
  };
  const rejected = ids.reduce(
    (total, id) => total + sum(read([there], 'RejectedConnectionCount', monday, monday + 5 * day, id)),
    0,
  );
  expect(left(1)).toBeGreaterThan(0);
  expect(left(4)).toBe(0);
  expect(rejected).toBeGreaterThan(0);
});

test('a balancer that is not there yet has no figures', () => {
  expect(read([spell('active', monday)], 'HTTPCode_LB_5XX_Count', monday - day, monday)).toEqual([]);
  expect(read([], 'HealthyHostCount', monday, monday + day)).toEqual([]);
});
