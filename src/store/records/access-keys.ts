import type { Tx } from '../store.ts';

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

/**
 * `secret` is sealed. A key with a session token is temporary, and refused from `expiresAt` (ms) on. One of a user or of a role's session has its
 * `identity`; `sessionPolicies` is a JSON list of texts.
 */
export interface AccessKeyRow {
  readonly id: string;
  readonly account: string;
  readonly secret: Uint8Array;
  readonly status: 'Active' | 'Inactive';
  readonly sessionToken: string | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly identity: string | null;
  readonly session: string | null;
  readonly sessionPolicies: string | null;
}

/** The last use, of which there may be none. */
export interface KeyUse {
  readonly usedAt: number | null;
  readonly usedService: string | null;
  readonly usedRegion: string | null;
}

const columns =
  'id, account, secret, status, session_token as "sessionToken", expires_at as "expiresAt", created_at as "createdAt", identity, session, session_policies as "sessionPolicies"';
const useColumns = 'used_at as "usedAt", used_service as "usedService", used_region as "usedRegion"';

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
    `insert into access_key (id, account, secret, status, session_token, expires_at, created_at, identity, session, session_policies)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    row.account,
    row.secret,
    row.status,
    row.sessionToken,
    row.expiresAt,
    row.createdAt,
    row.identity,
    row.session,
    row.sessionPolicies,
  );
};

export const findAccessKey = (tx: Tx, id: string): Promise<AccessKeyRow | undefined> =>
  tx.get<AccessKeyRow>(`select ${columns} from access_key where id = ?`, id);

export const allAccessKeys = (tx: Tx): Promise<readonly (AccessKeyRow & KeyUse)[]> =>
  tx.all<AccessKeyRow & KeyUse>(`select ${columns}, ${useColumns} from access_key order by account, created_at, id`);

/** Keys for good: temporary ones do not count. */
export const countKeysOf = async (tx: Tx, identity: string): Promise<number> =>
  (await tx.all<{ id: string }>('select id from access_key where identity = ? and expires_at is null', identity))
    .length;

export const deleteKeysOf = (tx: Tx, identity: string): Promise<number> =>
  tx.run('delete from access_key where identity = ?', identity);

/** Of one account: those that expired before `moment`. */
export const deleteExpiredKeys = (tx: Tx, account: string, moment: number): Promise<number> =>
  tx.run('delete from access_key where account = ? and expires_at < ?', account, moment);

export const setKeyUse = async (
  tx: Tx,
  id: string,
  use: { readonly at: number; readonly service: string; readonly region: string },
): Promise<void> => {
  await tx.run(
    'update access_key set used_at = ?, used_service = ?, used_region = ? where id = ?',
    use.at,
    use.service,
    use.region,
    id,
  );
};

export const setAccessKeyStatus = async (tx: Tx, id: string, status: AccessKeyRow['status']): Promise<boolean> =>
  (await tx.run('update access_key set status = ? where id = ?', status, id)) === 1;

export const deleteAccessKey = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.run('delete from access_key where id = ?', id)) === 1;
