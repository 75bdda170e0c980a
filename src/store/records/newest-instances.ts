import type { Scope } from '../../context.ts';
import type { Tx, Value } from '../store.ts';
import { columns, type ResourceRow } from './resources.ts';

/** An instance with what else its listing shows. */
export interface ListedInstance extends ResourceRow {
  /** 1 while a reboot is under way. */
  readonly rebooting: number;
  /** JSON text of the last operation under its name; an earlier holder's when it is older than the row. */
  readonly lastOperation: string | null;
}

/** A place in the order of the listing: newest first, and by the id within a millisecond. */
export interface Place {
  readonly createdAt: number;
  readonly id: string;
}

/** A condition on a row, and the values of its marks. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

export const isRebooting =
  "exists (select 1 from task where task.resource = resource.id and task.kind = 'RebootInstance')";

const shown = `${columns}, case when ${isRebooting} then 1 else 0 end as "rebooting",
  (select operation.body from operation where operation.account = resource.account and operation.region = resource.region
    and operation.resource_name = resource.name order by operation.seq desc limit 1) as "lastOperation"`;

const inScope = "account = ? and region = ? and kind = 'Instance'";

const all = (conditions: readonly Condition[]): Condition => ({
  sql: conditions.map(({ sql }) => ` and ${sql}`).join(''),
  values: conditions.flatMap(({ values }) => values),
});

/** Up to `count` instances that keep the conditions, behind `after`. The order is that of an index, so a page begins anywhere at the same cost. */
export const newestInstances = (
  tx: Tx,
  { account, region }: Scope,
  conditions: readonly Condition[],
  after: Place | undefined,
  count: number,
): Promise<readonly ListedInstance[]> => {
  const { sql, values } = all(conditions);
  const [behind, place] = after ? [' and (created_at, id) < (?, ?)', [after.createdAt, after.id]] : ['', []];
  return tx.all<ListedInstance>(
    `select ${shown} from resource where ${inScope}${behind}${sql} order by created_at desc, id desc limit ?`,
    ...[account, region, ...place, ...values, count],
  );
};

/** The `count` places before the one that follows `last`, nearest first: `last` itself is the first when it keeps the conditions. */
export const placesUpTo = (
  tx: Tx,
  { account, region }: Scope,
  conditions: readonly Condition[],
  last: Place,
  count: number,
): Promise<readonly Place[]> => {
  const { sql, values } = all(conditions);
  return tx.all<Place>(
    `select created_at as "createdAt", id from resource where ${inScope} and (created_at, id) >= (?, ?)${sql}
     order by created_at, id limit ?`,
    ...[account, region, last.createdAt, last.id, ...values, count],
  );
};

export const countInstances = async (
  tx: Tx,
  { account, region }: Scope,
  conditions: readonly Condition[],
): Promise<number> => {
  const { sql, values } = all(conditions);
  const row = await tx.get<{ count: number }>(
    `select count(*) as "count" from resource where ${inScope}${sql}`,
    ...[account, region, ...values],
  );
  return Number(row?.count ?? 0);
};

export const findListed = (tx: Tx, { account, region }: Scope, id: string): Promise<ListedInstance | undefined> =>
  tx.get<ListedInstance>(`select ${shown} from resource where ${inScope} and id = ?`, account, region, id);
