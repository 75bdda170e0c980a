import type { Instance, Operation } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskKind } from '../../tasks/task.ts';
import type { Resource } from '../resource.ts';
import type { InstanceInner } from './noun.ts';

/** What it takes to begin something: a task has it too. */
export type Hands = Pick<Context, 'clock' | 'enqueue' | 'ids' | 'scope'>;

/** Writes down an operation about an instance, in its zone. */
export const recordForInstance = (
  tx: Tx,
  ctx: Omit<Hands, 'enqueue'>,
  body: Instance,
  type: string,
  status: 'Started' | 'Succeeded',
  details?: string,
): Promise<Operation> => recordOperation(tx, ctx, { type, subject: subjectOf(body), status, details });

/** Puts a task about an instance in the queue, and writes down the operation that ends with it. */
export const beginForInstance = async <I>(
  tx: Tx,
  ctx: Hands,
  { row, body }: Resource<Instance, InstanceInner>,
  type: string,
  task: TaskKind<I>,
  input: I,
): Promise<Operation> => {
  const operation = await recordForInstance(tx, ctx, body, type, 'Started');
  const operations = [operation.id ?? ''];
  await ctx.enqueue(tx, task, { scope: ctx.scope, resource: row.id, input, operations });
  return operation;
};
