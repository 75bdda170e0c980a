import type { Operation, ResourceType } from '../api/generated/types.ts';
import { serialize } from '../api/serialize.ts';
import { type Clock, seconds } from '../clock.ts';
import type { Context } from '../context.ts';
import { shownRegion } from '../location.ts';
import { findOperation, insertOperation, updateOperation } from '../store/records/operations.ts';
import type { Tx } from '../store/store.ts';

/** What an operation is about; `zone` is `all` for regional resources. */
export interface Subject {
  readonly name: string;
  readonly kind: ResourceType;
  readonly zone: string;
}

/** What the body of a resource says about itself (F42). */
export const subjectOf = ({
  name,
  resourceType,
  location,
}: Partial<Pick<Operation, 'resourceType' | 'location'>> & { name?: string | undefined }): Subject => ({
  name: name!,
  kind: resourceType!,
  zone: location?.availabilityZone ?? 'all',
});

export interface NewOperation {
  readonly type: string;
  readonly subject: Subject;
  /** `Succeeded` for what is done with the answer, `Started` where a task goes on. */
  readonly status: 'Started' | 'Succeeded';
  /** Mostly the other resource (F59). */
  readonly details?: string | undefined;
}

/** Writes an Operation of the API down, and answers with it as it goes out. */
export const recordOperation = async (
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'ids' | 'scope'>,
  order: NewOperation,
): Promise<Operation> => {
  const now = seconds(ctx.clock.now());
  const operation: Operation = {
    createdAt: now,
    id: ctx.ids.uuid(),
    isTerminal: order.status === 'Succeeded',
    location: {
      availabilityZone: order.subject.zone,
      regionName: shownRegion(ctx.scope, order.subject.kind) as never,
    },
    // What is done at once shows its details even when there are none; what goes on shows them only when there are some.
    operationDetails: order.details ?? (order.status === 'Succeeded' ? '' : undefined),
    operationType: order.type,
    resourceName: order.subject.name,
    resourceType: order.subject.kind,
    status: order.status,
    statusChangedAt: now,
  };
  await insertOperation(tx, {
    id: operation.id!,
    ...ctx.scope,
    resourceName: order.subject.name,
    body: serialize('Operation', operation),
  });
  return operation;
};

/** For what happens between two resources: one operation about each, and its detail is the other (F59). */
export const recordBoth = async (
  tx: Tx,
  ctx: Context,
  order: Pick<NewOperation, 'type' | 'status'>,
  one: Subject,
  other: Subject,
): Promise<Operation[]> => [
  await recordOperation(tx, ctx, { ...order, subject: one, details: other.name }),
  await recordOperation(tx, ctx, { ...order, subject: other, details: one.name }),
];

export const finishOperation = (tx: Tx, clock: Clock, id: string): Promise<void> =>
  change(tx, id, { isTerminal: true, status: 'Succeeded', statusChangedAt: seconds(clock.now()) });

/** `details` are the engine's or the task's own words. */
export const failOperation = (tx: Tx, clock: Clock, id: string, details: string): Promise<void> =>
  change(tx, id, {
    errorCode: 'OperationFailure',
    errorDetails: details,
    isTerminal: true,
    status: 'Failed',
    statusChangedAt: seconds(clock.now()),
  });

/** An operation that a reset took away meanwhile needs no end. */
const change = async (tx: Tx, id: string, ending: Partial<Operation>): Promise<void> => {
  const body = await findOperation(tx, id);
  if (body === undefined) return;
  await updateOperation(tx, id, serialize('Operation', { ...(JSON.parse(body) as Operation), ...ending }));
};
