import type { Disk, Instance } from '../../api/generated/types.ts';
import type { VolumeSpec } from '../../engines/machine.ts';
import { deleteResource, findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind } from '../../tasks/task.ts';
import { leaveAddOns } from '../add-ons/leave.ts';
import { type InstanceInner, instance } from '../instances/noun.ts';
import { readResource, saveResource } from '../resource.ts';
import { releaseSnapshot } from '../snapshots/keep.ts';
import { type DiskInner, type DiskResource, disk } from './noun.ts';
import { unattached, withoutDisk } from './view.ts';

/** Undefined once the disk was deleted. */
const find = async (tx: Tx, id: string): Promise<DiskResource | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<Disk, DiskInner>(row);
};

/** What was under way is over. */
const settle = async (tx: Tx, found: DiskResource, body = found.body): Promise<void> => {
  await saveResource(tx, disk, found, body, { ...found.inner, moving: undefined });
};

/** The disk of this id is made, or let go of: it may be attached and deleted. */
export const becomeAvailable = async (tx: Tx, id: string): Promise<void> => {
  const found = await find(tx, id);
  if (found !== undefined) await settle(tx, found, { ...found.body, state: 'available' });
};

/** Makes the volume of a disk's row. */
export const makeVolume = async (task: TaskContext<unknown>, id: string, from?: VolumeSpec['from']) => {
  const found = await task.read((tx) => find(tx, id));
  if (found === undefined) return undefined;
  const { name = '', sizeInGb = 0, location } = found.body;
  return task.machines.createVolume({ id, name, sizeInGb, zone: location?.availabilityZone ?? '', from });
};

/** A disk that cannot be made leaves nothing behind but its operation. */
export const removeDisk = async (tx: Tx, task: TaskContext<unknown>, id: string): Promise<void> => {
  const found = await find(tx, id);
  if (found === undefined) return;
  await deleteResource(tx, found.row);
  await leaveAddOns(tx, task, found);
};

const create = <I>(from: (input: I) => VolumeSpec['from']): Step<I> => ({
  name: 'create',
  run: (task) => makeVolume(task, task.resource, from(task.input)),
  undo: ({ machines, resource }) => machines.deleteVolume(resource),
});

export const createDisk: TaskKind<object> = {
  name: 'CreateDisk',
  steps: [create(() => undefined)],
  finish: (tx, task) => becomeAvailable(tx, task.resource),
  fail: (tx, task) => removeDisk(tx, task, task.resource),
};

/** `snapshot` is the id of what it begins as, which is kept until then. */
export const createDiskFromSnapshot: TaskKind<{ snapshot: string }> = {
  name: 'CreateDiskFromSnapshot',
  steps: [create(({ snapshot }) => ({ snapshot }))],
  async finish(tx, task) {
    await becomeAvailable(tx, task.resource);
    await releaseSnapshot(tx, task, task.input.snapshot);
  },
  async fail(tx, task) {
    await removeDisk(tx, task, task.resource);
    await releaseSnapshot(tx, task, task.input.snapshot);
  },
};

/**
 * A disk, by its id, comes to the device `path` of a machine or leaves it. The task is the instance's, so it takes its turn
 * with what else is to happen to the machine: a start behind a detachment waits for it.
 */
export interface Attachment {
  readonly disk: string;
  readonly path: string;
}
type AttachmentTask = TaskContext<Attachment>;

const attach = ({ machines, resource, input }: AttachmentTask) =>
  machines.attachVolume(input.disk, resource, input.path);
const detach = ({ machines, resource, input }: AttachmentTask) => machines.detachVolume(input.disk, resource);

/** Undefined when the instance was deleted meanwhile: then the end of its deletion is the end of this. */
const findAttached = async (tx: Tx, { input }: AttachmentTask): Promise<DiskResource | undefined> => {
  const found = await find(tx, input.disk);
  return found?.body.isAttached ? found : undefined;
};

const stay = async (tx: Tx, task: AttachmentTask): Promise<void> => {
  const found = await findAttached(tx, task);
  if (found !== undefined) await settle(tx, found);
};

/** Takes the disk off its instance, on both sides. */
const part = async (tx: Tx, task: AttachmentTask): Promise<void> => {
  const found = await findAttached(tx, task);
  const row = await findById(tx, task.resource);
  if (found === undefined || row === undefined) return;
  const from = readResource<Instance, InstanceInner>(row);
  await saveResource(tx, instance, from, withoutDisk(from.body, found.row.name), from.inner);
  await settle(tx, found, { ...unattached(found.body), state: 'available' });
};

export const attachDisk: TaskKind<Attachment> = {
  name: 'AttachDisk',
  steps: [{ name: 'attach', run: attach, undo: async (task) => void (await detach(task)) }],
  finish: stay,
  fail: part,
};

export const detachDisk: TaskKind<Attachment> = {
  name: 'DetachDisk',
  steps: [{ name: 'detach', run: detach, undo: async (task) => void (await attach(task)) }],
  finish: part,
  fail: stay,
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
