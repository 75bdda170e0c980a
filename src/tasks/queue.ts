import type { Clock } from '../clock.ts';
import type { Scope } from '../context.ts';
import { insertTask } from '../store/records/tasks.ts';
import type { Tx } from '../store/store.ts';
import type { TaskKind } from './task.ts';

export interface Order<I> {
  readonly scope: Scope;
  /** Id of the resource; its tasks run one after the other. */
  readonly resource: string;
  readonly input: I;
  /** Ids of the operations that end when the task ends. */
  readonly operations?: readonly string[];
  /** Not before (ms of Lateen's clock); now, when absent. */
  readonly runAt?: number;
}

/** Puts work behind the rows of the same transaction. */
export type Enqueue = <I>(tx: Tx, kind: TaskKind<I>, order: Order<I>) => Promise<void>;

export const createEnqueue =
  (clock: Clock): Enqueue =>
  (tx, kind, order) =>
    insertTask(tx, {
      kind: kind.name,
      account: order.scope.account,
      region: order.scope.region,
      resource: order.resource,
      operations: JSON.stringify(order.operations ?? []),
      input: JSON.stringify(order.input),
      runAt: order.runAt ?? clock.now(),
    });
