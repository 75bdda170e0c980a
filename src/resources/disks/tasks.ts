import type { Disk, Instance } from '../../api/generated/types.ts';
import type { VolumeSpec } from '../../engines/machine.ts';
import { deleteResource, findById, findNamed } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind } from '../../tasks/task.ts';
import type { InstanceInner } from '../instances/noun.ts';
import { instance } from '../instances/noun.ts';
import { readResource, saveResource } from '../resource.ts';
import { releaseSnapshot } from '../snapshots/snapshot.ts';
import { type DiskInner, type DiskResource, disk } from './noun.ts';
import { detached, settled, withoutDisk } from './rules.ts';

/** Undefined once the disk was deleted. */
const find = async (tx: Tx, id: string): Promise<DiskResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<Disk, DiskInner>(row);
};

const change = async (tx: Tx, id: string, to: (body: Disk) => Disk): Promise<void> => {
  const found = await find(tx, id);
  if (found !== undefined) await saveResource(tx, disk, found, to(found.body), settled(found.inner));
};

/** Makes the volume of a disk's row. */
export const makeVolume = async (task: TaskContext<unknown>, id: string, from?: VolumeSpec['from']) => {
  const found = await task.read((tx) => find(tx, id));
  if (found === undefined) return undefined;
  const { name = '', sizeInGb = 0, location } = found.body;
  return task.machines.createVolume({ id, name, sizeInGb, zone: location?.availabilityZone ?? '', from });
};

const becomeAvailable = (tx: Tx, { resource }: TaskContext<unknown>): Promise<void> =>
  change(tx, resource, (body) => ({ ...body, state: 'available' }));

/** A disk that cannot be made leaves nothing behind but its operation. */
export const removeDisk = async (tx: Tx, id: string): Promise<void> => {
  const row = await findById(tx, id);
  if (row !== undefined) await deleteResource(tx, row);
};

const create = <I>(from: (input: I) => VolumeSpec['from']): Step<I> => ({
  name: 'create',
  run: (task) => makeVolume(task, task.resource, from(task.input)),
  undo: ({ machines, resource }) => machines.deleteVolume(resource),
});

export const createDisk: TaskKind<object> = {
  name: 'CreateDisk',
  steps: [create(() => undefined)],
  finish: becomeAvailable,
  fail: (tx, task) => removeDisk(tx, task.resource),
};

/** `snapshot` is the id of what it begins as, which is kept until then. */
export const createDiskFromSnapshot: TaskKind<{ snapshot: string }> = {
  name: 'CreateDiskFromSnapshot',
  steps: [create(({ snapshot }) => ({ snapshot }))],
  async finish(tx, task) {
    await becomeAvailable(tx, task);
    await releaseSnapshot(tx, task.input.snapshot);
  },
  async fail(tx, task) {
    await removeDisk(tx, task.resource);
    await releaseSnapshot(tx, task.input.snapshot);
  },
};

/** `machine` is the id of the instance. */
export const attachDisk: TaskKind<{ machine: string; path: string }> = {
  name: 'AttachDisk',
  steps: [
    {
      name: 'attach',
      run: ({ machines, resource, input }) => machines.attachVolume(resource, input.machine, input.path),
      undo: ({ machines, resource, input }) => machines.detachVolume(resource, input.machine).then(() => undefined),
    },
  ],
  finish: (tx, task) => change(tx, task.resource, (body) => body),
  fail: (tx, task) => letGo(tx, task),
};

export const detachDisk: TaskKind<{ machine: string }> = {
  name: 'DetachDisk',
  steps: [{ name: 'detach', run: ({ machines, resource, input }) => machines.detachVolume(resource, input.machine) }],
  finish: (tx, task) => letGo(tx, task),
  fail: (tx, task) => change(tx, task.resource, (body) => body),
};

/** Takes the disk off its instance, on both sides. */
const letGo = async (tx: Tx, task: TaskContext<unknown>): Promise<void> => {
  const found = await find(tx, task.resource);
  if (found === undefined) return;
  const holder = await findNamed(tx, task, found.body.attachedTo ?? '');
  if (holder?.kind === 'Instance') {
    const machine = readResource<Instance, InstanceInner>(holder);
    await saveResource(tx, instance, machine, withoutDisk(machine.body, found.row.name), machine.inner);
  }
  await saveResource(tx, disk, found, detached(found.body), settled(found.inner));
};

/** The row went with the answer. */
export const deleteDisk: TaskKind<object> = {
  name: 'DeleteDisk',
  unfailing: true,
  steps: [
    {
      name: 'delete',
      async run(task) {
        await task.machines.deleteVolume(task.resource);
        return undefined;
      },
    },
  ],
};

export const diskTasks = [createDisk, createDiskFromSnapshot, attachDisk, detachDisk, deleteDisk];
