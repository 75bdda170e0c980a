import { createHash } from 'node:crypto';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { deleteSpells, spellsOf } from '../../store/records/balancer-spells.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { BalancerSpec, Machines } from '../machine.ts';
import { type HealthClock, observed, planBalancer, planTargetsOf, type SeenMachine } from './balancer-health.ts';
import { sumUp } from './sum-up.ts';
import { visitTraffic } from './traffic.ts';

/** A balancer that is only a row; times are milliseconds of Lateen's clock. */
interface Balancer {
  readonly balancer: true;
  /** Digest of the spec that it was told last: the spec itself holds a private key. */
  readonly told: string;
  readonly settlesAt: number;
  /** Since when it has which machine. */
  readonly targets: Readonly<Record<string, number>>;
  /** Until when it drains which machine. */
  readonly leaving: Readonly<Record<string, number>>;
}

type Balancers = Pick<Machines, 'applyBalancer' | 'removeBalancer' | 'observeTarget' | 'balancerMetrics'>;

/** The times that what balancers find hangs on. */
export const healthClock = (clock: Clock, catalogue: Catalogue): HealthClock => ({
  now: clock.now(),
  checkMs: catalogue.time('checkTarget'),
  keptSince: clock.now() - catalogue.metricRetention,
});

/** Balancers that behave and pass nothing on. A target is as healthy as the row of its machine says. */
export const createSimulatedBalancers = (store: Store, clock: Clock, catalogue: Catalogue): Balancers => {
  const find = async <T>(tx: Tx, id: string): Promise<T | undefined> => {
    const body = await findMachine(tx, id);
    return body === undefined ? undefined : (JSON.parse(body) as T);
  };

  /** The balancer as it is after it was told something new. */
  const changed = (spec: BalancerSpec, told: string, known: Balancer | undefined): Balancer => {
    const now = clock.now();
    const settlesAt = now + catalogue.time(known === undefined ? 'createBalancer' : 'updateBalancer');
    const { targets = {}, leaving = {} } = known ?? {};
    const stays = (machine: string): boolean => spec.targets.includes(machine);
    const drainedAt = now + catalogue.time('drainTarget');
    return {
      balancer: true,
      told,
      settlesAt,
      targets: Object.fromEntries(spec.targets.map((machine) => [machine, targets[machine] ?? settlesAt])),
      leaving: {
        ...Object.fromEntries(Object.entries(leaving).filter(([machine, until]) => !stays(machine) && until > now)),
        ...Object.fromEntries(
          Object.keys(targets)
            .filter((machine) => !stays(machine))
            .map((machine) => [machine, drainedAt]),
        ),
      },
    };
  };

  return {
    applyBalancer: (spec) =>
      store.write('machines', async (tx) => {
        const known = await find<Balancer>(tx, spec.id);
        const told = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
        const balancer = known?.told === told ? known : changed(spec, told, known);
        if (balancer !== known) {
          await putMachine(tx, spec.id, JSON.stringify(balancer));
          await planBalancer(tx, spec.id, { ...balancer, tls: spec.tls !== undefined }, healthClock(clock, catalogue));
        }
        return clock.now() < balancer.settlesAt ? { until: balancer.settlesAt } : undefined;
      }),
    removeBalancer: (id) =>
      store.write('machines', async (tx) => {
        await deleteMachine(tx, id);
        await deleteSpells(tx, id);
      }),
    observeTarget: (id, machine) =>
      store.read(async (tx) => {
        const balancer = await find<Balancer>(tx, id);
        const until = balancer?.leaving[machine] ?? 0;
        if (clock.now() < until)
          return { health: 'draining', reason: 'Instance.DeregistrationInProgress', settlesAt: until };
        const since = balancer?.targets[machine];
        if (since === undefined) return undefined;
        return observed(since, await find<SeenMachine>(tx, machine), healthClock(clock, catalogue));
      }),
    async balancerMetrics(id, query) {
      const { now, keptSince } = healthClock(clock, catalogue);
      const spells = await store.read((tx) => spellsOf(tx, id));
      const range = { start: Math.max(query.start, keptSince), end: Math.min(query.end, now) };
      return sumUp(query, (visit) => visitTraffic(id, spells, { ...query, ...range }, visit));
    },
  };
};

/** For machines that are more than rows: keeps what a balancer sees of one, or that it is gone. */
export const createSightings =
  (store: Store, clock: Clock, catalogue: Catalogue) =>
  (machine: string, seen: SeenMachine['power'] | undefined): Promise<void> =>
    store.write('machines', async (tx) => {
      if (seen === undefined) await deleteMachine(tx, machine);
      else await putMachine(tx, machine, JSON.stringify({ power: seen, settlesAt: clock.now() } satisfies SeenMachine));
      await planTargetsOf(tx, machine, healthClock(clock, catalogue));
    });
