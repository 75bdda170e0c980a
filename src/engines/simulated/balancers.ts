import { createHash } from 'node:crypto';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { BalancerSpec, Machines, TargetObservation } from '../machine.ts';

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

/** As much of a machine as can be seen from outside: whether it is on, and since or until when it is on its way there. */
export interface Target {
  readonly power: 'on' | 'off';
  readonly settlesAt: number;
}

type Balancers = Pick<Machines, 'applyBalancer' | 'removeBalancer' | 'observeTarget'>;

/** Balancers that behave and pass nothing on. A target is as healthy as what `see` sees of its machine. */
export const createSimulatedBalancers = (
  store: Store,
  clock: Clock,
  catalogue: Catalogue,
  see: (machine: string) => Promise<Target | undefined>,
): Balancers => {
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

  const observed = (since: number, machine: Target | undefined): TargetObservation => {
    const now = clock.now();
    if (now < since) return { health: 'initial', reason: 'Lb.RegistrationInProgress', settlesAt: since };
    if (machine?.power !== 'on') return { health: 'unused', reason: 'Instance.InvalidState' };
    if (now < machine.settlesAt)
      return { health: 'unhealthy', reason: 'Instance.Timeout', settlesAt: machine.settlesAt };
    const checkedAt = Math.max(since, machine.settlesAt) + catalogue.time('checkTarget');
    if (now < checkedAt) return { health: 'initial', reason: 'Lb.InitialHealthChecking', settlesAt: checkedAt };
    return { health: 'healthy' };
  };

  return {
    applyBalancer: (spec) =>
      store.write('machines', async (tx) => {
        const known = await find<Balancer>(tx, spec.id);
        const told = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
        const balancer = known?.told === told ? known : changed(spec, told, known);
        if (balancer !== known) await putMachine(tx, spec.id, JSON.stringify(balancer));
        return clock.now() < balancer.settlesAt ? { until: balancer.settlesAt } : undefined;
      }),
    removeBalancer: (id) => store.write('machines', (tx) => deleteMachine(tx, id)),
    async observeTarget(id, machine) {
      const balancer = await store.read((tx) => find<Balancer>(tx, id));
      const until = balancer?.leaving[machine] ?? 0;
      if (clock.now() < until)
        return { health: 'draining', reason: 'Instance.DeregistrationInProgress', settlesAt: until };
      const since = balancer?.targets[machine];
      return since === undefined ? undefined : observed(since, await see(machine));
    },
  };
};
