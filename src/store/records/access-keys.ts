import type { Tx } from '../store.ts';

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

/** `secret` is sealed. A key with a session token is temporary, and refused from `expiresAt` (ms) on. */
export interface AccessKeyRow {
  readonly id: string;
  readonly account: string;
  readonly secret: Uint8Array;
  readonly status: 'Active' | 'Inactive';
  readonly sessionToken: string | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

const columns =
  'id, account, secret, status, session_token as "sessionToken", expires_at as "expiresAt", created_at as "createdAt"';

export const insertAccount = async (tx: Tx, row: AccountRow): Promise<boolean> =>
  (await tx.run(
    'insert into account (id, name, created_at) values (?, ?, ?) on conflict (id) do nothing',
    row.id,
    row.name,
    row.createdAt,
  )) === 1;

export const findAccount = (tx: Tx, id: string): Promise<AccountRow | undefined> =>
  tx.get<AccountRow>('select id, name, created_at as "createdAt" from account where id = ?', id);

export const allAccounts = (tx: Tx): Promise<readonly AccountRow[]> =>
  tx.all<AccountRow>('select id, name, created_at as "createdAt" from account order by id');

export const insertAccessKey = async (tx: Tx, row: AccessKeyRow): Promise<void> => {
  await tx.run(
    'insert into access_key (id, account, secret, status, session_token, expires_at, created_at) values (?, ?, ?, ?, ?, ?, ?)',
    row.id,
    row.account,
    row.secret,
    row.status,
    row.sessionToken,
    row.expiresAt,
    row.createdAt,
  );
};

export const findAccessKey = (tx: Tx, id: string): Promise<AccessKeyRow | undefined> =>
  tx.get<AccessKeyRow>(`select ${columns} from access_key where id = ?`, id);

export const allAccessKeys = (tx: Tx): Promise<readonly AccessKeyRow[]> =>
  tx.all<AccessKeyRow>(`select ${columns} from access_key order by account, created_at, id`);

export const setAccessKeyStatus = async (tx: Tx, id: string, status: AccessKeyRow['status']): Promise<boolean> =>
  (await tx.run('update access_key set status = ? where id = ?', status, id)) === 1;

export const deleteAccessKey = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.run('delete from access_key where id = ?', id)) === 1;
