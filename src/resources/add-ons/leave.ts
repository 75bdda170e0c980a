import type { Context } from '../../context.ts';
import type { ResourceRow } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import { keepNewest } from '../snapshots/keep.ts';
import type { HolderInner } from './holder.ts';

/** For a resource whose row was deleted: no more automatic snapshots are taken, and those that there are go with it. */
export const leaveAddOns = async (
  tx: Tx,
  hands: Pick<Context, 'catalogue' | 'clock' | 'enqueue'>,
  { row, inner }: { readonly row: ResourceRow; readonly inner: HolderInner },
): Promise<void> => {
  const schedule = inner.autoSnapshot?.schedule;
  if (schedule !== undefined) await hastenTasks(tx, schedule, hands.clock.now());
  await keepNewest(tx, hands, row.id);
};
