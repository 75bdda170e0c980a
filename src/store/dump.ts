import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { migrations } from './migrations/index.ts';
import { dropStrayObjects } from './records/object-buckets.ts';
import type { Store, Tx, Value } from './store.ts';

/**
 * Every table with state, and the column that its rows are read by. `meta` is the installation's own and stays, and so do the objects of buckets
 * with their index: a state file has none of their bytes. Buckets keep what they hold by their ids.
 */
const tables: readonly { readonly name: string; readonly key: string; readonly counted: boolean }[] = [
  { name: 'account', key: 'id', counted: false },
  { name: 'access_key', key: 'id', counted: false },
  { name: 'identity', key: 'id', counted: false },
  { name: 'policy', key: 'account, name', counted: false },
  { name: 'policy_attachment', key: 'identity, policy', counted: false },
  { name: 'api_key', key: 'id', counted: false },
  { name: 'token_key', key: 'id', counted: false },
  { name: 'resource', key: 'seq', counted: true },
  { name: 'usage', key: 'account, kind', counted: false },
  { name: 'secret', key: 'owner, name', counted: false },
  { name: 'address', key: 'pool, address', counted: false },
  { name: 'operation', key: 'seq', counted: true },
  { name: 'task', key: 'seq', counted: true },
  { name: 'machine', key: 'id', counted: false },
  { name: 'fault', key: 'seq', counted: true },
  { name: 'certificate_request', key: 'id', counted: false },
  { name: 'alarm', key: 'id', counted: false },
  { name: 'auto_snapshot', key: 'id', counted: false },
  { name: 'bucket_key', key: 'id', counted: false },
  { name: 'https_setup', key: 'seq', counted: true },
  { name: 'database_event', key: 'seq', counted: true },
  { name: 'machine_run', key: 'machine, started_at', counted: false },
  { name: 'machine_sample', key: 'machine, slot', counted: false },
  { name: 'vpc_peering', key: 'account, region', counted: false },
  { name: 'public_access_sync', key: 'account', counted: false },
  { name: 'price_change', key: 'resource, at', counted: false },
  { name: 'subdomain_label', key: 'label', counted: false },
  { name: 'balancer_spell', key: 'balancer, state, machine, since', counted: false },
  { name: 'container_deployment', key: 'service, version', counted: false },
  { name: 'container_image', key: 'service, label, version', counted: false },
  { name: 'container_label', key: 'service, label', counted: false },
  { name: 'registry_login', key: 'password', counted: false },
  { name: 'container_run', key: 'service, version, since', counted: false },
];

type Row = Record<string, Value>;

/** What stands in the first line of the file. */
export interface Header {
  readonly lateen: 'state';
  readonly schema: number;
  readonly clockOffset: number;
  /** The key that the secrets in the file are sealed with, in base64: the file opens with it, so it is as secret as they are. */
  readonly key: string;
}

const rowsAtATime = 1_000;

/** Writes the whole state as JSON lines, all of one moment; the file appears under its name when it is complete. */
export const saveState = async (
  store: Store,
  file: string,
  header: Omit<Header, 'lateen' | 'schema'>,
): Promise<number> => {
  const unfinished = `${file}.part`;
  const first: Header = { lateen: 'state', schema: migrations.length, ...header };
  let rows = 0;
  await store.snapshot(async (tx) => {
    async function* lines() {
      yield `${JSON.stringify(first)}\n`;
      for (const { name, key } of tables) {
        for await (const row of rowsOf(tx, name, key)) {
          rows += 1;
          yield `${JSON.stringify([name, encode(row)])}\n`;
        }
      }
    }
    await pipeline(lines, createWriteStream(unfinished, { mode: 0o600, flush: true }));
  });
  await rename(unfinished, file);
  return rows;
};

/** Read in slices, so that a large table never lies in memory as a whole. */
async function* rowsOf(tx: Tx, table: string, key: string): AsyncGenerator<Row> {
  for (let offset = 0; ; offset += rowsAtATime) {
    const slice = await tx.all<Row>(`select * from ${table} order by ${key} limit ? offset ?`, rowsAtATime, offset);
    yield* slice;
    if (slice.length < rowsAtATime) return;
  }
}

/**
 * Replaces all state by the file's, in one transaction that `afterwards` ends. `resealWith` gives what turns a sealed secret of
 * the file into one of this installation. Throws, and changes nothing, when the file is not whole or of another schema.
 */
export const loadState = async (
  store: Store,
  file: string,
  resealWith: (header: Header) => (sealed: Uint8Array) => Uint8Array,
  afterwards: (tx: Tx) => Promise<void>,
): Promise<{ header: Header; rows: number }> => {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    return await store.write('state', async (tx) => {
      let header: Header | undefined;
      let reseal = (sealed: Uint8Array): Uint8Array => sealed;
      let rows = 0;
      for await (const line of lines) {
        if (header === undefined) {
          header = readHeader(file, line);
          reseal = resealWith(header);
          for (const { name } of tables) await tx.run(`delete from ${name}`);
          continue;
        }
        const [table, row] = JSON.parse(line) as [string, Row];
        await insert(tx, table, decode(row, reseal));
        rows += 1;
      }
      if (header === undefined) throw notState(file);
      await dropStrayObjects(tx);
      await countOn(store, tx);
      await afterwards(tx);
      return { header, rows };
    });
  } finally {
    lines.close();
  }
};

/** Deletes what an account has, in one Region or in all; accounts and keys stay. Without an account: of all accounts. */
export const resetState = async (store: Store, scope: { account?: string; region?: string }): Promise<number> =>
  store.write(scope.account ?? 'state', async (tx) => {
    const where = ['1 = 1'];
    const params: string[] = [];
    for (const column of ['account', 'region'] as const) {
      const value = scope[column];
      if (value === undefined) continue;
      where.push(`${column} = ?`);
      params.push(value);
    }
    const condition = where.join(' and ');
    const owned = `(select id from resource where ${condition})`;
    await tx.run(`delete from secret where owner in ${owned}`, ...params);
    await tx.run(`delete from secret where owner in (select id from https_setup where ${condition})`, ...params);
    await tx.run(`delete from address where owner in ${owned}`, ...params);
    await tx.run(`delete from bucket_key where bucket in ${owned}`, ...params);
    await tx.run(`delete from alarm where id in ${owned}`, ...params);
    await tx.run(`delete from database_event where database_id in ${owned}`, ...params);
    const automatic = `(select id from auto_snapshot where ${condition})`;
    await tx.run(`delete from machine where id in ${owned} or id in ${automatic}`, ...params, ...params);
    await tx.run(`delete from auto_snapshot where ${condition}`, ...params);
    await tx.run(`delete from machine_run where machine in ${owned}`, ...params);
    await tx.run(`delete from price_change where resource in ${owned}`, ...params);
    await tx.run(`delete from balancer_spell where balancer in ${owned}`, ...params);
    for (const table of ['container_deployment', 'container_image', 'container_label', 'container_run'])
      await tx.run(`delete from ${table} where service in ${owned}`, ...params);
    await tx.run(`delete from registry_login where ${condition}`, ...params);
    const gone = await tx.run(`delete from resource where ${condition}`, ...params);
    await dropStrayObjects(tx);
    await tx.run(
      "delete from public_access_sync where account not in (select account from resource where kind = 'Bucket')",
    );
    await tx.run(`delete from operation where ${condition}`, ...params);
    await tx.run(`delete from task where ${condition}`, ...params);
    await tx.run(`delete from certificate_request where ${condition}`, ...params);
    await tx.run(`delete from https_setup where ${condition}`, ...params);
    await tx.run(`delete from subdomain_label where ${condition}`, ...params);
    await tx.run(`delete from vpc_peering where ${condition}`, ...params);
    await tx.run('delete from usage');
    await tx.run(
      'insert into usage (account, kind, used) select account, kind, count(*) from resource group by account, kind',
    );
    return gone;
  });

const readHeader = (file: string, line: string): Header => {
  const header = parse(line) as Partial<Header> | undefined;
  if (header?.lateen !== 'state') throw notState(file);
  if (header.schema !== migrations.length) {
    throw new Error(
      `${file} was saved with schema ${header.schema}, and this Lateen has ${migrations.length}. Load it with the Lateen that saved it.`,
    );
  }
  return header as Header;
};

const notState = (file: string): Error => new Error(`${file} is not a state file of Lateen.`);

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/** JSON has no bytes. */
const encode = (row: Row): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value instanceof Uint8Array ? { sealed: Buffer.from(value).toString('base64') } : value,
    ]),
  );

const decode = (row: Record<string, unknown>, reseal: (sealed: Uint8Array) => Uint8Array): Row =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      const sealed = (value as { sealed?: string } | null)?.sealed;
      return [column, sealed === undefined ? (value as Value) : reseal(Buffer.from(sealed, 'base64'))];
    }),
  );

/** Column names of a file reach SQL, so they must look like ours. */
const insert = async (tx: Tx, table: string, row: Row): Promise<void> => {
  const columns = Object.keys(row);
  if (!tables.some(({ name }) => name === table) || !columns.every((column) => /^[a-z_]+$/.test(column))) {
    throw new Error(`the state file names a table or a column that Lateen does not have: ${table}`);
  }
  const marks = columns.map(() => '?').join(', ');
  await tx.run(`insert into ${table} (${columns.join(', ')}) values (${marks})`, ...Object.values(row));
};

/** PostgreSQL counts apart from the rows: the next number must lie behind the loaded ones. */
const countOn = async (store: Store, tx: Tx): Promise<void> => {
  if (store.dialect.name !== 'postgres') return;
  for (const { name } of tables.filter(({ counted }) => counted)) {
    await tx.all(
      `select setval(pg_get_serial_sequence('${name}', 'seq'), coalesce((select max(seq) from ${name}), 0) + 1, false)`,
    );
  }
};
