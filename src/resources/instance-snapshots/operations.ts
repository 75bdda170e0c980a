import type { InstanceSnapshot } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Handlers } from '../../context.ts';
import { recordBoth, subjectOf } from '../../operations/record.ts';
import { instance } from '../instances/noun.ts';
import { checkState } from '../instances/rules.ts';
import { listResources } from '../list.ts';
import { addResource, getResource, textOfResource } from '../resource.ts';
import { remove } from '../snapshots/delete.ts';
import { createInstanceSnapshot } from '../snapshots/tasks.ts';
import { checkTags } from '../tags/rules.ts';
import { createInstancesFromSnapshot } from './launch.ts';
import { instanceSnapshot } from './noun.ts';
import { innerOf, newInstanceSnapshot, volumesOf } from './view.ts';

export const instanceSnapshots = {
  CreateInstanceSnapshot: (ctx, { instanceName, instanceSnapshotName, tags: asked }) => {
    const tags = checkTags(asked);
    return ctx.write(async (tx) => {
      const { row, body } = await getResource(tx, ctx.scope, instance, instanceName);
      checkState(body, 'snapshotted');
      const id = ctx.ids.uuid();
      const snapshot = newInstanceSnapshot(ctx, id, instanceSnapshotName, body, tags);
      await addResource(tx, ctx, instanceSnapshot, id, snapshot, innerOf(body));
      const order = { type: 'CreateInstanceSnapshot', status: 'Started' } as const;
      const operations = await recordBoth(tx, ctx, order, subjectOf(snapshot), subjectOf(body));
      const operationIds = operations.map((operation) => operation.id ?? '');
      const input = { snapshot: id, operations: operationIds, volumes: volumesOf(body) };
      await ctx.enqueue(tx, createInstanceSnapshot, { scope: ctx.scope, resource: row.id, input });
      return { operations };
    });
  },

  GetInstanceSnapshot: (ctx, { instanceSnapshotName }) =>
    ctx.read(async (tx) => ({
      instanceSnapshot: raw<InstanceSnapshot>(
        await textOfResource(tx, ctx.scope, instanceSnapshot, instanceSnapshotName),
      ),
    })),

  async GetInstanceSnapshots(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, 'InstanceSnapshot', pageToken);
    return { instanceSnapshots: raw<InstanceSnapshot[]>(`[${text}]`), nextPageToken };
  },

  DeleteInstanceSnapshot: (ctx, { instanceSnapshotName }) =>
    ctx.write(async (tx) => remove(tx, ctx, await getResource(tx, ctx.scope, instanceSnapshot, instanceSnapshotName))),

  CreateInstancesFromSnapshot: createInstancesFromSnapshot,
} satisfies Handlers<
  | 'CreateInstanceSnapshot'
  | 'GetInstanceSnapshot'
  | 'GetInstanceSnapshots'
  | 'DeleteInstanceSnapshot'
  | 'CreateInstancesFromSnapshot'
>;
