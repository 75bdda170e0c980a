import type { RelationalDatabaseSnapshot } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Handlers } from '../../context.ts';
import { wrongState } from '../../errors.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { deleteResource } from '../../store/records/resources.ts';
import { database } from '../databases/noun.ts';
import { saveDatabase } from '../databases/record.ts';
import { checkName, checkState, inUse } from '../databases/rules.ts';
import { createDatabaseSnapshot, deleteDatabaseSnapshot } from '../databases/tasks.ts';
import { listResources } from '../list.ts';
import { idsOf } from '../load-balancers/record.ts';
import { getResource, textOfResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { databaseSnapshot } from './noun.ts';
import { addSnapshot } from './take.ts';

export const databaseSnapshots = {
  /** F459. The database is busy until the snapshot is there. */
  CreateRelationalDatabaseSnapshot: (ctx, { relationalDatabaseName, relationalDatabaseSnapshotName: name, tags }) => {
    checkName(name);
    const given = checkTags(tags);
    return ctx.write(async (tx) => {
      const found = await getResource(tx, ctx.scope, database, relationalDatabaseName);
      checkState(found, 'snapshotted');
      const { id: snapshot, operations } = await addSnapshot(tx, ctx, found, name, given);
      await saveDatabase(tx, found, { state: 'backing-up' });
      await ctx.enqueue(tx, createDatabaseSnapshot, {
        scope: ctx.scope,
        resource: found.row.id,
        input: { snapshot, before: found.body.state ?? '' },
        operations: idsOf(operations),
      });
      return { operations };
    });
  },

  GetRelationalDatabaseSnapshot: (ctx, { relationalDatabaseSnapshotName: name }) =>
    ctx.read(async (tx) => ({
      relationalDatabaseSnapshot: raw<RelationalDatabaseSnapshot>(
        await textOfResource(tx, ctx.scope, databaseSnapshot, name),
      ),
    })),

  async GetRelationalDatabaseSnapshots(ctx, { pageToken }) {
    const { text, nextPageToken } = await listResources(ctx, databaseSnapshot.kind, pageToken);
    return { relationalDatabaseSnapshots: raw<RelationalDatabaseSnapshot[]>(`[${text}]`), nextPageToken };
  },

  /** The snapshot is gone with the answer; what holds it follows. */
  DeleteRelationalDatabaseSnapshot: (ctx, { relationalDatabaseSnapshotName: name }) =>
    ctx.write(async (tx) => {
      const { row, body, inner } = await getResource(tx, ctx.scope, databaseSnapshot, name);
      if (row.state !== 'available') throw wrongState(row.kind, name, 'deleted', row.state, ['available']);
      if (inner.uses) throw inUse(row.kind, name);
      await deleteResource(tx, row);
      await ctx.enqueue(tx, deleteDatabaseSnapshot, { scope: ctx.scope, resource: row.id, input: {} });
      const order = { type: ctx.operation, subject: subjectOf(body), status: 'Succeeded' } as const;
      return { operations: [await recordOperation(tx, ctx, order)] };
    }),
} satisfies Handlers<
  | 'CreateRelationalDatabaseSnapshot'
  | 'GetRelationalDatabaseSnapshot'
  | 'GetRelationalDatabaseSnapshots'
  | 'DeleteRelationalDatabaseSnapshot'
>;
