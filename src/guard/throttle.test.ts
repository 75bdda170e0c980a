import { expect, test } from 'vitest';
import { createThrottle, unlimited } from './throttle.ts';

const setting = (rates: Parameters<typeof createThrottle>[0]) => {
  const clock = { ms: 0 };
  return { clock, throttle: createThrottle(rates, () => clock.ms) };
};

test('a burst is let through, and after it what the rate gives', () => {
  const { clock, throttle } = setting({ account: { perSecond: 2, burst: 3 } });
  const take = () => throttle.take('111111111111', 'AKIA1').allowed;
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
  clock.ms = 499;
  expect(take()).toBe(false);
  clock.ms = 500;
  expect([take(), take()]).toEqual([true, false]);
  clock.ms = 60_000;
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
});

test('accounts and keys are counted apart, and a call needs both', () => {
  const { throttle } = setting({ account: { perSecond: 1, burst: 3 }, key: { perSecond: 1, burst: 2 } });
  const take = (account: string, key: string) => throttle.take(account, key).allowed;
  expect([take('1', 'a'), take('1', 'a'), take('1', 'a')]).toEqual([true, true, false]);
  expect([take('1', 'b'), take('1', 'b')]).toEqual([true, false]);
  expect(take('2', 'c')).toBe(true);
});

test('an account and a key may have rates of their own', () => {
  const { throttle } = setting({
    '222222222222': { perSecond: 1, burst: 1 },
    AKIASLOW: { perSecond: 1, burst: 1 },
  });
  const many = (account: string, key: string) =>
    Array.from({ length: 5 }, () => throttle.take(account, key)).filter(({ allowed }) => allowed).length;
  expect([many('111111111111', 'AKIA1'), many('222222222222', 'AKIA2'), many('111111111111', 'AKIASLOW')]).toEqual([
    5, 1, 1,
  ]);
});

test('where a caller stands: limit, what remains, when it is whole and when to come again', () => {
  const { clock, throttle } = setting({ account: { perSecond: 10, burst: 5 }, key: { perSecond: 1, burst: 2 } });
  const take = () => throttle.take('1', 'a');
  expect(take()).toEqual({ allowed: true, limit: 2, remaining: 1, resetMs: 1000, retryMs: 0, first: false });
  expect(take()).toEqual({ allowed: true, limit: 2, remaining: 0, resetMs: 2000, retryMs: 1000, first: false });
  clock.ms = 250;
  expect(take()).toEqual({ allowed: false, limit: 2, remaining: 0, resetMs: 1750, retryMs: 750, first: true });
  expect(take().first).toBe(false);
});

test('with more callers than are remembered, the latest are', () => {
  const { throttle } = setting({ key: { perSecond: 1, burst: 1 } });
  throttle.take('1', 'first');
  for (let i = 0; i < 10_000; i++) throttle.take('1', `k${i}`);
  expect(throttle.take('1', 'k9999').allowed).toBe(false);
  expect(throttle.take('1', 'first').allowed).toBe(true);
});

test('without limits everybody may', () => {
  expect(unlimited.take('1', 'a')).toMatchObject({ allowed: true, retryMs: 0 });
});
