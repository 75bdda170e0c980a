import type { Operation } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { invalidInput, wrongState } from '../../errors.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { deleteResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { kindOf, type SnapshotResource, wholeState } from './snapshot.ts';
import { deleteSnapshot } from './tasks.ts';

/** The snapshot is gone with the answer; what holds it follows. Others that share with it stay whole (F210). */
export const remove = async (tx: Tx, ctx: Context, found: SnapshotResource): Promise<{ operations: Operation[] }> => {
  const { row, body, inner } = found;
  const kind = kindOf(found);
  const allowed = [wholeState[kind], 'error'];
  if (!allowed.includes(body.state ?? '')) throw wrongState(kind, row.name, 'deleted', body.state ?? '', allowed);
  if ((inner.uses ?? 0) > 0) {
    throw invalidInput(
      `The ${kind} ${row.name} cannot be deleted while something is being made from it.`,
      'Wait until the operations that use it are done.',
    );
  }
  await deleteResource(tx, row);
  await ctx.enqueue(tx, deleteSnapshot, { scope: ctx.scope, resource: row.id, input: {} });
  return {
    operations: [
      await recordOperation(tx, ctx, { type: ctx.operation, subject: subjectOf(body), status: 'Succeeded' }),
    ],
  };
};
