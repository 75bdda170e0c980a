import { X509Certificate } from 'node:crypto';
import type { HostKeyAttributes } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { beginRun, deleteRuns, endRun, runsOf } from '../../store/records/machine-runs.ts';
import { deleteMachine, findMachine, putMachine } from '../../store/records/machines.ts';
import type { Store, Tx } from '../../store/store.ts';
import { EngineRefusal, type MachineSize, type Machines, type Observation, type Unsettled } from '../machine.ts';
import { planTargetsOf } from './balancer-health.ts';
import { createSimulatedBalancers, healthClock } from './balancers.ts';
import { simulatedLog } from './console.ts';
import { visitFigures } from './figures.ts';
import { newMachineKeys } from './machine-keys.ts';
import { createSimulatedSnapshots, expectSnapshot } from './snapshots.ts';
import { sumUp } from './sum-up.ts';
import { createSimulatedVolumes } from './volumes.ts';

/** A machine that is only a row: whether it is on, and until when it is on its way there. */
interface Simulated {
  readonly name: string;
  readonly power: 'on' | 'off';
  /** Milliseconds of Lateen's clock. */
  readonly settlesAt: number;
  readonly size: MachineSize;
  readonly lastReboot?: string;
  /** What it would serve HTTPS with; the serial number tells one certificate from another. */
  readonly https?: { readonly names: readonly string[]; readonly serial: string } | undefined;
  readonly desktop?: { readonly open: boolean; readonly settlesAt: number } | undefined;
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
      const changed = { ...machine, ...to(machine) };
      await putMachine(tx, id, JSON.stringify(changed));
      if (changed.settlesAt !== machine.settlesAt) await tellBalancers(tx, id);
    });
  const exists = (id: string): Promise<void> => store.read(async (tx) => void (await find(tx, id)));
  const after = (transition: 'create' | 'start' | 'stop' | 'reboot'): number =>
    clock.now() + catalogue.time(transition);
  const keptSince = (): number => clock.now() - catalogue.metricRetention;
  const begin = (tx: Tx, id: string, { settlesAt, size }: Simulated): Promise<void> =>
    beginRun(tx, id, settlesAt, JSON.stringify(size), keptSince());
  const tellBalancers = (tx: Tx, id: string): Promise<void> => planTargetsOf(tx, id, healthClock(clock, catalogue));
  const power = (id: string, to: 'on' | 'off', settlesAt: number): Promise<void> =>
    store.write('machines', async (tx) => {
      const machine = await find(tx, id);
      if (machine.power === to) return;
      const turned = { ...machine, power: to, settlesAt, desktop: undefined };
      await putMachine(tx, id, JSON.stringify(turned));
      await (to === 'on' ? begin(tx, id, turned) : endRun(tx, id, clock.now()));
      await tellBalancers(tx, id);
    });
  const turnDesktop = (id: string, open: boolean): Promise<Unsettled | undefined> =>
    store.write('machines', async (tx) => {
      const machine = await find(tx, id);
      if (open && machine.power === 'off') throw new EngineRefusal(`the simulated machine ${id} is off`);
      let { desktop } = machine;
      if ((desktop?.open ?? false) !== open) {
        desktop = { open, settlesAt: clock.now() + catalogue.time(open ? 'startDesktop' : 'stopDesktop') };
        await putMachine(tx, id, JSON.stringify({ ...machine, desktop }));
      }
      return desktop !== undefined && clock.now() < desktop.settlesAt ? { until: desktop.settlesAt } : undefined;
    });
  /** Also of a machine that is on its way there. */
  const cut = async (id: string): Promise<void> => {
    await power(id, 'off', clock.now());
    await change(id, ({ settlesAt }) => ({ settlesAt: Math.min(settlesAt, clock.now()) }));
  };

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
        await begin(tx, spec.id, machine);
      }),
    start: (id) => power(id, 'on', after('start')),
    stop: (id, force) => (force ? cut(id) : power(id, 'off', after('stop'))),
    reboot: (id, request) =>
      change(id, (machine) =>
        machine.lastReboot === request ? {} : { settlesAt: after('reboot'), lastReboot: request, desktop: undefined },
      ),
    delete: (id) =>
      store.write('machines', async (tx) => {
        await deleteMachine(tx, id);
        await deleteRuns(tx, id);
        await tellBalancers(tx, id);
      }),
    resize: (id, size) => change(id, () => ({ size })),
    // Nothing passes through a simulated network, so there is nothing to set; only a machine that is missing shows.
    setAddresses: exists,
    setFirewall: exists,
    setMetadata: exists,
    async setCertificate(id, certificate) {
      const https = certificate && {
        names: certificate.names,
        serial: new X509Certificate(certificate.chain).serialNumber,
      };
      await change(id, () => ({ https }));
      return undefined;
    },
    startDesktop: (id) => turnDesktop(id, true),
    stopDesktop: (id) => turnDesktop(id, false),
    observe: (id) =>
      store.read(async (tx) => {
        const body = await findMachine(tx, id);
        return body === undefined ? undefined : observed(JSON.parse(body) as Simulated, clock.now());
      }),
    async metrics(id, query) {
      const now = clock.now();
      const rows = await store.read((tx) => runsOf(tx, id));
      const runs = rows.map(({ startedAt, endedAt, size }) => ({
        start: startedAt,
        end: endedAt ?? now,
        baseline: catalogue.cpuBaseline(JSON.parse(size) as MachineSize),
      }));
      const since = Math.max(query.start, keptSince());
      return sumUp(query, (visit) => visitFigures(id, runs, { ...query, start: since }, visit));
    },
    console: {
      log: (id) =>
        store.read(async (tx) => {
          const { name, size, ...machine } = await find(tx, id);
          return simulatedLog(name, size, observed(machine, clock.now()).state);
        }),
      async terminal() {
        throw new EngineRefusal('The simulated engine has no terminal: nothing runs in its machines.');
      },
    },
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

const observed = (machine: Pick<Simulated, 'power' | 'settlesAt'>, now: number): Observation => {
  if (now < machine.settlesAt) {
    return { state: machine.power === 'on' ? 'pending' : 'stopping', settlesAt: machine.settlesAt };
  }
  return { state: machine.power === 'on' ? 'running' : 'stopped' };
};
