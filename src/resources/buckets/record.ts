import type { Operation } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { type NewOperation, recordOperation, type Subject } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';

export const subjectOfBucket = (name: string): Subject => ({ name, kind: 'Bucket', zone: 'all' });

/** An operation of the request's own type about a bucket. */
export const recordForBucket = (
  tx: Tx,
  ctx: Context,
  name: string,
  status: NewOperation['status'],
  details?: string,
): Promise<Operation> =>
  recordOperation(tx, ctx, { type: ctx.operation, subject: subjectOfBucket(name), status, details });
