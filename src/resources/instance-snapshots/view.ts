import type { Disk, Instance, InstanceSnapshot, Tag } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { systemDiskGb } from '../disk-snapshots/view.ts';
import { attachedDisks } from '../disks/view.ts';
import { newSnapshot } from '../snapshots/view.ts';

/** The InstanceSnapshot as it goes out right after it was asked for (F204). Its size is that of the system disk. */
export const newInstanceSnapshot = (
  ctx: Context,
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
