import type { AddOn, Disk, Instance, Tag } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { identity } from '../resource.ts';

export interface NewDisk {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly sizeInGb: number;
  readonly addOns: readonly AddOn[];
  readonly tags: readonly Tag[];
}

/** 3 per GB and at least 100 (client-expectations); of system disks too. */
export const iopsOf = (sizeInGb: number): number => Math.max(100, 3 * sizeInGb);

/** The Disk as it goes out right after it was asked for (F193, F194). */
export const newDisk = (ctx: Context, { id, name, zone, sizeInGb, addOns, tags }: NewDisk): Disk => ({
  ...identity(ctx, 'Disk', id, name, zone),
  addOns: addOns.length === 0 ? undefined : addOns,
  attachmentState: 'detached',
  iops: iopsOf(sizeInGb),
  isAttached: false,
  isSystemDisk: false,
  sizeInGb,
  state: 'pending',
  supportCode: `${ctx.scope.account}/vol-0${id.replaceAll('-', '').slice(0, 16)}`,
  tags,
});

/** The disk as it is while it is in an instance. Only machines for research mount it themselves, and there are none. */
export const attachedTo = (body: Disk, instanceName: string, path: string): Disk => ({
  ...body,
  attachedTo: instanceName,
  attachmentState: 'attached',
  autoMountStatus: 'NotMounted',
  isAttached: true,
  path,
  state: 'in-use',
});

/** The disk without its instance. Its state is the caller's to say: the machine may still have it. */
export const unattached = ({ attachedTo: _instance, autoMountStatus: _mount, path: _path, ...body }: Disk): Disk => ({
  ...body,
  attachmentState: 'detached',
  isAttached: false,
});

/** Disks of the instance beside the system's own. */
export const attachedDisks = ({ hardware }: Instance): readonly Disk[] =>
  (hardware?.disks ?? []).filter(({ isSystemDisk }) => !isSystemDisk);

/** The instance with an attached disk, of which it shows what stays the same while it has it. */
export const withDisk = (instance: Instance, { addOns: _addOns, tags: _tags, ...disk }: Disk): Instance => ({
  ...instance,
  hardware: { ...instance.hardware, disks: [...(instance.hardware?.disks ?? []), disk] },
});

export const withoutDisk = (instance: Instance, diskName: string): Instance => ({
  ...instance,
  hardware: { ...instance.hardware, disks: instance.hardware?.disks?.filter(({ name }) => name !== diskName) },
});
