import type { Operation } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { invalidInput, wrongState } from '../../errors.ts';
import { type NewOperation, recordOperation, subjectOf } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';
import type { Enqueue } from '../../tasks/queue.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { kindOf, labelOf, removeSnapshot, type SnapshotResource, wholeState } from './snapshot.ts';

/** The row went before. */
export const deleteSnapshot: TaskKind<object> = {
  name: 'DeleteSnapshot',
  unfailing: true,
  steps: [
    {
      name: 'delete',
      async run({ machines, resource }) {
        await machines.deleteSnapshot(resource);
        return undefined;
      },
    },
  ],
};

/** The row goes now, and what holds it follows. */
export const drop = async (tx: Tx, enqueue: Enqueue, found: SnapshotResource): Promise<void> => {
  const { id, account, region } = found.row;
  await removeSnapshot(tx, found);
  await enqueue(tx, deleteSnapshot, { scope: { account, region }, resource: id, input: {} });
};

/** The snapshot is gone with the answer. Others that share with it stay whole (F210). `about` is what the operation tells of. */
export const remove = async (
  tx: Tx,
  ctx: Context,
  found: SnapshotResource,
  about: Pick<NewOperation, 'subject' | 'details'> = { subject: subjectOf(found.body) },
): Promise<{ operations: Operation[] }> => {
  const { row, body, inner } = found;
  const label = labelOf(found);
  const allowed = [wholeState[kindOf(found)], 'error'];
  if (!allowed.includes(body.state ?? '')) throw wrongState(label, row.name, 'deleted', body.state ?? '', allowed);
  if ((inner.uses ?? 0) > 0) {
    throw invalidInput(
      `The ${label} ${row.name} cannot be deleted while something is being made from it.`,
      'Wait until the operations that use it are done.',
    );
  }
  await drop(tx, ctx.enqueue, found);
  return { operations: [await recordOperation(tx, ctx, { type: ctx.operation, ...about, status: 'Succeeded' })] };
};
