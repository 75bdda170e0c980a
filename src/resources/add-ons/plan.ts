/** When automatic snapshots are taken. Moments are milliseconds since the epoch, times of day `HH:00` in UTC (F239). */
export interface Plan {
  /** Id that the task of the plan runs under; absent while the add-on is disabled. */
  readonly schedule?: string | undefined;
  /** The next snapshot. Its minutes are the same every day. */
  readonly nextAt?: number | undefined;
  /** Day (YYYY-MM-DD) of the last one: no day gets a second. */
  readonly last?: string | undefined;
}

/** A plan that is followed. */
export type Running = Plan & { readonly schedule: string; readonly nextAt: number };

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A time that is to be in effect today must lie further off (F243, F244). */
const lead = 30 * minute;

/** The snapshot happens within so many minutes behind the full hour (F239). */
const window = 45;

export const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10);

/** The full hour that the moment is in. */
export const timeOf = (moment: number): string => `${new Date(moment).toISOString().slice(11, 13)}:00`;

const midnight = (moment: number): number => moment - (moment % day);
const sinceMidnight = (time: string): number => Number(time.slice(0, 2)) * hour;

/** The first snapshot is at the next time that it is `time`, today or tomorrow. `chance` is a whole number. */
export const begun = (schedule: string, now: number, time: string, chance: number, last?: string): Running => {
  const today = midnight(now) + sinceMidnight(time) + (chance % window) * minute;
  const nextAt = today > now && last !== dayOf(now) ? today : today + day;
  return { schedule, nextAt, ...(last === undefined ? {} : { last }) };
};

/** Another time of day is in effect at once (F240), or the day after (F241 to F244): then the next snapshot is still at the old one. */
export const changed = (plan: Running, now: number, time: string): Running => {
  const { nextAt, last } = plan;
  const minutes = nextAt % hour;
  const isSoon = (moment: number): boolean => moment - now <= lead;
  const wished = (moment: number): number => midnight(moment) + sinceMidnight(time);
  const isDueToday = dayOf(nextAt) === dayOf(now);
  const begins = nextAt - minutes;

  if (isSoon(begins)) return plan;
  const isTaken = last === dayOf(now);
  const isTooEarly = isSoon(wished(now)) || (isDueToday && wished(now) < begins);
  if (!isTaken && !isTooEarly) return { ...plan, nextAt: wished(now) + minutes };
  if (isDueToday || isSoon(wished(nextAt))) return plan;
  return { ...plan, nextAt: wished(nextAt) + minutes };
};

/**
 * What is to be done `now`, and the plan from then on: it goes on at `time`, whatever the time of the last snapshot was. A snapshot
 * that could not be taken in time is taken later, but not on another day.
 */
export const turn = (plan: Running, now: number, time: string): { readonly take: boolean; readonly plan: Running } => {
  if (now < plan.nextAt) return { take: false, plan };
  const today = midnight(now) + sinceMidnight(time) + (plan.nextAt % hour);
  const isLate = dayOf(now) !== dayOf(plan.nextAt);
  if (isLate && now < today) return { take: false, plan: { ...plan, nextAt: today } };
  return { take: true, plan: { ...plan, last: dayOf(now), nextAt: today + day } };
};
