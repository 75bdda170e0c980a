import type { Disk, Instance, InstanceSnapshot, Tag } from '../../api/generated/types.ts';
import type { AttachedVolume } from '../../engines/machine.ts';
import { systemDiskGb } from '../disk-snapshots/view.ts';
import { attachedDisks } from '../disks/view.ts';
import type { Setting } from '../resource.ts';
import { newSnapshot } from '../snapshots/view.ts';
import type { InstanceSnapshotInner } from './noun.ts';

/** The InstanceSnapshot as it goes out right after it was asked for (F204). Its size is that of the system disk. */
export const newInstanceSnapshot = (
  ctx: Setting,
  id: string,
  name: string,
  of: Instance,
  tags: readonly Tag[],
): InstanceSnapshot => ({
  ...newSnapshot(ctx, 'InstanceSnapshot', id, name),
  fromAttachedDisks: attachedDisks(of).map(asItWas),
  fromBlueprintId: of.blueprintId,
  fromBundleId: of.bundleId,
  fromInstanceArn: of.arn,
  fromInstanceName: of.name,
  sizeInGb: systemDiskGb(of),
  tags,
});

/** What matters of a disk once it may be attached elsewhere, or gone. */
const asItWas = ({ arn, createdAt, iops, name, path, sizeInGb }: Disk): Disk => ({
  arn,
  createdAt,
  iops,
  isSystemDisk: false,
  name,
  path,
  sizeInGb,
});

/** What else is kept of the instance. */
export const innerOf = ({ networking, ipAddressType = 'dualstack' }: Instance): InstanceSnapshotInner => ({
  ports: networking?.ports ?? [],
  ipAddressType,
});

/** The volumes that the snapshot is taken of, beside the machine's own disk. */
export const volumesOf = (of: Instance): AttachedVolume[] =>
  attachedDisks(of).map(({ arn = '', path = '' }) => ({ id: arn.slice(arn.lastIndexOf('/') + 1), path }));
