import type { InstanceMetricName } from '../../api/generated/types.ts';

/** Counters of one instance, at one moment. */
export interface Reading {
  /** Milliseconds of the host's clock. */
  readonly at: number;
  readonly cpuSeconds: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How often the metadata service has answered it without a token, since this Lateen began to count. */
  readonly untokened: number;
  /** Whether it is found to be well: it has processes, and its address. */
  readonly answers: boolean;
}

/** What a machine did in one slot, as far as it was watched. */
export interface Sample {
  readonly seconds: number;
  readonly cpus: number;
  readonly cpuSeconds: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly untokened: number;
  /** Bits of the slot's minutes in which it was checked, and in which it was not well. */
  readonly checked: number;
  readonly failed: number;
  /** CPU seconds that it may still use beyond its baseline, and how many it can have; absent when it bursts without limit. */
  readonly capacity?: number | undefined;
  readonly limit?: number | undefined;
}

export const slotMs = 300_000;
export const checkMs = 60_000;
const daySeconds = 86_400;
/** A new machine may burst right away, before it has accrued anything. */
const launchCapacity = 1_800;
/** Capacity outlives a stop by seven days. */
const keptMs = 7 * daySeconds * 1_000;

/** What a machine may burst with; undefined where it may always. */
export interface Burst {
  readonly capacity: number;
  readonly limit: number;
  /** Share of one CPU's seconds that come on in each second. */
  readonly rate: number;
}

/** `last` is the newest sample of the machine and when its slot began, if it has one. */
export const burstOf = (
  cpus: number,
  baseline: number | undefined,
  last: { readonly slot: number; readonly sample: Sample } | undefined,
  now: number,
): Burst | undefined => {
  if (baseline === undefined) return undefined;
  const rate = baseline * cpus;
  const limit = rate * daySeconds;
  const kept = last !== undefined && now - last.slot <= keptMs ? last.sample.capacity : undefined;
  return { rate, limit, capacity: Math.min(limit, kept ?? launchCapacity) };
};

/** Adds what happened between two readings to a slot; a counter that has gone back began anew. */
export const addTo = (
  sample: Sample | undefined,
  cpus: number,
  before: Reading,
  now: Reading,
  minute: number,
  burst: Burst | undefined,
): Sample => {
  const grown = (counter: 'cpuSeconds' | 'bytesIn' | 'bytesOut' | 'untokened'): number =>
    now[counter] < before[counter] ? now[counter] : now[counter] - before[counter];
  const seconds = (now.at - before.at) / 1_000;
  const used = grown('cpuSeconds');
  const bit = 1 << minute;
  return {
    cpus,
    seconds: (sample?.seconds ?? 0) + seconds,
    cpuSeconds: (sample?.cpuSeconds ?? 0) + used,
    bytesIn: (sample?.bytesIn ?? 0) + grown('bytesIn'),
    bytesOut: (sample?.bytesOut ?? 0) + grown('bytesOut'),
    untokened: (sample?.untokened ?? 0) + grown('untokened'),
    checked: (sample?.checked ?? 0) | bit,
    failed: (sample?.failed ?? 0) | (now.answers ? 0 : bit),
    ...(burst && {
      limit: burst.limit,
      // F524: what is used comes off, what the baseline gives comes on, up to what a day gives.
      capacity: Math.max(0, Math.min(burst.limit, burst.capacity + burst.rate * seconds - used)),
    }),
  };
};

type StatusCheck = Extract<InstanceMetricName, `StatusCheckFailed${string}`>;

/** One figure per slot, in the unit of the catalogue. Incus does not tell what the rest of the metrics ask. */
const figures: Partial<Record<InstanceMetricName, (sample: Sample) => number | undefined>> = {
  CPUUtilization: ({ cpuSeconds, seconds, cpus }) =>
    seconds > 0 ? Math.min(100, (100 * cpuSeconds) / (seconds * cpus)) : undefined,
  NetworkIn: ({ bytesIn }) => bytesIn,
  NetworkOut: ({ bytesOut }) => bytesOut,
  MetadataNoToken: ({ untokened }) => untokened,
  BurstCapacityTime: ({ capacity }) => capacity,
  BurstCapacityPercentage: ({ capacity, limit }) =>
    capacity === undefined || limit === undefined ? undefined : (100 * capacity) / limit,
};

/** Which checks of a minute count: that of the host goes well whenever there is somebody to note it down. */
const checks: Readonly<Record<StatusCheck, (failed: boolean) => number>> = {
  StatusCheckFailed: Number,
  StatusCheckFailed_Instance: Number,
  StatusCheckFailed_System: () => 0,
};

const isCheck = (metric: InstanceMetricName): metric is StatusCheck => Object.hasOwn(checks, metric);

/** Tells `visit` the figures of one sample, oldest first: one of the slot, or one of each minute in it for status checks. */
export const visitSample = (
  metric: InstanceMetricName,
  slot: number,
  sample: Sample,
  visit: (at: number, figure: number) => void,
): void => {
  if (isCheck(metric)) {
    for (let minute = 0; minute < slotMs / checkMs; minute++) {
      if (sample.checked & (1 << minute))
        visit(slot + minute * checkMs, checks[metric]((sample.failed & (1 << minute)) !== 0));
    }
    return;
  }
  const figure = figures[metric]?.(sample);
  if (figure !== undefined) visit(slot, figure);
};
