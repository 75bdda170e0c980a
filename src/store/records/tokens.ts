import type { Tx } from '../store.ts';

/** `privateKey` is sealed. */
export interface TokenKeyRow {
  readonly id: string;
  readonly privateKey: Uint8Array;
  readonly createdAt: number;
}

/** An API key of an account, or of a user in it. `digest` is the SHA-256 of its secret in hex. */
export interface ApiKeyRow {
  readonly id: string;
  readonly account: string;
  readonly userName: string | null;
  /** Of the user, or the account: another user of the same name is somebody else. */
  readonly userId: string;
  readonly digest: string;
  readonly createdAt: number;
}

export const findTokenKey = (tx: Tx): Promise<TokenKeyRow | undefined> =>
  tx.get<TokenKeyRow>(
    'select id, private_key as "privateKey", created_at as "createdAt" from token_key order by created_at desc, id limit 1',
  );

/** There is one at a time: what was signed with another is good no longer. */
export const replaceTokenKey = async (tx: Tx, { id, privateKey, createdAt }: TokenKeyRow): Promise<void> => {
  await tx.run('delete from token_key');
  await tx.run('insert into token_key (id, private_key, created_at) values (?, ?, ?)', id, privateKey, createdAt);
};

const columns = 'id, account, user_name as "userName", user_id as "userId", digest, created_at as "createdAt"';

export const insertApiKey = async (tx: Tx, row: ApiKeyRow): Promise<void> => {
  await tx.run(
    'insert into api_key (id, account, user_name, user_id, digest, created_at) values (?, ?, ?, ?, ?, ?)',
    row.id,
    row.account,
    row.userName,
    row.userId,
    row.digest,
    row.createdAt,
  );
};

export const findApiKey = (tx: Tx, id: string): Promise<ApiKeyRow | undefined> =>
  tx.get<ApiKeyRow>(`select ${columns} from api_key where id = ?`, id);

export const allApiKeys = (tx: Tx): Promise<readonly ApiKeyRow[]> =>
  tx.all<ApiKeyRow>(`select ${columns} from api_key order by account, created_at, id`);

/** Those of a user. */
export const deleteApiKeysOf = (tx: Tx, userId: string): Promise<number> =>
  tx.run('delete from api_key where user_id = ?', userId);

export const deleteApiKey = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.run('delete from api_key where id = ?', id)) === 1;
