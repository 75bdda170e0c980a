import type {
  DestinationInfo,
  ExportSnapshotRecord,
  ExportSnapshotRecordSourceInfo,
} from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { identity } from '../resource.ts';
import { kindOf, type SnapshotBody, type SnapshotResource } from '../snapshots/snapshot.ts';

/** The record of an export that has begun (F223). Its name is made up, since no request gives one. */
export const newExportRecord = (ctx: Context, id: string, of: SnapshotResource): ExportSnapshotRecord => ({
  ...identity(ctx, 'ExportSnapshotRecord', id, `ExportSnapshotRecord-${ctx.ids.uuid()}`, 'all'),
  sourceInfo: sourceInfoOf(of),
  state: 'Started',
});

const sourceInfoOf = (of: SnapshotResource): ExportSnapshotRecordSourceInfo => {
  const { arn, createdAt, name, fromInstanceName, fromInstanceArn, fromDiskName, fromDiskArn, sizeInGb } = of.body;
  const source = {
    arn,
    createdAt,
    name,
    fromResourceArn: fromInstanceArn ?? fromDiskArn,
    fromResourceName: fromInstanceName ?? fromDiskName,
  };
  return kindOf(of) === 'InstanceSnapshot'
    ? { ...source, resourceType: 'InstanceSnapshot', instanceSnapshotInfo: instanceInfoOf(of.body) }
    : { ...source, resourceType: 'DiskSnapshot', diskSnapshotInfo: { sizeInGb } };
};

const instanceInfoOf = ({ fromBundleId, fromBlueprintId, fromAttachedDisks = [], sizeInGb }: SnapshotBody) => ({
  fromBundleId,
  fromBlueprintId,
  fromDiskInfo: [
    { isSystemDisk: true, path: '/dev/xvda', sizeInGb },
    ...fromAttachedDisks.map((disk) => ({
      isSystemDisk: false,
      name: disk.name,
      path: disk.path,
      sizeInGb: disk.sizeInGb,
    })),
  ],
});

/** F221, F225: an instance becomes an image, a disk a volume. */
const destinations = {
  InstanceSnapshot: { prefix: 'ami', service: 'Aws::EC2::Image' },
  DiskSnapshot: { prefix: 'vol', service: 'Aws::EC2::Volume' },
} as const;

export const destinationOf = ({ sourceInfo }: ExportSnapshotRecord, id: string): DestinationInfo => {
  const { prefix, service } = destinations[sourceInfo?.resourceType ?? 'DiskSnapshot'];
  return { id: `${prefix}-0${id.replaceAll('-', '').slice(0, 16)}`, service };
};
