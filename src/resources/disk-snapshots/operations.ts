import type { DiskSnapshot } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput, wrongState } from '../../errors.ts';
import { recordBoth, recordOperation, subjectOf } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';
import { followAll } from '../add-ons/schedule.ts';
import { disk } from '../disks/noun.ts';
import { prepareDisk } from '../disks/prepare.ts';
import { createDiskFromSnapshot } from '../disks/tasks.ts';
import { instance } from '../instances/noun.ts';
import { checkState } from '../instances/rules.ts';
import { listResources } from '../list.ts';
import { addResource, getResource, textOfResource } from '../resource.ts';
import { remove } from '../snapshots/delete.ts';
import { checkWhole, useSnapshot } from '../snapshots/snapshot.ts';
import { getAutomatic, nameOf, sourceOf } from '../snapshots/source.ts';
import { createDiskSnapshot } from '../snapshots/tasks.ts';
import { checkTags } from '../tags/rules.ts';
import { type DiskSnapshotResource, diskSnapshot } from './noun.ts';
import { fromDisk, fromSystemDisk, newDiskSnapshot } from './view.ts';

/** An attached disk too, and while it is being attached or detached (F207). */
const diskStates: readonly string[] = ['available', 'in-use'];

const diskToSnapshot = async (tx: Tx, ctx: Context, name: string) => {
  const { row, body } = await getResource(tx, ctx.scope, disk, name);
  const state = body.state ?? 'unknown';
  if (!diskStates.includes(state)) throw wrongState('Disk', name, 'snapshotted', state, diskStates);
  return { row, body, origin: fromDisk(body) };
};

const systemDiskToSnapshot = async (tx: Tx, ctx: Context, name: string) => {
  const { row, body } = await getResource(tx, ctx.scope, instance, name);
  checkState(body, 'snapshotted');
  return { row, body, origin: fromSystemDisk(body) };
};

export const diskSnapshots = {
  CreateDiskSnapshot: (ctx, { diskName, instanceName, diskSnapshotName, tags: asked }) => {
    if ((diskName === undefined) === (instanceName === undefined)) {
      throw invalidInput(
        'Exactly one of diskName and instanceName is needed.',
        'diskName is for an additional disk, and instanceName for the system disk of an instance.',
      );
    }
    const tags = checkTags(asked);
    return ctx.write(async (tx) => {
      const id = ctx.ids.uuid();
      const { row, body, origin } =
        diskName === undefined
          ? await systemDiskToSnapshot(tx, ctx, instanceName ?? '')
          : await diskToSnapshot(tx, ctx, diskName);
      const snapshot = newDiskSnapshot(ctx, id, diskSnapshotName, origin, tags);
      await addResource(tx, ctx, diskSnapshot, id, snapshot, {});
      const order = { type: 'CreateDiskSnapshot', status: 'Started' } as const;
      const operations = await recordBoth(tx, ctx, order, subjectOf(snapshot), subjectOf(body));
      const input = { snapshot: id, operations: operations.map((operation) => operation.id ?? '') };
      await ctx.enqueue(tx, createDiskSnapshot, { scope: ctx.scope, resource: row.id, input });
      return { operations };
    });
  },

  GetDiskSnapshot: (ctx, { diskSnapshotName }) =>
    ctx.read(async (tx) => ({
      diskSnapshot: raw<DiskSnapshot>(await textOfResource(tx, ctx.scope, diskSnapshot, diskSnapshotName)),
    })),

  async GetDiskSnapshots(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, 'DiskSnapshot', pageToken);
    return { diskSnapshots: raw<DiskSnapshot[]>(`[${text}]`), nextPageToken };
  },

  DeleteDiskSnapshot: (ctx, { diskSnapshotName }) =>
    ctx.write(async (tx) => remove(tx, ctx, await getResource(tx, ctx.scope, diskSnapshot, diskSnapshotName))),

  CreateDiskFromSnapshot: (ctx, { diskSnapshotName, sourceDiskName, ...order }) => {
    const source = sourceOf({ diskSnapshotName }, { sourceDiskName }, order);
    const { id, body, inner } = prepareDisk(ctx, order);
    return ctx.write(async (tx) => {
      const found: DiskSnapshotResource =
        'resource' in source
          ? await getAutomatic(tx, ctx.scope, source, ['Disk'])
          : await getResource(tx, ctx.scope, diskSnapshot, source.snapshot);
      checkWhole(found, 'used');
      const { sizeInGb: least = 0 } = found.body;
      if (order.sizeInGb < least) {
        throw invalidInput(
          `The disk size ${order.sizeInGb} GB is less than the ${least} GB of the DiskSnapshot ${nameOf(source)}.`,
          'A disk from a snapshot has at least the size of the snapshot.',
        );
      }
      await followAll(tx, ctx, await addResource(tx, ctx, disk, id, body, inner));
      await useSnapshot(tx, found);
      const operation = await recordOperation(tx, ctx, {
        type: 'CreateDiskFromSnapshot',
        subject: subjectOf(body),
        status: 'Started',
        details: nameOf(source),
      });
      await ctx.enqueue(tx, createDiskFromSnapshot, {
        scope: ctx.scope,
        resource: id,
        input: { snapshot: found.row.id },
        operations: [operation.id ?? ''],
      });
      return { operations: [operation] };
    });
  },
} satisfies Handlers<
  'CreateDiskSnapshot' | 'GetDiskSnapshot' | 'GetDiskSnapshots' | 'DeleteDiskSnapshot' | 'CreateDiskFromSnapshot'
>;
