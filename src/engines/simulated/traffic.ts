import type { LoadBalancerMetricName } from '../../api/generated/types.ts';
import type { Spell, SpellState } from '../../store/records/balancer-spells.ts';
import type { MetricQuery } from '../machine.ts';
import type { Visit } from './figures.ts';
import { createWorkload, slotMs, type Workload } from './workload.ts';

/** What came to a balancer in one slot of five minutes, and what became of it: whole requests. */
interface Slot {
  readonly slot: number;
  readonly workload: Workload;
  /** Connections that were too many, and what was left of the others: answered by an instance, or by the balancer itself. */
  readonly rejected: number;
  readonly served: number;
  readonly unserved: number;
  /** Requests for each healthy host in the share of what one can take. */
  readonly strain: number;
  readonly tls: boolean;
}

const hostMs = 60_000;
const minutesOfSlot = slotMs / hostMs;
/** Requests in five minutes: what an instance can answer, and what a balancer lets in. */
const perHost = 6_000;
const perBalancer = 10_000;
/** What the workload of an ordinary machine is measured in. */
const usual = 0.3;

const between = ({ workload, slot }: Slot, topic: number, least: number, most: number): number =>
  least + (most - least) * workload.chance(slot, topic);
/** The same in every slot of a balancer. */
const habit = ({ workload }: Pick<Slot, 'workload'>, topic: number, least: number, most: number): number =>
  least + (most - least) * workload.chance(0, topic);

/** The part of the requests that were answered with each class of status; 2XX is what is left. */
const answers = {
  HTTPCode_Instance_3XX_Count: (of: Slot) =>
    Math.floor(of.served * habit(of, 20, 0.02, 0.1) * between(of, 21, 0.8, 1.2)),
  HTTPCode_Instance_4XX_Count: (of: Slot) =>
    Math.floor(of.served * habit(of, 22, 0.005, 0.03) * between(of, 23, 0.5, 1.5)),
  HTTPCode_Instance_5XX_Count: (of: Slot) => Math.floor(of.served * habit(of, 24, 0, 0.004) * between(of, 25, 0, 2)),
};

const others = Object.values(answers);

/** F522: what is counted by the request is 1 each time. */
const counts = {
  ...answers,
  HTTPCode_Instance_2XX_Count: (of: Slot) => others.reduce((left, count) => left - count(of), of.served),
  HTTPCode_LB_4XX_Count: (of: Slot) => Math.floor((of.served + of.unserved) * between(of, 26, 0, 0.006)),
  HTTPCode_LB_5XX_Count: (of: Slot) => of.unserved,
  RequestCount: (of: Slot) => of.served,
} as const satisfies Partial<Record<LoadBalancerMetricName, (of: Slot) => number>>;

/** What is counted by the slot. */
const sums = {
  ClientTLSNegotiationErrorCount: (of: Slot) =>
    of.tls ? Math.floor((of.served + of.unserved) * between(of, 27, 0, 0.01)) : 0,
  RejectedConnectionCount: (of: Slot) => of.rejected,
} as const satisfies Partial<Record<LoadBalancerMetricName, (of: Slot) => number>>;

type Tell = (of: Slot, at: number, visit: Visit) => void;

/** The slower, the more there is to do for each host. */
const responseTimes: Tell = (of, at, visit) => {
  if (of.served === 0) return;
  const mean = habit(of, 28, 0.02, 0.25) * (1 + of.strain ** 2) * between(of, 29, 0.8, 1.2);
  const [fastest, slowest] = [mean * between(of, 30, 0.2, 0.5), mean * between(of, 31, 2, 8)];
  if (of.served < 3) return visit(at, mean, of.served);
  visit(at, fastest);
  visit(at, slowest);
  // So that the whole of them has the mean.
  visit(at, (mean * of.served - fastest - slowest) / (of.served - 2), of.served - 2);
};

type HostCount = Extract<LoadBalancerMetricName, `${string}HostCount`>;

const tellers: Readonly<Record<Exclude<LoadBalancerMetricName, HostCount>, Tell>> = {
  ...mapped(counts, (count) => (of, at, visit) => {
    const times = count(of);
    if (times > 0) visit(at, 1, times);
  }),
  ...mapped(sums, (sum) => (of, at, visit) => {
    const figure = sum(of);
    if (figure > 0) visit(at, figure);
  }),
  InstanceResponseTime: responseTimes,
};

function mapped<K extends string>(
  table: Readonly<Record<K, (of: Slot) => number>>,
  to: (count: (of: Slot) => number) => Tell,
): Record<K, Tell> {
  return Object.fromEntries(
    Object.entries<(of: Slot) => number>(table).map(([name, count]) => [name, to(count)]),
  ) as Record<K, Tell>;
}

type Range = Pick<MetricQuery, 'start' | 'end'>;

/** Tells `visit` the figures of a metric in the range (ms), which must not reach beyond now, oldest first. The same at every call. */
export const visitTraffic = (
  id: string,
  spells: readonly Spell[],
  { metric, ...range }: MetricQuery<LoadBalancerMetricName>,
  visit: Visit,
): void => {
  const active = spells.find(({ state }) => state === 'active');
  if (active === undefined) return;
  const there = { start: Math.max(range.start, active.since), end: range.end };
  if (metric === 'HealthyHostCount') visitHosts(spells, 'healthy', there, visit);
  else if (metric === 'UnhealthyHostCount') visitHosts(spells, 'unhealthy', there, visit);
  else visitSlots(id, spells, there, (of) => tellers[metric](of, of.slot * slotMs, visit));
};

const visitHosts = (spells: readonly Spell[], state: SpellState, { start, end }: Range, visit: Visit): void => {
  const count = counter(spells, state);
  for (let at = Math.ceil(start / hostMs) * hostMs; at < end; at += hostMs) visit(at, count(at));
};

const visitSlots = (id: string, spells: readonly Spell[], { start, end }: Range, tell: (of: Slot) => void): void => {
  const workload = createWorkload(id, usual);
  const crowd = habit({ workload }, 32, 300, 4_000);
  const hosts = counter(spells, 'healthy');
  const tls = counter(spells, 'tls');
  for (let slot = Math.ceil(start / slotMs); (slot + 1) * slotMs <= end; slot++) {
    const offered = Math.floor((crowd * workload.demand(slot)) / usual);
    const accepted = Math.min(offered, perBalancer);
    // Hosts that are healthy for a part of the slot answer for that part of it.
    let [room, capacity] = [0, 0];
    for (let minute = 0; minute < minutesOfSlot; minute++) {
      const most = hosts(slot * slotMs + minute * hostMs) * perHost;
      room += Math.min(accepted, most);
      capacity += most;
    }
    const served = Math.floor(room / minutesOfSlot);
    tell({
      slot,
      workload,
      served,
      rejected: offered - accepted,
      unserved: accepted - served,
      strain: capacity > 0 ? (served * minutesOfSlot) / capacity : 0,
      tls: tls(slot * slotMs) > 0,
    });
  }
};

/** How many spells of a state there are at a time; the times that it is asked for must not go back. */
const counter = (spells: readonly Spell[], state: SpellState): ((at: number) => number) => {
  const changes = spells
    .filter((spell) => spell.state === state)
    .flatMap(({ since, until }) => [
      { at: since, by: 1 },
      { at: until ?? Number.POSITIVE_INFINITY, by: -1 },
    ])
    .sort((a, b) => a.at - b.at);
  let [next, count] = [0, 0];
  return (at) => {
    for (; next < changes.length && changes[next]!.at <= at; next++) count += changes[next]!.by;
    return count;
  };
};
