import type { Instance } from '../../api/generated/types.ts';
import { findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { followInstance } from '../load-balancers/follow.ts';
import { readResource } from '../resource.ts';
import type { InstanceInner, InstanceResource } from './noun.ts';

/** Changes what shows the state of the instance elsewhere, in the transaction in which the instance's own row changes. */
export type Watcher = (tx: Tx, task: TaskContext<unknown>, changed: InstanceResource) => Promise<void>;

const watchers: readonly Watcher[] = [followInstance];

/** To be called at the end of what a task does to its instance's state. An instance that is gone has left everyone before. */
export const tellWatchers = async (tx: Tx, task: TaskContext<unknown>): Promise<void> => {
  const row = await findById(tx, task.resource);
  if (row === undefined) return;
  for (const watch of watchers) await watch(tx, task, readResource<Instance, InstanceInner>(row));
};
