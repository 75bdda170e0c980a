import type { ResourceType } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import type { Tx } from '../store.ts';

/**
 * One resource. `body` is the JSON text that the API shows, kept ready so that reading it costs no work; `inner` is the JSON
 * text of what only Lateen knows about it.
 */
export interface ResourceRow {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly kind: ResourceType;
  readonly name: string;
  readonly state: string;
  /** Milliseconds. */
  readonly createdAt: number;
  readonly body: string;
  readonly inner: string;
}

/** A page of bodies, joined by commas, and where the next one begins. `more` tells whether there is a next one. */
export interface Page {
  readonly text: string;
  readonly last: number;
  readonly more: boolean;
}

export const columns = 'id, account, region, kind, name, state, created_at as "createdAt", body, inner_body as "inner"';

/** Answers false, and changes nothing, when the name is in use: by any kind of resource of the scope (F41), or of a bucket by any other (F376). */
export const insertResource = async (tx: Tx, row: ResourceRow): Promise<boolean> => {
  const inserted = await tx.run(
    `insert into resource (id, account, region, kind, name, state, created_at, body, inner_body)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    row.id,
    row.account,
    row.region,
    row.kind,
    row.name,
    row.state,
    row.createdAt,
    row.body,
    row.inner,
  );
  if (inserted === 0) return false;
  await tx.run(
    'insert into usage (account, kind, used) values (?, ?, 1) on conflict (account, kind) do update set used = usage.used + 1',
    row.account,
    row.kind,
  );
  return true;
};

export const updateResource = async (tx: Tx, row: ResourceRow): Promise<void> => {
  await tx.run(
    'update resource set state = ?, body = ?, inner_body = ? where id = ?',
    row.state,
    row.body,
    row.inner,
    row.id,
  );
};

/** Deletes the row, its secrets and its past prices. */
export const deleteResource = async (tx: Tx, row: ResourceRow): Promise<void> => {
  if ((await tx.run('delete from resource where id = ?', row.id)) === 0) return;
  await tx.run('delete from secret where owner = ?', row.id);
  await tx.run('delete from price_change where resource = ?', row.id);
  await tx.run('update usage set used = used - 1 where account = ? and kind = ?', row.account, row.kind);
};

export const findResource = async (
  tx: Tx,
  scope: Scope,
  kind: ResourceType,
  name: string,
): Promise<ResourceRow | undefined> => {
  const row = await findNamed(tx, scope, name);
  return row?.kind === kind ? row : undefined;
};

/** Whatever bears the name in the scope. */
export const findNamed = (tx: Tx, scope: Scope, name: string): Promise<ResourceRow | undefined> =>
  tx.get<ResourceRow>(
    `select ${columns} from resource where account = ? and region = ? and name = ?`,
    scope.account,
    scope.region,
    name,
  );

/** Whatever bears one of the names in the scope, in no order. */
export const findAllNamed = (tx: Tx, scope: Scope, names: readonly string[]): Promise<readonly ResourceRow[]> =>
  tx.all<ResourceRow>(
    `select ${columns} from resource where account = ? and region = ? and name in (${names.map(() => '?').join(', ')})`,
    scope.account,
    scope.region,
    ...names,
  );

export const findById = (tx: Tx, id: string): Promise<ResourceRow | undefined> =>
  tx.get<ResourceRow>(`select ${columns} from resource where id = ?`, id);

/** How many resources of a kind the account has, in all Regions. */
export const countUsed = async (tx: Tx, account: string, kind: ResourceType): Promise<number> =>
  (await tx.get<{ used: number }>('select used from usage where account = ? and kind = ?', account, kind))?.used ?? 0;

/** Bodies of one kind behind position `after`, oldest first. A page costs the same wherever it begins and whatever was added or deleted since. */
export const pageOfResources = (tx: Tx, scope: Scope, kind: ResourceType, after: number, size: number): Promise<Page> =>
  page(
    tx,
    size,
    'select seq, body from resource where account = ? and region = ? and kind = ? and seq > ? order by seq limit ?',
    scope.account,
    scope.region,
    kind,
    after,
  );

/** The same query without the resource of one name. */
export const pageOfResourcesBut =
  (name: string): typeof pageOfResources =>
  (tx, scope, kind, after, size) =>
    page(
      tx,
      size,
      'select seq, body from resource where account = ? and region = ? and kind = ? and name <> ? and seq > ? order by seq limit ?',
      scope.account,
      scope.region,
      kind,
      name,
      after,
    );

export const pageOfNames = async (
  tx: Tx,
  scope: Scope,
  after: number,
  size: number,
): Promise<{ names: string[]; last: number; more: boolean }> => {
  const rows = await tx.all<{ seq: number; name: string }>(
    'select seq, name from resource where account = ? and region = ? and seq > ? order by seq limit ?',
    scope.account,
    scope.region,
    after,
    size + 1,
  );
  const shown = rows.slice(0, size);
  return { names: shown.map((row) => row.name), last: shown.at(-1)?.seq ?? after, more: rows.length > size };
};

/** A row with its place in the table, which grows with the time of its making. */
export type PlacedRow = ResourceRow & { readonly seq: number };

/** The same as rows, for what shows more than the bodies. */
export const pageOfRows = async (
  tx: Tx,
  scope: Scope,
  kind: ResourceType,
  after: number,
  size: number,
): Promise<{ readonly rows: readonly PlacedRow[]; readonly last: number; readonly more: boolean }> => {
  const found = await tx.all<PlacedRow>(
    `select seq, ${columns} from resource where account = ? and region = ? and kind = ? and seq > ? order by seq limit ?`,
    scope.account,
    scope.region,
    kind,
    after,
    size + 1,
  );
  const rows = found.slice(0, size);
  return { rows, last: rows.at(-1)?.seq ?? after, more: found.length > size };
};

/** More than an account can have of the kinds that this is for. */
const most = 10_000;

/** All of one kind, oldest first: for kinds of which an account has few. */
export const rowsOfKind = async (tx: Tx, scope: Scope, kind: ResourceType): Promise<readonly PlacedRow[]> =>
  (await pageOfRows(tx, scope, kind, 0, most)).rows;

/** `sql` must give `seq` and `body` in order, with a limit: one row more than the page tells whether there is a next one. */
export const page = async (tx: Tx, size: number, sql: string, ...params: (string | number)[]): Promise<Page> => {
  const rows = await tx.all<{ seq: number; body: string }>(sql, ...params, size + 1);
  const count = Math.min(rows.length, size);
  let text = '';
  for (let i = 0; i < count; i++) text += (i === 0 ? '' : ',') + rows[i]!.body;
  return { text, last: rows[count - 1]?.seq ?? 0, more: rows.length > size };
};
