import type { Disk, Instance } from '../../api/generated/types.ts';
import type { AttachedVolume, Unsettled } from '../../engines/machine.ts';
import { findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { type DiskInner, disk } from '../disks/noun.ts';
import { makeVolume, removeDisk } from '../disks/tasks.ts';
import { attachedTo, withDisk } from '../disks/view.ts';
import { type InstanceInner, instance } from '../instances/noun.ts';
import { states } from '../instances/rules.ts';
import { firstBoot, makeMachine, removeInstance } from '../instances/tasks.ts';
import { tellWatchers } from '../instances/watchers.ts';
import { readResource, saveResource } from '../resource.ts';
import { releaseSnapshot } from '../snapshots/keep.ts';

/** A disk that comes with an instance: its id, and the device that it was and will be. */
export type RestoredDisk = AttachedVolume;

interface Restoring {
  /** Id of the snapshot, which is kept until the instance runs. */
  readonly snapshot: string;
  readonly disks: readonly RestoredDisk[];
}

/** The whole of several changes: done when the last of them is. */
const all = async (changes: readonly Promise<Unsettled | undefined>[]): Promise<Unsettled | undefined> => {
  const waits = (await Promise.all(changes)).flatMap((wait) => wait?.until ?? []);
  return waits.length === 0 ? undefined : { until: Math.max(...waits) };
};

/** An instance with its disks. When it is deleted meanwhile, the disks are left, attached to nothing. */
export const createInstanceFromSnapshot: TaskKind<Restoring> = {
  name: 'CreateInstancesFromSnapshot',
  steps: [
    makeMachine(({ snapshot }) => snapshot),
    {
      name: 'volumes',
      run: (task) => {
        const { snapshot, disks } = task.input;
        return all(disks.map(({ id, path }) => makeVolume(task, id, { snapshot, path })));
      },
      async undo({ machines, input }) {
        for (const { id } of input.disks) await machines.deleteVolume(id);
      },
    },
    {
      name: 'attach',
      async run({ machines, read, resource, input }) {
        if ((await read((tx) => findById(tx, resource))) === undefined) return undefined;
        return all(input.disks.map(({ id, path }) => machines.attachVolume(id, resource, path)));
      },
      async undo({ machines, resource, input }) {
        for (const { id } of input.disks) await machines.detachVolume(id, resource);
      },
    },
    firstBoot,
  ],
  async finish(tx, task) {
    const { resource, input } = task;
    await releaseSnapshot(tx, task, input.snapshot);
    const row = await findById(tx, resource);
    if (row === undefined) {
      for (const { id } of input.disks) await saveDisk(tx, id, (body) => ({ ...body, state: 'available' }));
      return;
    }
    const found = readResource<Instance, InstanceInner>(row);
    let body: Instance = { ...found.body, state: states.running };
    for (const { id, path } of input.disks) {
      const attached = await saveDisk(tx, id, (of) => attachedTo(of, row.name, path));
      if (attached !== undefined) body = withDisk(body, attached);
    }
    await saveResource(tx, instance, found, body, { ...found.inner, launchedAt: task.clock.now() });
    await tellWatchers(tx, task);
  },
  async fail(tx, task) {
    await releaseSnapshot(tx, task, task.input.snapshot);
    for (const { id } of task.input.disks) await removeDisk(tx, task, id);
    await removeInstance(tx, task);
  },
};

const saveDisk = async (tx: Tx, id: string, to: (body: Disk) => Disk): Promise<Disk | undefined> => {
  const row = await findById(tx, id);
  if (row === undefined) return undefined;
  const found = readResource<Disk, DiskInner>(row);
  return (await saveResource(tx, disk, found, to(found.body), found.inner)).body;
};

export const instanceSnapshotTasks = [createInstanceFromSnapshot];
