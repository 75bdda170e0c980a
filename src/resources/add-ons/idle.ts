import type { AddOn, StopInstanceOnIdleRequest } from '../../api/generated/types.ts';
import type { Statistics } from '../../engines/machine.ts';
import { invalidInput } from '../../errors.ts';

/** When an instance is idle: its CPUs are used to so many percent or less, for so many minutes. Both in digits. */
export interface IdleRule {
  readonly threshold: string;
  readonly duration: string;
}

/** The model has none; a percentage, and five minutes to a day. */
const bounds = { threshold: [1, 100, 'percent'], duration: [5, 1_440, 'minutes'] } as const;

/** Throws InvalidInputException for a number that is none, or out of bounds. */
const check = (member: keyof typeof bounds, text: string | undefined): string | undefined => {
  const [least, most, unit] = bounds[member];
  const number = Number(text);
  if (text === undefined || (/^\d{1,4}$/.test(text) && number >= least && number <= most)) return text;
  throw invalidInput(
    `The ${member} ${text} is not valid.`,
    `It is a whole number of ${unit}, ${least} to ${most}, as a string.`,
  );
};

type Asked = Pick<AddOn, keyof IdleRule>;

/** What is asked for. Throws InvalidInputException. */
export const readIdle = ({ threshold, duration }: StopInstanceOnIdleRequest = {}): Asked => ({
  threshold: check('threshold', threshold),
  duration: check('duration', duration),
});

/** What is not asked for stays as it was. Throws InvalidInputException where there was nothing. */
export const wholeRule = (asked: Asked, known: Asked = {}): IdleRule => {
  const { threshold = known.threshold, duration = known.duration } = asked;
  if (threshold !== undefined && duration !== undefined) return { threshold, duration };
  throw invalidInput(
    `The ${threshold === undefined ? 'threshold' : 'duration'} of the add-on StopInstanceOnIdle is missing.`,
    'Its stopInstanceOnIdleRequest has a threshold in percent and a duration in minutes.',
  );
};

/** CPUUtilization has a figure so often (catalogue/metrics.json). */
const slotMs = 300_000;

const fullSlots = (ms: number): number => Math.ceil(ms / slotMs) * slotMs;
const neededMs = ({ duration }: IdleRule): number => fullSlots(Number(duration) * 60_000);

/** The figures to look at, all of slots that are over. Times in ms. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly period: number;
}

/** As far back as matters, and not before `since`, the moment that the add-on was enabled at. */
export const rangeOf = (rule: IdleRule, since: number, now: number): Range => {
  const end = now - (now % slotMs);
  return { start: Math.max(fullSlots(since), end - neededMs(rule)), end, period: slotMs };
};

/**
 * The moment at which the instance is idle if nobody uses it until then; not after the end of the range when it is idle now. A slot
 * without a figure is one in which it did not run from beginning to end, and counts as busy.
 */
export const idleAt = (rule: IdleRule, { start, end }: Range, points: readonly Statistics[]): number => {
  const isIdle = ({ sum, count }: Statistics): boolean => sum / count <= Number(rule.threshold);
  const idle = new Set(points.filter(isIdle).map(({ at }) => at));
  let from = Math.max(start, end);
  while (from > start && idle.has(from - slotMs)) from -= slotMs;
  return from + neededMs(rule);
};
