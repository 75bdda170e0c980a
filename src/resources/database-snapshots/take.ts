import type { Operation, Tag } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { getSecret, putSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { DatabaseResource } from '../databases/noun.ts';
import { passwordSecret } from '../databases/record.ts';
import { supportCodeOf } from '../databases/view.ts';
import { addResource, identity } from '../resource.ts';
import { databaseSnapshot } from './noun.ts';

/** Adds the row of a snapshot that a task of the database is to take, with its two operations: one about each (operation-status). */
export const addSnapshot = async (
  tx: Tx,
  ctx: Context,
  { row, body }: DatabaseResource,
  name: string,
  tags: readonly Tag[] = [],
): Promise<{ readonly id: string; readonly operations: Operation[] }> => {
  const id = ctx.ids.uuid();
  const snapshot = {
    ...identity(ctx, 'RelationalDatabaseSnapshot', id, name, 'all'),
    engine: body.engine,
    engineVersion: body.engineVersion,
    fromRelationalDatabaseArn: body.arn,
    fromRelationalDatabaseBlueprintId: body.relationalDatabaseBlueprintId,
    fromRelationalDatabaseBundleId: body.relationalDatabaseBundleId,
    fromRelationalDatabaseName: body.name,
    sizeInGb: body.hardware?.diskSizeInGb,
    state: 'creating',
    supportCode: supportCodeOf(ctx.scope.account, id),
    tags,
  };
  const { masterDatabaseName = '', masterUsername = '' } = body;
  await addResource(tx, ctx, databaseSnapshot, id, snapshot, { masterDatabaseName, masterUsername });
  const password = await getSecret(tx, ctx.seal, row.id, passwordSecret('CURRENT'));
  await putSecret(tx, ctx.seal, id, passwordSecret('CURRENT'), password ?? '');
  const order = { type: 'CreateRelationalDatabaseSnapshot', status: 'Started' } as const;
  return {
    id,
    operations: [
      await recordOperation(tx, ctx, { ...order, subject: subjectOf(body), details: name }),
      await recordOperation(tx, ctx, { ...order, subject: subjectOf(snapshot), details: row.name }),
    ],
  };
};
