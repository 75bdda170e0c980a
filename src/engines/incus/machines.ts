import { EngineRefusal, type MachineSpec, type Machines, type Observation } from '../machine.ts';
import type { Incus } from './client.ts';
import type { IncusOptions } from './config.ts';
import { hostKeysOf } from './host-keys.ts';
import { type InstanceType, imageFor } from './images.ts';
import { configOf, devicesOf, knownOf, limits, macOf, nicDevice, rootDevice } from './instance-config.ts';
import { complete, type IncusInstance, type Instances, type KnownMachine, settleOperations } from './instances.ts';
import { label, nameOf } from './labels.ts';
import type { NetworkedMachine } from './network/network.ts';
import { refusing } from './refusals.ts';
import { sourceOfMachine } from './snapshots-source.ts';

export interface MachinesOptions {
  readonly incus: Incus;
  readonly owner: string;
  readonly options: IncusOptions;
  readonly instances: Instances;
  /** The host's side of addresses and firewalls. */
  readonly network: {
    set(machine: NetworkedMachine): Promise<void>;
    remove(id: string): Promise<void>;
  };
  /** Takes out of the machine, before it goes, what does not go with it. */
  readonly release?: ((id: string) => Promise<void>) | undefined;
}

type IncusMachines = Pick<
  Machines,
  | 'create'
  | 'start'
  | 'stop'
  | 'reboot'
  | 'delete'
  | 'resize'
  | 'setAddresses'
  | 'setFirewall'
  | 'setMetadata'
  | 'observe'
  | 'hostKeys'
>;

/** How long a start may take, in seconds. */
const patience = 60;

/**
 * How long a machine is waited for to go down by itself, in seconds, each time that it is asked: one that has only begun to boot does
 * not hear it. Then its power is cut, as that of real instances.
 */
const askings = [3, 7, 20, 30];

/** Key in an instance's config: the last reboot that was asked for, and when the machine had been started before it. */
const rebootKey = 'user.lateen.reboot';

/** By what Incus calls them. */
export const states: Readonly<Record<string, Observation['state']>> = {
  Running: 'running',
  // While its snapshot is taken.
  Freezing: 'running',
  Frozen: 'running',
  Thawed: 'running',
  Starting: 'pending',
  Stopping: 'stopping',
  Stopped: 'stopped',
};

export const networked = ({ id, network, addresses, firewall, metadata }: KnownMachine): NetworkedMachine => ({
  id,
  network,
  ...addresses,
  mac: macOf(id),
  firewall,
  metadata,
});

/** Machines that are instances of Incus. */
export const createIncusMachines = (world: MachinesOptions): IncusMachines => {
  const { incus, owner, options, instances, network } = world;
  const turn = (id: string, action: string, more: object): Promise<unknown> =>
    refusing(incus.put(`${instances.path(id)}/state`, { action, ...more }));
  /** Off, or off and on again. */
  const goDown = async (id: string, action: 'stop' | 'restart'): Promise<void> => {
    for (const timeout of askings) {
      const error: unknown = await turn(id, action, { timeout }).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (error === undefined) return;
      if (error instanceof EngineRefusal || /not running|already stopped/i.test(String(error))) throw error;
    }
    await turn(id, action, { force: true, timeout: -1 });
  };
  /** Also what was begun and never finished. Not of what others made. */
  const remove = async (id: string): Promise<void> => {
    const found = await incus.find<IncusInstance>(instances.path(id));
    if (found === undefined) return;
    if (found.config[label.owner] !== owner) throw new EngineRefusal(`${found.name} in Incus is not ours.`);
    if (found.status !== 'Stopped')
      await incus.put(`${instances.path(id)}/state`, { action: 'stop', force: true, timeout: -1 }).catch(unlessStopped);
    await incus.delete(instances.path(id));
  };
  const sourceOf = async (spec: MachineSpec) => {
    if (spec.from !== undefined) {
      const { name, type } = await sourceOfMachine(incus, owner, spec.from);
      return { type: type as InstanceType, source: { type: 'copy', source: name } };
    }
    const image = await imageFor(incus, spec.blueprintId);
    if (image === undefined) {
      throw new EngineRefusal(
        `This host has no image for the blueprint ${spec.blueprintId}. Its operator makes one with: lateen images build ${spec.blueprintId}`,
      );
    }
    return { type: image.type, source: { type: 'image', fingerprint: image.fingerprint } };
  };
  const make = async (spec: MachineSpec): Promise<void> => {
    const { type, source } = await sourceOf(spec);
    await incus.post('/1.0/instances', {
      name: nameOf('machine', spec.id),
      type,
      source,
      profiles: [],
      config: { ...configOf(spec, type, owner), [complete]: 'false' },
      devices: devicesOf(spec, options),
    });
    await instances.save(spec.id, knownOf(spec), { config: { [complete]: 'true' } });
  };
  const change = async (id: string, to: Partial<KnownMachine>, also?: Parameters<Instances['save']>[2]) => {
    const { known } = await instances.expect(id);
    const changed = { ...known, ...to };
    await refusing(instances.save(id, changed, also));
    return changed;
  };

  return {
    async create(spec) {
      await settleOperations(incus, instances.path(spec.id));
      if ((await instances.find(spec.id)) === undefined) {
        await remove(spec.id);
        await refusing(make(spec)).catch(async (error: unknown) => {
          await remove(spec.id);
          throw error;
        });
      }
      await network.set(networked(spec));
    },
    async start(id) {
      const { status } = await instances.expect(id);
      if (status === 'Running') return;
      await turn(id, 'start', { timeout: patience }).catch(unlessRunning);
    },
    async stop(id, force) {
      const found = await instances.find(id);
      if (found === undefined || found.status === 'Stopped') return;
      if (force) return void (await turn(id, 'stop', { force, timeout: -1 }).catch(unlessStopped));
      await goDown(id, 'stop').catch(unlessStopped);
    },
    async reboot(id, request) {
      const { config, last_used_at: startedAt, known } = await instances.expect(id);
      const [asked, before] = (config[rebootKey] ?? '').split(' ');
      if (asked !== request) await instances.save(id, known, { config: { [rebootKey]: `${request} ${startedAt}` } });
      else if (before !== startedAt) return;
      await goDown(id, 'restart')
        .catch(unlessStopped)
        // Cut off between its stop and its start.
        .then(() => turn(id, 'start', { timeout: patience }))
        .catch(unlessRunning);
    },
    async delete(id) {
      await settleOperations(incus, instances.path(id));
      await world.release?.(id);
      await remove(id);
      await network.remove(id);
    },
    async resize(id, size) {
      const { devices } = await instances.expect(id);
      const root = { ...devices.root, ...rootDevice(options.incusPool, size) };
      await change(id, { size }, { config: limits(size), devices: { root } });
    },
    async setAddresses(id, addresses) {
      const { devices, name, status } = await instances.expect(id);
      const wanted = nicDevice(options, id, addresses);
      const known = devices.eth0 ?? {};
      const same = Object.keys({ ...known, ...wanted }).every((key) => known[key] === wanted[key]);
      await network.set(networked(await change(id, { addresses }, same ? {} : { devices: { eth0: wanted } })));
      // A machine hears by itself of an address that it gets, and not of one that it loses. One that cannot be told keeps it in vain.
      if (known['ipv6.address'] !== undefined && addresses.ipv6.length === 0 && status === 'Running')
        await incus.exec(name, ['networkctl', 'reconfigure', 'eth0']).catch(() => {});
    },
    setFirewall: async (id, firewall) => network.set(networked(await change(id, { firewall }))),
    setMetadata: async (id, metadata) => network.set(networked(await change(id, { metadata }))),
    async observe(id) {
      const found = await instances.find(id);
      if (found === undefined) return undefined;
      const state = states[found.status];
      if (state === undefined) throw new Error(`Incus says that ${found.name} is in the state ${found.status}.`);
      return { state };
    },
    async hostKeys(id, protocol) {
      const { name } = await instances.expect(id);
      return protocol === 'ssh' ? hostKeysOf(incus, name) : [];
    },
  };
};

/** Whether it is on already is known only by the refusal: it may have changed since it was looked at. */
const unlessRunning = (error: unknown): void => {
  if (!/already running/i.test(String(error))) throw error;
};
const unlessStopped = (error: unknown): void => {
  if (!/already stopped|is not running/i.test(String(error))) throw error;
};
