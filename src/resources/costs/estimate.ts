import type { CostEstimate, EstimateByTime } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Rate } from './prices.ts';

/** A part of a resource's life in which its price stayed the same; ms. Without a rate it cost nothing. */
export interface Spell {
  readonly since: number;
  readonly until: number;
  readonly rate: Rate | undefined;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** By the kind of usage, and within it by the days (UTC) that have some, oldest first. Whoever asks for a part of a day gets that part. */
export const estimate = (spells: readonly Spell[], { start, end }: Range): CostEstimate[] => {
  const found = new Map<string, EstimateByTime[]>();
  for (const { since, until, rate } of spells) {
    if (rate === undefined) continue;
    const last = Math.min(until, end);
    for (let at = Math.max(since, start); at < last; at = nextDay(at)) {
      const units = (rate.units(hoursOfMonth(at)) * (Math.min(nextDay(at), last) - at)) / hourMs;
      const day = nextDay(at) - dayMs;
      const timePeriod = { start: seconds(Math.max(day, start)), end: seconds(Math.min(day + dayMs, end)) };
      const days = found.get(rate.usageType) ?? [];
      found.set(rate.usageType, days);
      // A day in which it became something else and was this again has both parts in one.
      const before = days.at(-1)?.timePeriod?.start === timePeriod.start ? days.pop() : undefined;
      const unit = units + (before?.unit ?? 0);
      days.push({ usageCost: unit * rate.price, pricingUnit: rate.pricingUnit, unit, currency: 'USD', timePeriod });
    }
  }
  return [...found].map(([usageType, resultsByTime]) => ({ usageType, resultsByTime }));
};

const nextDay = (at: number): number => (Math.floor(at / dayMs) + 1) * dayMs;

const hoursOfMonth = (at: number): number => {
  const date = new Date(at);
  return 24 * new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
};
