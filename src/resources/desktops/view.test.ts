import { expect, test } from 'vitest';
import type { InstanceInner } from '../instances/noun.ts';
import { sessionsOf, standingOf } from './view.ts';

const catalogue = { time: () => 10_000 };
const instance = (name: string) => ({ name: 'lab', createdAt: 1, state: { name } });
const standing = (state: string, desktop: InstanceInner['desktop'], now: number) => {
  const { status, percentageComplete } = standingOf(catalogue, instance(state), { desktop } as InstanceInner, now);
  return `${status} ${percentageComplete}`;
};

test('what goes on shows its share of the time, and is never whole before it is', () => {
  expect(standing('pending', undefined, 6_000)).toBe('settingUpInstance 50');
  expect(standing('running', { status: 'starting', since: 2_000 }, 4_500)).toBe('starting 25');
  expect(standing('running', { status: 'starting', since: 2_000 }, 99_000)).toBe('starting 99');
  expect(standing('running', { status: 'stopping', since: 2_000 }, 3_000)).toBe('stopping 10');
});

test('a session is over at its end, and when the instance is told to stop', () => {
  const open = { status: 'started', since: 0, until: 5_000 } as const;
  expect(standing('running', open, 4_999)).toBe('started 100');
  expect(standing('running', open, 5_000)).toBe('startExpired 100');
  for (const state of ['stopping', 'stopped']) expect(standing(state, open, 1_000)).toBe('stopped 100');
});

test('a plain desktop has one session, and one with an application two', () => {
  expect(sessionsOf({ name: 'Ubuntu', type: 'os' })).toEqual([{ key: 'system', name: 'Ubuntu', isPrimary: true }]);
  expect(sessionsOf({ name: 'RStudio', type: 'app' }).map(({ isPrimary }) => isPrimary)).toEqual([true, false]);
});
