import type { Operation, ResourceType } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { type NewOperation, recordBoth, recordOperation, type Subject } from '../../operations/record.ts';
import type { Tx } from '../../store/store.ts';

interface Party {
  readonly name: string;
  readonly kind: ResourceType;
}

/** Whatever is about load balancers belongs to the Region, instances that take part in it too (operation-status). */
const regional = ({ name, kind }: Party): Subject => ({ name, kind, zone: 'all' });

const balancerOf = (name: string): Subject => regional({ name, kind: 'LoadBalancer' });

export const recordForBalancer = (
  tx: Tx,
  ctx: Context,
  type: string,
  name: string,
  status: NewOperation['status'],
  details?: string,
): Promise<Operation> => recordOperation(tx, ctx, { type, subject: balancerOf(name), status, details });

/** Two operations for what happens between a load balancer and something else: one about each, naming the other. */
export const recordWithBalancer = (
  tx: Tx,
  ctx: Context,
  type: string,
  balancer: string,
  other: Party,
  status: NewOperation['status'],
): Promise<Operation[]> => recordBoth(tx, ctx, { type, status }, regional(other), balancerOf(balancer));

export const idsOf = (operations: readonly Operation[]): string[] => operations.map(({ id }) => id ?? '');
