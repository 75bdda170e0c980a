import type { Instance, Operation } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { recordOperation } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';

/** Writes down an operation about an instance, in its zone. */
export const recordForInstance = (
  tx: Tx,
  ctx: Context,
  body: Instance,
  type: string,
  status: 'Started' | 'Succeeded',
  details?: string,
): Promise<Operation> =>
  recordOperation(tx, ctx, {
    type,
    subject: { name: body.name ?? '', kind: 'Instance', zone: body.location?.availabilityZone ?? '' },
    status,
    details,
  });
