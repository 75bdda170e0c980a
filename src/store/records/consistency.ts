import type { Tx } from '../store.ts';
import { type AutoSnapshotRow, autoSnapshotColumns } from './auto-snapshots.ts';
import { columns, type ResourceRow } from './resources.ts';

/** What only the check of the whole state reads: everything, in slices by the key, so that no table ever lies in memory as a whole. */
const sliceSize = 500;

interface Slice {
  readonly seq: number;
}

async function* slices<R extends Slice>(tx: Tx, sql: string): AsyncGenerator<R> {
  for (let after = 0; ; ) {
    const rows = await tx.all<R>(`${sql} order by seq limit ?`, after, sliceSize);
    yield* rows;
    if (rows.length < sliceSize) return;
    after = rows.at(-1)!.seq;
  }
}

export const allResources = (tx: Tx): AsyncGenerator<ResourceRow & Slice> =>
  slices(tx, `select seq, ${columns} from resource where seq > ?`);

export async function* allAutoSnapshots(tx: Tx): AsyncGenerator<AutoSnapshotRow> {
  for (let after = ''; ; ) {
    const rows = await tx.all<AutoSnapshotRow>(
      `select ${autoSnapshotColumns} from auto_snapshot where id > ? order by id limit ?`,
      after,
      sliceSize,
    );
    yield* rows;
    if (rows.length < sliceSize) return;
    after = rows.at(-1)!.id;
  }
}

/** A task as far as it tells what it is about. `operations` and `input` are JSON text. */
export interface TaskSummary {
  readonly seq: number;
  readonly kind: string;
  readonly account: string;
  readonly region: string;
  readonly resource: string;
  readonly operations: string;
  readonly input: string;
  readonly attempts: number;
  readonly runAt: number;
  readonly error: string | null;
}

export const allTasks = (tx: Tx): AsyncGenerator<TaskSummary> =>
  slices(
    tx,
    'select seq, kind, account, region, resource, operations, input, attempts, run_at as "runAt", error from task where seq > ?',
  );

export interface OperationSummary {
  readonly seq: number;
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly resourceName: string;
}

/** Those that are not over. */
export const openOperations = (tx: Tx): AsyncGenerator<OperationSummary> =>
  slices(
    tx,
    `select seq, id, account, region, resource_name as "resourceName" from operation
     where body like '%"isTerminal":false%' and seq > ?`,
  );

/** Every column, outside of tasks, that holds the id of a resource. */
export const owned = [
  { table: 'address', column: 'owner' },
  { table: 'alarm', column: 'id' },
  { table: 'alarm', column: 'monitored' },
  { table: 'balancer_spell', column: 'balancer' },
  { table: 'bucket_key', column: 'bucket' },
  { table: 'database_event', column: 'database_id' },
  { table: 'container_deployment', column: 'service' },
  { table: 'container_image', column: 'service' },
  { table: 'container_label', column: 'service' },
  { table: 'container_run', column: 'service' },
  { table: 'https_setup', column: 'instance' },
  { table: 'machine', column: 'id' },
  { table: 'machine_run', column: 'machine' },
  { table: 'object_bucket', column: 'id' },
  { table: 'price_change', column: 'resource' },
  { table: 'secret', column: 'owner' },
] as const;

/** What else has ids that own secrets and tasks: the set-ups of HTTPS, which belong to instances in turn, and automatic snapshots. */
const isOwner = (id: string): string =>
  ['resource', 'https_setup', 'auto_snapshot']
    .map((table) => `exists (select 1 from ${table} where ${table}.id = ${id})`)
    .join(' or ');

export const hasOwner = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.all(`select 1 as found from (select cast(? as text) as id) as asked where ${isOwner('asked.id')}`, id))
    .length > 0;

/** The ids in a column that nothing has which may own. */
export async function* orphans(tx: Tx, { table, column }: (typeof owned)[number]): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const rows = await tx.all<{ id: string }>(
      `select distinct ${column} as id from ${table} where ${column} > ?
       and not (${isOwner(`${table}.${column}`)}) order by 1 limit ?`,
      after,
      sliceSize,
    );
    for (const { id } of rows) yield id;
    if (rows.length < sliceSize) return;
    after = rows.at(-1)!.id;
  }
}

/** Rows about who may enter that name what is elsewhere: what they must find there, and the words for one that finds nothing. */
const entries = [
  ...['access_key', 'identity', 'api_key'].map((table) => ({
    ...{ table, subject: 'id', wants: `select 1 from account where account.id = ${table}.account` },
    problem: 'belongs to an account that is not there',
  })),
  {
    ...{ table: 'policy', subject: 'name', wants: 'select 1 from account where account.id = policy.account' },
    problem: 'belongs to an account that is not there',
  },
  {
    ...{ table: 'access_key', subject: 'id' },
    wants: `select 1 where access_key.identity is null union all
      select 1 from identity where identity.id = access_key.identity and identity.account = access_key.account`,
    problem: 'is for a user or a role that is not there',
  },
  {
    ...{ table: 'api_key', subject: 'id' },
    wants: `select 1 where api_key.user_name is null union all
      select 1 from identity where identity.id = api_key.user_id and identity.account = api_key.account`,
    problem: 'is for a user that is not there',
  },
  {
    ...{ table: 'policy_attachment', subject: 'policy' },
    wants: `select 1 from identity
      where identity.id = policy_attachment.identity and identity.account = policy_attachment.account`,
    problem: 'is attached to a user or a role that is not there',
  },
  {
    ...{ table: 'policy_attachment', subject: 'policy' },
    wants: `select 1 from policy
      where policy.account = policy_attachment.account and policy.name = policy_attachment.policy`,
    problem: 'is attached, and there is no such policy',
  },
] as const;

/** A row of those, and what is wrong with it. */
export interface StrayEntry {
  readonly account: string;
  readonly table: string;
  readonly name: string;
  readonly problem: string;
}

/** The rows about who may enter that dangle. */
export const strayEntries = async (tx: Tx): Promise<readonly StrayEntry[]> => {
  const found: StrayEntry[] = [];
  for (const { table, subject, wants, problem } of entries) {
    const rows = await tx.all<{ account: string; name: string }>(
      `select account, ${subject} as name from ${table} where not exists (${wants}) order by account, ${subject}`,
    );
    for (const row of rows) found.push({ ...row, table, problem });
  }
  return found;
};

/** How many resources of a kind an account has: by the counter of the quota, and by the rows. */
export interface Usage {
  readonly account: string;
  readonly kind: string;
  readonly used: number;
  readonly counted: number;
}

/** The counters that are wrong. */
export const wrongUsage = (tx: Tx): Promise<readonly Usage[]> =>
  tx.all<Usage>(
    `select account, kind, cast(sum(used) as integer) as used, cast(sum(counted) as integer) as counted from (
       select account, kind, used, 0 as counted from usage
       union all select account, kind, 0 as used, count(*) as counted from resource group by account, kind) as both_sides
     group by account, kind having sum(used) <> sum(counted) order by account, kind`,
  );

/** The IPv4 addresses that a resource holds, in numbers. */
export const addressesOf = async (tx: Tx, owner: string): Promise<readonly number[]> =>
  (await tx.all<{ address: number }>('select address from address where owner = ? order by address', owner)).map(
    ({ address }) => address,
  );
