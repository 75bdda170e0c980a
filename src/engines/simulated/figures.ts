import type { InstanceMetricName } from '../../api/generated/types.ts';
import type { MetricQuery } from '../machine.ts';
import { createWorkload, mondayBefore, slotMs, slotsPerWeekend, type Workload } from './workload.ts';

/** One time that a machine was on; ms of Lateen's clock, `end` not before now while it still is. */
export interface Run {
  readonly start: number;
  readonly end: number;
  /** Share of its CPUs that it may use for ever, 0 to 1; undefined for a machine that bursts without limit. */
  readonly baseline: number | undefined;
}

/** What happened in a machine in one slot of five minutes. */
interface Slot {
  readonly slot: number;
  /** Share of all CPUs, 0 to 1. */
  readonly used: number;
  /** The same, told in the share that a machine of its size usually has. */
  readonly load: number;
  /** Seconds of all CPUs that it may still use beyond the baseline, and how many it can have. */
  readonly capacity: number;
  readonly limit: number;
  readonly workload: Workload;
}

const daySeconds = 86_400;
const slotSeconds = slotMs / 1_000;
/** A new machine may burst right away, before it has accrued anything. */
const launchCapacity = 1_800;
/** Capacity outlives a stop by seven days. */
const keptMs = 7 * daySeconds * 1_000;
/** Machines without a baseline are large, and mostly idle. */
const usualWithoutBaseline = 0.3;
const checkMs = 60_000;

type StatusCheck = Extract<InstanceMetricName, `StatusCheckFailed${string}`>;

const isStatusCheck = (metric: InstanceMetricName): metric is StatusCheck => metric.startsWith('StatusCheckFailed');

const between = ({ workload, slot }: Slot, topic: number, least: number, most: number): number =>
  least + (most - least) * workload.chance(slot, topic);
/** The same in every slot of a machine. */
const habit = ({ workload }: Slot, topic: number, least: number, most: number): number =>
  least + (most - least) * workload.chance(0, topic);

const bytesIn = (slot: Slot): number =>
  Math.round(habit(slot, 10, 50_000, 2_000_000) * slot.load * between(slot, 11, 0.7, 1.3));
const reads = (slot: Slot): number => Math.round(habit(slot, 12, 20, 600) * slot.load * between(slot, 13, 0.5, 1.5));
const writes = (slot: Slot): number =>
  Math.round(habit(slot, 14, 100, 1_200) * slot.load * between(slot, 15, 0.6, 1.4));
const secondsPerOperation = 0.000_8;

/** The figure of each metric, in the unit of the catalogue; undefined where a machine has none. */
const figures: Readonly<Record<Exclude<InstanceMetricName, StatusCheck>, (slot: Slot) => number | undefined>> = {
  CPUUtilization: ({ used }) => 100 * used,
  BurstCapacityTime: ({ capacity, limit }) => (limit > 0 ? capacity : undefined),
  BurstCapacityPercentage: ({ capacity, limit }) => (limit > 0 ? (100 * capacity) / limit : undefined),
  NetworkIn: bytesIn,
  NetworkOut: (slot) => Math.round(bytesIn(slot) * habit(slot, 16, 2, 8) * between(slot, 17, 0.9, 1.1)),
  DiskReadOps: reads,
  DiskWriteOps: writes,
  DiskReadBytes: (slot) => reads(slot) * 4_096 * Math.ceil(habit(slot, 18, 1, 8)),
  DiskWriteBytes: (slot) => writes(slot) * 4_096 * Math.ceil(habit(slot, 19, 1, 4)),
  DiskTotalReadTime: (slot) => reads(slot) * secondsPerOperation,
  DiskTotalWriteTime: (slot) => writes(slot) * secondsPerOperation,
  DiskQueueLength: (slot) => ((reads(slot) + writes(slot)) * secondsPerOperation) / slotSeconds,
  // Nobody in a machine that is not there asks for metadata.
  MetadataNoToken: () => 0,
};

/** A figure at a time (ms), as often as it was so: once unless said. */
export type Visit = (at: number, figure: number, times?: number) => void;

/**
 * Tells `visit` the figures of a metric from `start` to before `end` (ms), oldest first: one for every slot, and every minute
 * for status checks, that the machine was on for from beginning to end. The same at every call.
 */
export const visitFigures = (id: string, runs: readonly Run[], query: MetricQuery, visit: Visit): void => {
  const { metric } = query;
  if (isStatusCheck(metric)) visitChecks(runs, query, visit);
  else visitSlots(id, runs, figures[metric], query, visit);
};

type Range = Pick<MetricQuery, 'start' | 'end'>;

const visitSlots = (
  id: string,
  runs: readonly Run[],
  figure: (slot: Slot) => number | undefined,
  { start, end }: Range,
  visit: Visit,
): void => {
  const first = Math.ceil(start / slotMs);
  const from = runs.findLastIndex((run) => fullSince(run, first) !== undefined);
  let kept: { capacity: number; at: number } | undefined;
  for (const run of runs.slice(Math.max(from, 0))) {
    if (run.start >= end) return;
    const usual = run.baseline ?? usualWithoutBaseline;
    const workload = createWorkload(id, usual);
    const limit = (run.baseline ?? 0) * daySeconds;
    const full = fullSince(run, first);
    let capacity = full !== undefined ? limit : afterPause(kept, run.start, limit);
    const last = Math.min(Math.floor(run.end / slotMs), Math.ceil(end / slotMs));
    for (let slot = full ?? Math.ceil(run.start / slotMs); slot < last; slot++) {
      const demand = workload.demand(slot);
      const used = run.baseline === undefined ? demand : Math.min(demand, run.baseline + capacity / slotSeconds);
      // F524: what is used comes off, what the baseline gives comes on, up to what a day gives.
      if (run.baseline !== undefined)
        capacity = Math.max(0, Math.min(limit, capacity + (run.baseline - used) * slotSeconds));
      if (slot < first) continue;
      const value = figure({ slot, used, load: used / usual, capacity, limit, workload });
      if (value !== undefined) visit(slot * slotMs, value);
    }
    kept = { capacity, at: run.end };
  }
};

/** Nothing fails in a machine that only behaves as if it ran. */
const visitChecks = (runs: readonly Run[], { start, end }: Range, visit: Visit): void => {
  for (const run of runs) {
    const last = Math.min(Math.floor(run.end / checkMs) * checkMs, end);
    for (let at = Math.ceil(Math.max(run.start, start) / checkMs) * checkMs; at < last; at += checkMs) visit(at, 0);
  }
};

/** The Monday not after `slot` on which the capacity is full, since the machine was on all weekend: nothing before it matters. */
const fullSince = (run: Run, slot: number): number | undefined => {
  const monday = mondayBefore(Math.min(slot, Math.floor(run.end / slotMs)));
  return (monday - slotsPerWeekend) * slotMs >= run.start ? monday : undefined;
};

const afterPause = (kept: { capacity: number; at: number } | undefined, start: number, limit: number): number =>
  Math.min(limit, kept !== undefined && start - kept.at <= keptMs ? kept.capacity : launchCapacity);
