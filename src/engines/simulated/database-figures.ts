import type { RelationalDatabaseMetricName } from '../../api/generated/types.ts';
import type { DatabaseRun } from './databases.ts';
import type { Visit } from './figures.ts';
import { createWorkload, slotMs, type Workload } from './workload.ts';

/** One time that a database was on, in ms of Lateen's clock. */
export interface Spell {
  readonly start: number;
  readonly end: number;
  /** When the database was on for the first time. */
  readonly since: number;
  readonly of: DatabaseRun;
}

/** What happens in a database in one minute. */
interface Minute {
  readonly at: number;
  /** Share of its CPUs that is used, 0 to 1. */
  readonly used: number;
  readonly since: number;
  readonly of: DatabaseRun;
  readonly workload: Workload;
}

const minuteMs = 60_000;
const gb = 2 ** 30;
/** Databases are sized to be used, and mostly are not. */
const usual = 0.25;
const dayMs = 86_400_000;

const between = ({ workload, at }: Minute, topic: number, least: number, most: number): number =>
  least + (most - least) * workload.chance(at / minuteMs, topic);
/** The same in every minute of a database. */
const habit = ({ workload }: Minute, topic: number, least: number, most: number): number =>
  least + (most - least) * workload.chance(0, topic);

/** Grows for as long as the database is there, and never fills its disk. */
const stored = (minute: Minute): number => {
  const days = (minute.at - minute.since) / dayMs;
  const full = 1 - Math.exp(-days * habit(minute, 30, 0.000_05, 0.000_5));
  return minute.of.size.diskSizeInGb * gb * (0.03 + 0.9 * full);
};
const received = (minute: Minute): number =>
  habit(minute, 31, 2_000, 60_000) * minute.used * between(minute, 32, 0.7, 1.3);

/** The figure of each metric, in the unit of the catalogue (F479). */
const figures: Readonly<Record<RelationalDatabaseMetricName, (minute: Minute) => number>> = {
  CPUUtilization: ({ used }) => 100 * used,
  DatabaseConnections: (minute) => Math.round(habit(minute, 33, 4, 60) * minute.used),
  DiskQueueDepth: (minute) => 2 * minute.used * between(minute, 34, 0, 1),
  FreeStorageSpace: (minute) => Math.round(minute.of.size.diskSizeInGb * gb - stored(minute)),
  NetworkReceiveThroughput: received,
  NetworkTransmitThroughput: (minute) => received(minute) * habit(minute, 35, 2, 12) * between(minute, 36, 0.9, 1.1),
  FreeableMemory: (minute) => Math.round(minute.of.size.ramSizeInGb * gb * (0.45 - 0.3 * minute.used)),
  SwapUsage: (minute) => Math.round(habit(minute, 37, 0, 64) * 2 ** 20),
};

/** Tells `visit` the figures of one spell from `start` to before `end` (ms): one for every full minute. The same at every call. */
export const visitDatabaseFigures = (
  id: string,
  spell: Spell,
  {
    metric,
    start,
    end,
  }: { readonly metric: RelationalDatabaseMetricName; readonly start: number; readonly end: number },
  visit: Visit,
): void => {
  const workload = createWorkload(id, usual);
  const figure = figures[metric];
  const last = Math.min(Math.floor(spell.end / minuteMs) * minuteMs, end);
  for (let at = Math.ceil(Math.max(spell.start, start) / minuteMs) * minuteMs; at < last; at += minuteMs) {
    const demand = workload.demand(Math.floor(at / slotMs));
    const used = Math.min(1, Math.max(0.005, demand * (0.85 + 0.3 * workload.chance(at / minuteMs, 38))));
    visit(at, figure({ at, used, since: spell.since, of: spell.of, workload }));
  }
};
