import { expect, test } from 'vitest';
import { type Spell, visitViewers } from './viewers.ts';

const hour = 3_600_000;
const week = 7 * 24 * hour;

const figures = (metric: Parameters<typeof visitViewers>[2]['metric'], spells: readonly Spell[]) => {
  const found: [number, number][] = [];
  visitViewers('id', spells, { metric, start: 0, end: week, period: 300_000 }, (at, figure) =>
    found.push([at, figure]),
  );
  return found;
};

test('F523 nothing is counted while a distribution does not answer', () => {
  const spells = [
    { since: hour, until: 2 * hour, filtered: false },
    { since: 5 * hour, until: 6 * hour, filtered: false },
  ];
  const times = figures('Requests', spells).map(([at]) => at);
  expect(times).toHaveLength(24);
  expect(times.every((at) => (at >= hour && at < 2 * hour) || (at >= 5 * hour && at < 6 * hour))).toBe(true);
  expect(figures('Requests', [])).toEqual([]);
});

test('rules turn some requests away, and only where there are rules', () => {
  const spells = [
    { since: 0, until: 2 * hour, filtered: false },
    { since: 2 * hour, filtered: true },
  ];
  const requests = new Map(figures('Requests', spells));
  const allowed = figures('WafAllowedRequests', spells);
  const blocked = new Map(figures('WafBlockedRequests', spells));
  expect(allowed[0]?.[0]).toBe(2 * hour);
  expect(allowed.length).toBeGreaterThan(1_900);
  for (const [at, figure] of allowed) expect(figure + blocked.get(at)!).toBe(requests.get(at));
});
