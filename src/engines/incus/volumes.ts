import type { Clock } from '../../clock.ts';
import { EngineRefusal, type Machines, type Unsettled, type VolumeSpec } from '../machine.ts';
import type { Incus } from './client.ts';
import type { Instances, LabelledInstance } from './instances.ts';
import { nameOf } from './labels.ts';
import { refusing } from './refusals.ts';
import { sourceOfVolume } from './snapshots-source.ts';
import type { Loops } from './volumes-loop.ts';
import { knownVolume, type Pool, type PoolVolume } from './volumes-pool.ts';
import type { Stillness } from './volumes-still.ts';
import type { SystemDisks } from './volumes-system.ts';

/** What disks and snapshots are made with. */
export interface VolumesWorld {
  readonly incus: Incus;
  readonly owner: string;
  readonly clock: Clock;
  readonly options: { readonly incusPool: string };
  readonly machines: Instances;
  /** Copies of machines, which are their snapshots. */
  readonly copies: Instances;
  readonly pool: Pool;
  readonly loops: Loops;
  readonly still: Stillness;
  readonly systemDisks: SystemDisks;
  readonly log: (line: Record<string, unknown>) => void;
}

export interface Volumes extends Pick<Machines, 'createVolume' | 'deleteVolume' | 'attachVolume' | 'detachVolume'> {
  /** After a start of this host: makes devices of the files again, and gives them to the machines that have them. */
  restore(): Promise<void>;
}

/** How long to wait before another look, in ms. */
export const soon = (clock: Clock): Unsettled => ({ until: clock.now() + 1_000 });

/** What Incus calls the device in the machine, and the loop device on this host. */
const deviceOf = (id: string): string => nameOf('volume', id);

const isContainer = ({ type }: LabelledInstance): boolean => type === 'container';

/** Volumes in the pool of Incus. A container has one as a loop device over its file, a virtual machine as a disk. */
export const createIncusVolumes = (world: VolumesWorld): Volumes => {
  const { incus, clock, options, machines, pool, loops, still, systemDisks, log } = world;

  const expectVolume = async (id: string): Promise<PoolVolume> => {
    const found = await pool.find(nameOf('volume', id));
    if (found === undefined) throw new EngineRefusal(`Incus has no volume ${nameOf('volume', id)}.`);
    return found;
  };
  const deviceFor = (id: string, machine: LabelledInstance, path: string): Readonly<Record<string, string>> =>
    isContainer(machine)
      ? // Not required: after a reboot of the host the machine may be up before the device is there again.
        { type: 'unix-block', source: loops.path(deviceOf(id)), path, required: 'false' }
      : { type: 'disk', pool: options.incusPool, source: nameOf('volume', id) };
  const give = (id: string, machine: LabelledInstance, device: Readonly<Record<string, string>>): Promise<unknown> =>
    refusing(incus.patch(machines.path(machine.id), { devices: { [deviceOf(id)]: device } }));
  /** Incus takes a device away only from a whole description. */
  const take = async (id: string, machine: string): Promise<undefined> => {
    const found = await machines.find(machine);
    if (found?.devices[deviceOf(id)] === undefined) return undefined;
    const { architecture, config, devices } = found;
    const { [deviceOf(id)]: _taken, ...left } = devices;
    await refusing(incus.put(machines.path(machine), { architecture, config, devices: left, profiles: [] }));
    return undefined;
  };
  /** A disk that is still mounted where it is taken from is unmounted as its own root would. */
  const unmount = async (machine: LabelledInstance, file: string): Promise<void> => {
    for (const { folder } of await still.mountsOf(machine, file)) await incus.exec(machine.name, ['umount', folder]);
  };
  const takeLoop = async (id: string, on: string): Promise<Unsettled | undefined> => {
    const file = pool.file(nameOf('volume', id));
    const away = () => loops.close(deviceOf(id), file, () => take(id, on));
    if (await away()) return undefined;
    const machine = await machines.find(on);
    // The mounts of one that has just stopped end a moment later.
    if (machine === undefined || machine.status === 'Stopped') return soon(clock);
    await unmount(machine, file);
    if (await away()) return undefined;
    throw new EngineRefusal(`The disk is mounted in the machine ${machine.name}, and in use there. Stop it first.`);
  };
  const detach = async (volume: PoolVolume): Promise<Unsettled | undefined> => {
    const { on, ...known } = volume.known;
    if (on === undefined) return undefined;
    const wait = on.loop ? await takeLoop(volume.id, on.machine) : await take(volume.id, on.machine);
    if (wait !== undefined) return wait;
    await pool.save(volume.name, known);
    return undefined;
  };
  const createFrom = async (
    spec: VolumeSpec,
    from: NonNullable<VolumeSpec['from']>,
  ): Promise<Unsettled | undefined> => {
    const [name, known] = [nameOf('volume', spec.id), knownVolume(spec)];
    const source = await sourceOfVolume(world, from);
    const volume = { kind: 'volume', id: spec.id, known } as const;
    if ('instance' in source) {
      await systemDisks.make(name, volume, source);
      return soon(clock);
    }
    await pool.make(name, { ...volume, from: source.volume });
    await pool.finish(name);
    return undefined;
  };
  const restoreOne = async (volume: PoolVolume, all: ReadonlyMap<string, LabelledInstance>): Promise<void> => {
    const { on } = volume.known;
    const machine = on && all.get(on.machine);
    if (machine === undefined || !on?.loop) return;
    const device = machine.devices[deviceOf(volume.id)];
    const moved = await loops.open(deviceOf(volume.id), pool.file(volume.name));
    if (!moved || device === undefined || machine.status !== 'Running') return;
    await give(volume.id, machine, { type: 'none' });
    await give(volume.id, machine, device);
    // What its boot has looked for in vain.
    await incus.exec(machine.name, ['mount', '-a']);
  };

  return {
    async createVolume(spec) {
      const name = nameOf('volume', spec.id);
      if ((await pool.find(name)) !== undefined) return undefined;
      if (spec.from !== undefined) return createFrom(spec, spec.from);
      await pool.make(name, { kind: 'volume', id: spec.id, known: knownVolume(spec) });
      await pool.finish(name);
      return undefined;
    },
    async deleteVolume(id) {
      const name = nameOf('volume', id);
      await systemDisks.cancel(name);
      const volume = await pool.find(name);
      if (volume !== undefined && (await detach(volume)) !== undefined)
        throw new Error(`The volume ${name} is still mounted.`);
      await pool.remove(name);
    },
    async attachVolume(id, machine, path) {
      const volume = await expectVolume(id);
      const onto = await machines.expect(machine);
      const { on } = volume.known;
      if (on !== undefined && on.machine !== machine && (await machines.find(on.machine)) !== undefined)
        throw new EngineRefusal(`The volume ${volume.name} is in use.`);
      const file = isContainer(onto) ? pool.file(volume.name) : undefined;
      if (on?.machine !== machine || on.path !== path) {
        // Somebody has it mounted who has it no more: a second one would write over what the first does.
        if (file !== undefined && on?.machine !== machine && (await loops.isBusy(file))) return soon(clock);
        await pool.save(volume.name, { ...volume.known, on: { machine, path, loop: isContainer(onto) } });
      }
      if (file !== undefined) await loops.open(deviceOf(id), file);
      await give(id, onto, deviceFor(id, onto, path));
      return undefined;
    },
    async detachVolume(id, machine) {
      const volume = await pool.find(nameOf('volume', id));
      return volume?.known.on?.machine === machine ? detach(volume) : undefined;
    },
    async restore() {
      const all = new Map((await machines.list()).map((machine) => [machine.id, machine]));
      for (const volume of await pool.list())
        await restoreOne(volume, all).catch((error: unknown) =>
          log({ level: 'error', message: `the disk ${volume.name} could not be given back`, error: String(error) }),
        );
    },
  };
};
