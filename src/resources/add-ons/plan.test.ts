import { expect, test } from 'vitest';
import { begun, changed, dayOf, type Running, timeOf, turn } from './plan.ts';

/** A moment: the day of January 2030 and the time of day, in UTC. */
const at = (day: number, time: string): number => Date.parse(`2030-01-${String(day).padStart(2, '0')}T${time}:00Z`);
const show = (moment: number): string => new Date(moment).toISOString().slice(8, 16);

const plan = (day: number, time: string, last?: string): Running => ({
  schedule: 'one',
  nextAt: at(day, time) + 10 * 60_000,
  last,
});

test.each([
  ['05:00', '10T06:10', 'later today'],
  ['05:45', '10T06:10', 'shortly'],
  ['06:09', '10T06:10', 'within the hour'],
  ['06:10', '11T06:10', 'just over for today'],
  ['23:59', '11T06:10', 'tomorrow'],
])('F239 enabled at %s for 06:00, the first snapshot is at %s: %s', (now, first) => {
  expect(show(begun('one', at(10, now), '06:00', 10).nextAt)).toBe(first);
});

test('F239 it is at most 45 minutes behind the hour, whatever chance says', () => {
  for (const chance of [0, 44, 45, 255]) {
    const { nextAt } = begun('one', at(10, '05:00'), '06:00', chance);
    expect(nextAt).toBeGreaterThanOrEqual(at(10, '06:00'));
    expect(nextAt).toBeLessThan(at(10, '06:45'));
  }
});

test('enabled again, it takes no second snapshot of the day', () => {
  expect(show(begun('two', at(10, '05:00'), '06:00', 0, '2030-01-10').nextAt)).toBe('11T06:00');
  expect(show(begun('two', at(10, '05:00'), '06:00', 0, '2030-01-09').nextAt)).toBe('10T06:00');
});

test.each([
  ['F240 not yet taken, a later time', plan(10, '12:00'), '08:00', '18:00', '10T18:10'],
  ['F240 not yet taken, 31 minutes ahead', plan(10, '12:00'), '08:29', '13:00', '10T13:10'],
  ['F240 due tomorrow, and today has time left', plan(11, '06:00'), '08:00', '18:00', '10T18:10'],
  ['F240 due tomorrow, an earlier time', plan(11, '06:00'), '08:00', '03:00', '11T03:10'],
  ['F241 taken, a time later today', plan(11, '06:00', '2030-01-10'), '08:00', '18:00', '11T18:10'],
  ['F241 taken, a time that is over', plan(11, '06:00', '2030-01-10'), '08:00', '05:00', '11T05:10'],
  ['F242 not yet taken, an earlier time', plan(10, '12:00'), '08:00', '10:00', '10T12:10'],
  ['F242 not yet taken, a time that is over', plan(10, '12:00'), '08:00', '03:00', '10T12:10'],
  ['F243 not yet taken, 20 minutes ahead', plan(10, '12:00'), '08:40', '09:00', '10T12:10'],
  ['F243 not yet taken, 30 minutes ahead', plan(11, '06:00'), '08:30', '09:00', '11T09:10'],
  ['F243 20 minutes ahead, over midnight', plan(11, '06:00'), '23:40', '00:00', '11T06:10'],
  ['F244 due in 30 minutes', plan(10, '12:00'), '11:30', '18:00', '10T12:10'],
  ['F244 due in this hour', plan(10, '12:00'), '12:05', '18:00', '10T12:10'],
  ['F244 due in 20 minutes, over midnight', plan(11, '00:00', '2030-01-10'), '23:40', '18:00', '11T00:10'],
])('%s', (_rule, before, now, time, next) => {
  const after = changed(before, at(10, now), time);
  expect(show(after.nextAt)).toBe(next);
  expect(after).toEqual({ ...before, nextAt: after.nextAt });
});

test('one a day at the time that is set, also where the last was at another', () => {
  const before = plan(10, '12:00', '2030-01-09');
  expect(turn(before, at(10, '12:09'), '12:00')).toEqual({ take: false, plan: before });
  const { take, plan: after } = turn(before, at(10, '12:10'), '05:00');
  expect({ take, last: after.last, next: show(after.nextAt) }).toEqual({
    take: true,
    last: '2030-01-10',
    next: '11T05:10',
  });
});

test('what was missed is made up for on the same day, and not on another', () => {
  const before = plan(10, '12:00');
  expect(turn(before, at(10, '23:59'), '12:00').take).toBe(true);
  const later = turn(before, at(13, '11:00'), '12:00');
  expect({ take: later.take, next: show(later.plan.nextAt) }).toEqual({ take: false, next: '13T12:10' });
  const latest = turn(before, at(13, '13:00'), '12:00');
  expect({ take: latest.take, last: latest.plan.last, next: show(latest.plan.nextAt) }).toEqual({
    take: true,
    last: '2030-01-13',
    next: '14T12:10',
  });
});

test('winding a week from any moment makes seven, at any time of day', () => {
  for (let minutes = 0; minutes < 24 * 60; minutes += 7) {
    const start = at(10, '00:00') + minutes * 60_000;
    for (const time of ['00:00', '06:00', '23:00']) {
      let running = begun('one', start, time, 44);
      let count = 0;
      while (running.nextAt <= start + 7 * 86_400_000) {
        const next = turn(running, running.nextAt, time);
        if (next.take) count += 1;
        running = next.plan;
      }
      expect(count).toBe(7);
    }
  }
});

test('days and times are in UTC', () => {
  expect([dayOf(at(10, '23:59')), timeOf(at(10, '23:59'))]).toEqual(['2030-01-10', '23:00']);
});
