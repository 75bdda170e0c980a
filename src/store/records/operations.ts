import type { Scope } from '../../context.ts';
import type { Tx } from '../store.ts';
import { type Page, page } from './resources.ts';

/** One Operation of the API; `body` is its JSON text as the wire shows it. */
export interface OperationRow {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly resourceName: string;
  readonly body: string;
}

export const insertOperation = async (tx: Tx, row: OperationRow): Promise<void> => {
  await tx.run(
    'insert into operation (id, account, region, resource_name, body) values (?, ?, ?, ?, ?)',
    row.id,
    row.account,
    row.region,
    row.resourceName,
    row.body,
  );
};

export const updateOperation = async (tx: Tx, id: string, body: string): Promise<void> => {
  await tx.run('update operation set body = ? where id = ?', body, id);
};

/** Without a scope, whosever it is: for the worker. */
export const findOperation = async (tx: Tx, id: string, scope?: Scope): Promise<string | undefined> => {
  const row = await tx.get<OperationRow>('select account, region, body from operation where id = ?', id);
  const visible = scope === undefined || (row?.account === scope.account && row.region === scope.region);
  return visible ? row?.body : undefined;
};

/** Oldest first (F50). */
export const pageOfOperations = (tx: Tx, scope: Scope, after: number, size: number): Promise<Page> =>
  page(
    tx,
    size,
    'select seq, body from operation where account = ? and region = ? and seq > ? order by seq limit ?',
    scope.account,
    scope.region,
    after,
  );

export const pageOfOperationsFor = (tx: Tx, scope: Scope, name: string, after: number, size: number): Promise<Page> =>
  page(
    tx,
    size,
    'select seq, body from operation where account = ? and region = ? and resource_name = ? and seq > ? order by seq limit ?',
    scope.account,
    scope.region,
    name,
    after,
  );
