import type { HostKeyAttributes } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import { EngineRefusal, type MachineSize, type Machines, type Observation } from '../machine.ts';
import { createSimulatedBalancers } from './balancers.ts';
import { newMachineKeys } from './machine-keys.ts';
import { createSimulatedSnapshots, expectSnapshot } from './snapshots.ts';
import { createSimulatedVolumes } from './volumes.ts';

/** A machine that is only a row: whether it is on, and until when it is on its way there. */
interface Simulated {
  readonly name: string;
  readonly power: 'on' | 'off';
  /** Milliseconds of Lateen's clock. */
  readonly settlesAt: number;
  readonly size: MachineSize;
  readonly lastReboot?: string;
  readonly keys?: Partial<Record<'ssh' | 'rdp', Omit<HostKeyAttributes, 'witnessedAt'>[]>>;
}

export interface SimulatedOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Says how long transitions take. */
  readonly catalogue: Catalogue;
}

/** Machines that behave and do not run. Nothing is kept in memory. */
export const createSimulatedMachines = ({ store, clock, catalogue }: SimulatedOptions): Machines => {
  const find = async (tx: Tx, id: string): Promise<Simulated> => {
    const body = await findMachine(tx, id);
    if (body === undefined) throw new EngineRefusal(`there is no simulated machine ${id}`);
    return JSON.parse(body) as Simulated;
  };
  const change = (id: string, to: (machine: Simulated) => Partial<Simulated>): Promise<void> =>
    store.write('machines', async (tx) => {
      const machine = await find(tx, id);
      await putMachine(tx, id, JSON.stringify({ ...machine, ...to(machine) }));
    });
  const exists = (id: string): Promise<void> => store.read(async (tx) => void (await find(tx, id)));
  const after = (transition: 'create' | 'start' | 'stop' | 'reboot'): number =>
    clock.now() + catalogue.time(transition);
  const power = (id: string, to: 'on' | 'off', settlesAt: number): Promise<void> =>
    change(id, (machine) => (machine.power === to ? {} : { power: to, settlesAt }));
  /** Also of a machine that is on its way there. */
  const cut = (id: string): Promise<void> =>
    change(id, ({ settlesAt }) => ({ power: 'off', settlesAt: Math.min(settlesAt, clock.now()) }));

  return {
    ...createSimulatedVolumes(store, clock, catalogue),
    ...createSimulatedBalancers(store, clock, catalogue),
    ...createSimulatedSnapshots(store, clock, catalogue),
    create: (spec) =>
      store.write('machines', async (tx) => {
        if ((await findMachine(tx, spec.id)) !== undefined) return;
        await expectSnapshot(tx, spec.from);
        const machine: Simulated = { name: spec.name, power: 'on', settlesAt: after('create'), size: spec.size };
        await putMachine(tx, spec.id, JSON.stringify(machine));
      }),
    start: (id) => power(id, 'on', after('start')),
    stop: (id, force) => (force ? cut(id) : power(id, 'off', after('stop'))),
    reboot: (id, request) =>
      change(id, (machine) =>
        machine.lastReboot === request ? {} : { settlesAt: after('reboot'), lastReboot: request },
      ),
    delete: (id) => store.write('machines', (tx) => deleteMachine(tx, id)),
    resize: (id, size) => change(id, () => ({ size })),
    // Nothing passes through a simulated network, so there is nothing to set; only a machine that is missing shows.
    setAddresses: exists,
    setFirewall: exists,
    setMetadata: exists,
    observe: (id) =>
      store.read(async (tx) => {
        const body = await findMachine(tx, id);
        return body === undefined ? undefined : observed(JSON.parse(body) as Simulated, clock.now());
      }),
    async hostKeys(id, protocol) {
      const { name, keys } = await store.read((tx) => find(tx, id));
      const known = keys?.[protocol];
      if (known !== undefined) return known;
      const made = await newMachineKeys(protocol, name, clock.now());
      await change(id, (machine) => ({ keys: { [protocol]: made, ...machine.keys } }));
      return (await store.read((tx) => find(tx, id))).keys?.[protocol] ?? made;
    },
  };
};

const observed = (machine: Simulated, now: number): Observation => {
  if (now < machine.settlesAt) {
    return { state: machine.power === 'on' ? 'pending' : 'stopping', settlesAt: machine.settlesAt };
  }
  return { state: machine.power === 'on' ? 'running' : 'stopped' };
};
