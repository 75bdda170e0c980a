import type { CreateInstancesFromSnapshotRequest, Instance, Operation } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';
import { disk } from '../disks/noun.ts';
import { newDisk as newDiskBody } from '../disks/view.ts';
import { prepareLaunch } from '../instances/launch.ts';
import type { InstanceInner } from '../instances/noun.ts';
import { recordForInstance } from '../instances/record.ts';
import { addResource, getResource, type Resource } from '../resource.ts';
import { checkWhole, useSnapshot } from '../snapshots/snapshot.ts';
import { getAutomatic, nameOf, sourceOf } from '../snapshots/source.ts';
import { type InstanceSnapshotResource, instanceSnapshot } from './noun.ts';
import { checkMapping, choose, disksFor, type NewDisk } from './rules.ts';
import { createInstanceFromSnapshot, type RestoredDisk } from './tasks.ts';

const type = 'CreateInstancesFromSnapshot';

/** CreateInstancesFromSnapshot: as with CreateInstances all or none. Each instance gets disks of its own from the snapshot's. */
export const createInstancesFromSnapshot = async (
  ctx: Context,
  input: CreateInstancesFromSnapshotRequest,
): Promise<{ operations: Operation[] }> => {
  const { instanceNames, attachedDiskMapping, instanceSnapshotName, sourceInstanceName } = input;
  const source = sourceOf({ instanceSnapshotName }, { sourceInstanceName }, input);
  checkMapping(instanceNames, attachedDiskMapping);
  const launch = await prepareLaunch(ctx, input);
  return ctx.write(async (tx) => {
    const snapshot: InstanceSnapshotResource =
      'resource' in source
        ? await getAutomatic(tx, ctx.scope, source, ['Instance'])
        : await getResource(tx, ctx.scope, instanceSnapshot, source.snapshot);
    checkWhole(snapshot, 'used');
    const launched = await launch(tx, choose(ctx, snapshot.body, input));
    await useSnapshot(tx, snapshot, launched.length);
    const operations: Operation[] = [];
    for (const one of launched) {
      const begun = [await recordForInstance(tx, ctx, one.body, type, 'Started', nameOf(source))];
      const disks: RestoredDisk[] = [];
      for (const newDisk of disksFor(one.row.name, snapshot.body, attachedDiskMapping)) {
        const { restored, operation } = await addDisk(tx, ctx, newDisk, one, nameOf(source));
        disks.push(restored);
        begun.push(operation);
      }
      await ctx.enqueue(tx, createInstanceFromSnapshot, {
        scope: ctx.scope,
        resource: one.row.id,
        input: { snapshot: snapshot.row.id, disks },
        operations: begun.map(({ id }) => id ?? ''),
      });
      operations.push(...begun);
    }
    return { operations };
  });
};

/** The row of a disk that comes with an instance. It is pending until the instance has it, so that nothing else happens to it. */
const addDisk = async (
  tx: Tx,
  ctx: Context,
  { name, path, sizeInGb }: NewDisk,
  { body }: Resource<Instance, InstanceInner>,
  details: string,
): Promise<{ restored: RestoredDisk; operation: Operation }> => {
  const id = ctx.ids.uuid();
  const zone = body.location?.availabilityZone ?? '';
  const made = newDiskBody(ctx, { id, name, zone, sizeInGb, addOns: [], tags: [] });
  await addResource(tx, ctx, disk, id, made, {});
  const operation = await recordOperation(tx, ctx, {
    type: 'CreateDiskFromSnapshot',
    subject: subjectOf(made),
    status: 'Started',
    details,
  });
  return { restored: { id, path }, operation };
};
