import type { Context } from '../../context.ts';
import type { ResourceRow } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import { keepNewest } from '../snapshots/keep.ts';
import type { HolderInner } from './holder.ts';

/** For a resource whose row was deleted: its add-ons do nothing any more, and its automatic snapshots go with it. */
export const leaveAddOns = async (
  tx: Tx,
  hands: Pick<Context, 'catalogue' | 'clock' | 'enqueue'>,
  { row, inner }: { readonly row: ResourceRow; readonly inner: HolderInner },
): Promise<void> => {
  for (const plan of [inner.autoSnapshot, inner.stopOnIdle])
    if (plan?.schedule !== undefined) await hastenTasks(tx, plan.schedule, hands.clock.now());
  await keepNewest(tx, hands, row.id);
};
