import { type AttachedVolume, EngineRefusal, type Machines } from '../machine.ts';
import { complete, type IncusInstance, type LabelledInstance, settleOperations } from './instances.ts';
import { label, labelsOf, nameOf } from './labels.ts';
import { refusing } from './refusals.ts';
import { absent, type KnownCopy, knownCopy, type TakenVolume, volumeNameOf } from './snapshots-source.ts';
import { soon, type VolumesWorld } from './volumes.ts';

export interface Snapshots
  extends Pick<
    Machines,
    'snapshotMachine' | 'snapshotVolume' | 'copySnapshot' | 'snapshotProgress' | 'deleteSnapshot' | 'exportSnapshot'
  > {
  /** Lets machines go on that were held still by a process that has ended. */
  restore(): Promise<void>;
}

/** How a volume of a copy comes about: from which volume. */
interface Taking extends TakenVolume {
  readonly from: string;
}

/**
 * Snapshots that share what they have with what they are of, and outlive it. That of a machine is a stopped copy of its instance,
 * with copies of its volumes beside it; that of a disk is a volume.
 */
export const createIncusSnapshots = (world: VolumesWorld): Snapshots => {
  const { incus, owner, clock, machines, copies, pool, still, systemDisks, log } = world;

  /** Also what was begun and never finished. */
  const remove = async (id: string): Promise<void> => {
    await systemDisks.cancel(volumeNameOf(id));
    await settleOperations(incus, copies.path(id));
    const copy = await incus.find<IncusInstance>(copies.path(id));
    if (copy !== undefined && copy.config[label.owner] !== owner)
      throw new EngineRefusal(`${copy.name} in Incus is not ours.`);
    const { volumes = [] }: Partial<KnownCopy> = JSON.parse(copy?.config[label.spec] ?? '{}');
    // It says which volumes there are, so it goes last.
    for (const { path } of volumes) await pool.remove(volumeNameOf(id, path));
    await pool.remove(volumeNameOf(id));
    await incus.delete(copies.path(id));
  };
  const isThere = async (id: string): Promise<boolean> =>
    (await pool.find(volumeNameOf(id))) !== undefined || (await copies.find(id)) !== undefined;
  /** Runs `take`, unless the snapshot is there, on clean ground; what fails leaves nothing. */
  const begin = async (id: string, take: () => Promise<void>): Promise<void> => {
    if (await isThere(id)) return;
    await remove(id);
    await take().catch(async (error: unknown) => {
      await remove(id);
      throw error;
    });
  };
  /** A copy has nothing of the machine's but its system disk: no address, and no device. */
  const copyInstance = async (id: string, source: LabelledInstance, known: KnownCopy): Promise<void> => {
    const others = Object.keys(source.devices).filter((name) => name !== 'root');
    await refusing(
      incus.post('/1.0/instances', {
        name: nameOf('snapshot', id),
        type: source.type,
        source: { type: 'copy', source: source.name },
        profiles: [],
        config: { ...labelsOf(owner, 'snapshot', id), [label.spec]: JSON.stringify(known), [complete]: 'false' },
        devices: Object.fromEntries(others.map((name) => [name, { type: 'none' }])),
      }),
    );
  };
  const copyVolumes = async (id: string, volumes: readonly Taking[]): Promise<void> => {
    for (const { path, sizeInGb, from } of volumes)
      await pool.make(volumeNameOf(id, path), { kind: 'snapshot', id, known: { sizeInGb }, from });
  };
  const finish = async (id: string, volumes: readonly TakenVolume[]): Promise<void> => {
    for (const { path } of volumes) await pool.finish(volumeNameOf(id, path));
    const { architecture, config, devices } = await incus.get<IncusInstance>(copies.path(id));
    const root = Object.fromEntries(Object.entries(devices).filter(([name]) => name === 'root'));
    const whole = { architecture, config: { ...config, [complete]: 'true' }, devices: root, profiles: [] };
    await refusing(incus.put(copies.path(id), whole));
  };
  const sizes = ({ path, sizeInGb }: TakenVolume): TakenVolume => ({ path, sizeInGb });
  const takenFrom = async ({ id, path }: AttachedVolume): Promise<Taking> => {
    const from = nameOf('volume', id);
    const found = await pool.find(from);
    if (found === undefined) throw new EngineRefusal(`Incus has no volume ${from}.`);
    return { path, sizeInGb: found.known.sizeInGb, from };
  };
  const filesOf = ({ type }: LabelledInstance, names: readonly string[]): string[] =>
    type === 'container' ? names.map((name) => pool.file(name)) : [];

  const takeMachine = async (id: string, machine: string, attached: readonly AttachedVolume[]): Promise<void> => {
    const source = await machines.expect(machine);
    const volumes = await Promise.all(attached.map(takenFrom));
    const files = filesOf(
      source,
      volumes.map(({ from }) => from),
    );
    await still.hold(source, files, true, async () => {
      await copyInstance(id, source, { ...source.known, volumes: volumes.map(sizes) });
      await copyVolumes(id, volumes);
    });
    await finish(id, volumes);
  };
  const takeSystemDisk = async (id: string, machine: string): Promise<void> => {
    const source = await machines.expect(machine);
    await still.hold(source, [], true, () =>
      copyInstance(id, source, { ...source.known, volumes: [], systemDisk: true }),
    );
    await finish(id, []);
  };
  const takeVolume = async (id: string, volume: string): Promise<void> => {
    const name = nameOf('volume', volume);
    const found = await pool.find(name);
    if (found === undefined) return takeSystemDisk(id, volume);
    const { on, sizeInGb } = found.known;
    const machine = on && (await machines.find(on.machine));
    const make = () => pool.make(volumeNameOf(id), { kind: 'snapshot', id, known: { sizeInGb }, from: name });
    await still.hold(machine, machine === undefined ? [] : filesOf(machine, [name]), false, make);
    await pool.finish(volumeNameOf(id));
  };
  const copy = async (id: string, from: string): Promise<void> => {
    const volume = await pool.find(volumeNameOf(from));
    if (volume !== undefined) {
      await pool.make(volumeNameOf(id), { kind: 'snapshot', id, known: volume.known, from: volume.name });
      return pool.finish(volumeNameOf(id));
    }
    const source = await copies.find(from);
    if (source === undefined) throw absent(from);
    const known = knownCopy(source);
    await copyInstance(id, source, known);
    await copyVolumes(
      id,
      known.volumes.map((taken) => ({ ...taken, from: volumeNameOf(from, taken.path) })),
    );
    await finish(id, known.volumes);
  };
  const copySnapshot = (id: string, from: string): Promise<void> => begin(id, () => copy(id, from));

  return {
    snapshotMachine: (id, machine, volumes) => begin(id, () => takeMachine(id, machine, volumes)),
    snapshotVolume: (id, volume) => begin(id, () => takeVolume(id, volume)),
    copySnapshot,
    async snapshotProgress(id) {
      const [volume, instance] = await Promise.all([pool.find(volumeNameOf(id)), copies.find(id)]);
      if (volume !== undefined) {
        if (instance !== undefined) await incus.delete(copies.path(id));
        return { percent: 100 };
      }
      if (instance === undefined) throw absent(id);
      const { systemDisk, size } = knownCopy(instance);
      if (!systemDisk) return { percent: 100 };
      const known = { sizeInGb: size.diskSizeInGb };
      const disk = { instance: instance.name, type: instance.type };
      const percent = await systemDisks.make(volumeNameOf(id), { kind: 'snapshot', id, known }, disk);
      return { percent: Math.min(percent, 99), ...soon(clock) };
    },
    deleteSnapshot: remove,
    /** There is no other cloud here: what it would get is a copy of its own, which `incus export` makes a file of. */
    async exportSnapshot(id, snapshot) {
      await copySnapshot(id, snapshot);
      return undefined;
    },
    async restore() {
      const held = (await pool.list()).filter(({ known }) => known.on?.loop);
      for (const machine of await machines.list()) {
        if (machine.status === 'Stopped') continue;
        const files = held.filter(({ known }) => known.on?.machine === machine.id).map(({ name }) => pool.file(name));
        if (files.length === 0 && machine.status === 'Running') continue;
        await still
          .thaw(machine, files)
          .catch((error: unknown) =>
            log({ level: 'error', message: `the machine ${machine.name} could not go on`, error: String(error) }),
          );
      }
    },
  };
};
