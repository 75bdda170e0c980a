import type { Disk, Instance } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import { invalidInput, wrongState } from '../../errors.ts';
import type { DiskInner, DiskResource } from './noun.ts';

/** What may happen when (F190, F193). */
export const allowed = {
  attached: ['available'],
  detached: ['in-use'],
  deleted: ['available', 'error'],
} as const satisfies Record<string, readonly NonNullable<Disk['state']>[]>;

/** Throws InvalidInputException when the disk's state, or a change that is under way, forbids it. */
export const checkState = ({ body, inner }: DiskResource, verb: keyof typeof allowed): void => {
  const state = inner.moving ?? body.state ?? 'unknown';
  const states: readonly string[] = allowed[verb];
  if (!states.includes(state)) throw wrongState('Disk', body.name ?? '', verb, state, states);
};

/** Which states of the instance allow what (F186, F189). */
const instanceStates = { attached: ['running', 'stopped'], detached: ['stopped'] } as const;

export const checkInstanceState = (diskName: string, instance: Instance, verb: keyof typeof instanceStates): void => {
  const states: readonly string[] = instanceStates[verb];
  const state = instance.state?.name ?? '';
  if (states.includes(state)) return;
  throw invalidInput(
    `The Disk ${diskName} cannot be ${verb} while the state of the Instance ${instance.name} is ${state}.`,
    `It can be ${verb} when the state of the instance is ${states.join(' or ')}.`,
  );
};

/** The quotas' bounds: the reference states none (F179). */
export const checkSize = (sizeInGb: number, catalogue: Catalogue): void => {
  const [least, most] = [catalogue.quota('diskMinGb'), catalogue.quota('diskMaxGb')];
  if (sizeInGb >= least && sizeInGb <= most) return;
  throw invalidInput(`The disk size ${sizeInGb} GB is not valid. A disk has ${least} to ${most} GB.`);
};

/** Device names that a Linux or Windows guest has for additional disks. */
const paths = /^\/dev\/(sd[b-z]|xvd[b-z]|xvd[a-d][a-z]|nvme[1-9]\d?n1)$|^xvd[b-z]$/;

/** Whether an instance has room for the disk at the path (F187, F188). Throws InvalidInputException. */
export const checkAttachment = (disk: Disk, instance: Instance, path: string, catalogue: Catalogue): void => {
  if (!paths.test(path)) throw badPath();
  if (disk.location?.availabilityZone !== instance.location?.availabilityZone) {
    throw invalidInput(
      `The Disk ${disk.name} is in ${disk.location?.availabilityZone} and the Instance ${instance.name} in ${instance.location?.availabilityZone}.`,
      'A disk attaches to an instance of its own availability zone.',
    );
  }
  const attached = (instance.hardware?.disks ?? []).filter(({ isSystemDisk }) => !isSystemDisk);
  const taken = (instance.hardware?.disks ?? []).find((other) => other.path === path);
  if (taken !== undefined) {
    throw invalidInput(`The disk path ${path} of the Instance ${instance.name} is already in use.`);
  }
  const most = catalogue.quota('attachedDisksPerInstance');
  if (attached.length >= most)
    throw invalidInput(`The Instance ${instance.name} has ${most} attached disks, the most it can have.`);
  const total = attached.reduce((sum, { sizeInGb = 0 }) => sum + sizeInGb, disk.sizeInGb ?? 0);
  const room = catalogue.quota('totalAttachedDiskGb');
  if (total > room)
    throw invalidInput(
      `The attached disks of the Instance ${instance.name} would have ${total} GB, more than ${room} GB.`,
    );
};

const badPath = () => invalidInput('The disk path is invalid. You must specify a valid disk path.');

/** A disk as it is while it hangs on an instance. Nothing mounts it inside unless `autoMount` is asked for. */
export const attachedTo = (body: Disk, instanceName: string, path: string, autoMount: boolean): Disk => ({
  ...body,
  autoMountStatus: autoMount ? 'Pending' : 'NotMounted',
  attachedTo: instanceName,
  attachmentState: 'attached',
  isAttached: true,
  path,
  state: 'in-use',
});

export const detached = ({ attachedTo: _instance, path: _path, autoMountStatus: _mount, ...body }: Disk): Disk => ({
  ...body,
  attachmentState: 'detached',
  isAttached: false,
  state: 'available',
});

/** The instance's list of disks with and without one. */
export const withDisk = (instance: Instance, disk: Disk): Instance => ({
  ...instance,
  hardware: { ...instance.hardware, disks: [...(instance.hardware?.disks ?? []), disk] },
});

export const withoutDisk = (instance: Instance, diskName: string): Instance => ({
  ...instance,
  hardware: { ...instance.hardware, disks: (instance.hardware?.disks ?? []).filter(({ name }) => name !== diskName) },
});

/** Nothing is under way any more. */
export const settled = ({ moving: _moving, ...inner }: DiskInner): DiskInner => inner;
