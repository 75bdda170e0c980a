import type { DistributionMetricName } from '../../api/generated/types.ts';
import type { MetricQuery } from '../machine.ts';
import type { Visit } from './figures.ts';
import { createWorkload, slotMs, type Workload } from './workload.ts';

/** A time that a distribution answered, in ms of Lateen's clock; without an end while it does. */
export interface Spell {
  readonly since: number;
  readonly until?: number | undefined;
  /** Whether requests went through rules. */
  readonly filtered: boolean;
}

/** What came to a distribution in one slot of five minutes: whole requests, and those that rules turned away. */
interface Slot {
  readonly slot: number;
  readonly workload: Workload;
  readonly requests: number;
  readonly filtered: boolean;
}

/** What the workload of an ordinary machine is measured in. */
const usual = 0.3;

const between = ({ workload, slot }: Slot, topic: number, least: number, most: number): number =>
  least + (most - least) * workload.chance(slot, topic);
/** The same in every slot of a distribution. */
const habit = ({ workload }: Pick<Slot, 'workload'>, topic: number, least: number, most: number): number =>
  least + (most - least) * workload.chance(0, topic);

/** Percent of the requests. */
const clientErrors = (of: Slot): number => habit(of, 40, 0.5, 3) * between(of, 41, 0.5, 1.5);
const serverErrors = (of: Slot): number => habit(of, 42, 0, 0.4) * between(of, 43, 0, 2);
const blocked = (of: Slot): number => Math.floor(of.requests * habit(of, 44, 0.002, 0.03) * between(of, 45, 0.5, 1.5));

/** F523. Undefined where there is nothing to tell. */
const figures: Readonly<Record<DistributionMetricName, (of: Slot) => number | undefined>> = {
  Requests: ({ requests }) => requests,
  BytesDownloaded: (of) => Math.round(of.requests * habit(of, 46, 8_000, 120_000) * between(of, 47, 0.7, 1.3)),
  BytesUploaded: (of) => Math.round(of.requests * habit(of, 48, 300, 2_000) * between(of, 49, 0.8, 1.2)),
  Http4xxErrorRate: clientErrors,
  Http5xxErrorRate: serverErrors,
  TotalErrorRate: (of) => clientErrors(of) + serverErrors(of),
  WafAllowedRequests: (of) => (of.filtered ? of.requests - blocked(of) : undefined),
  WafBlockedRequests: (of) => (of.filtered ? blocked(of) : undefined),
};

/** Tells `visit` the figures of a metric in the range (ms), which must not reach beyond now, oldest first. The same at every call. */
export const visitViewers = (
  id: string,
  spells: readonly Spell[],
  { metric, start, end }: MetricQuery<DistributionMetricName>,
  visit: Visit,
): void => {
  const workload = createWorkload(id, usual);
  const crowd = habit({ workload }, 50, 200, 8_000);
  for (const { since, until = end, filtered } of spells) {
    const last = Math.min(until, end);
    for (let slot = Math.ceil(Math.max(since, start) / slotMs); (slot + 1) * slotMs <= last; slot++) {
      const requests = Math.floor((crowd * workload.demand(slot)) / usual);
      const figure = requests === 0 ? undefined : figures[metric]({ slot, workload, requests, filtered });
      if (figure !== undefined) visit(slot * slotMs, figure);
    }
  }
};
