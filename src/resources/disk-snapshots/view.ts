import type { Disk, DiskSnapshot, Instance, Tag } from '../../api/generated/types.ts';
import type { Setting } from '../resource.ts';
import { newSnapshot } from '../snapshots/view.ts';

/** What a snapshot remembers of the disk, or of the instance whose system disk it holds (F209). */
type Origin = Omit<DiskSnapshot, keyof ReturnType<typeof newSnapshot>>;

export const fromDisk = ({ name, arn, sizeInGb }: Disk): Origin => ({ fromDiskName: name, fromDiskArn: arn, sizeInGb });

export const fromSystemDisk = (of: Instance): Origin => ({
  fromInstanceName: of.name,
  fromInstanceArn: of.arn,
  sizeInGb: systemDiskGb(of),
});

/** The DiskSnapshot as it goes out right after it was asked for. */
export const newDiskSnapshot = (
  ctx: Setting,
  id: string,
  name: string,
  of: Origin,
  tags: readonly Tag[],
): DiskSnapshot => ({
  ...newSnapshot(ctx, 'DiskSnapshot', id, name),
  ...of,
  progress: '0%',
  tags,
});

export const systemDiskGb = ({ hardware }: Instance): number =>
  hardware?.disks?.find(({ isSystemDisk }) => isSystemDisk)?.sizeInGb ?? 0;
