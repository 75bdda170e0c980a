import type { Tx } from '../store.ts';

/** A user or a role. Times are milliseconds; `longestSession` is seconds. A role has a `trust` policy, as JSON text. */
export interface IdentityRow {
  readonly id: string;
  readonly account: string;
  readonly kind: 'user' | 'role';
  readonly name: string;
  readonly trust: string | null;
  readonly longestSession: number | null;
  readonly createdAt: number;
}

/** A policy of an account; `document` is its JSON text. */
export interface PolicyRow {
  readonly account: string;
  readonly name: string;
  readonly document: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const identityColumns =
  'id, account, kind, name, trust, longest_session as "longestSession", created_at as "createdAt"';
const policyColumns = 'account, name, document, created_at as "createdAt", updated_at as "updatedAt"';

/** Answers false, and changes nothing, when the account has one of that kind and name. */
export const insertIdentity = async (tx: Tx, row: IdentityRow): Promise<boolean> =>
  (await tx.run(
    `insert into identity (id, account, kind, name, trust, longest_session, created_at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict do nothing`,
    row.id,
    row.account,
    row.kind,
    row.name,
    row.trust,
    row.longestSession,
    row.createdAt,
  )) === 1;

export const findIdentity = (
  tx: Tx,
  account: string,
  kind: IdentityRow['kind'],
  name: string,
): Promise<IdentityRow | undefined> =>
  tx.get<IdentityRow>(
    `select ${identityColumns} from identity where account = ? and kind = ? and name = ?`,
    account,
    kind,
    name,
  );

export const findIdentityById = (tx: Tx, id: string): Promise<IdentityRow | undefined> =>
  tx.get<IdentityRow>(`select ${identityColumns} from identity where id = ?`, id);

export const identitiesOf = (tx: Tx, account: string, kind: IdentityRow['kind']): Promise<readonly IdentityRow[]> =>
  tx.all<IdentityRow>(
    `select ${identityColumns} from identity where account = ? and kind = ? order by name`,
    account,
    kind,
  );

export const setTrust = async (tx: Tx, id: string, trust: string, longestSession: number): Promise<void> => {
  await tx.run('update identity set trust = ?, longest_session = ? where id = ?', trust, longestSession, id);
};

/** With its attachments; its keys are apart. */
export const deleteIdentity = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from policy_attachment where identity = ?', id);
  await tx.run('delete from identity where id = ?', id);
};

/** Makes the policy or replaces its document. */
export const putPolicy = async (tx: Tx, row: PolicyRow): Promise<void> => {
  await tx.run(
    `insert into policy (account, name, document, created_at, updated_at) values (?, ?, ?, ?, ?)
     on conflict (account, name) do update set document = excluded.document, updated_at = excluded.updated_at`,
    row.account,
    row.name,
    row.document,
    row.createdAt,
    row.updatedAt,
  );
};

export const findPolicy = (tx: Tx, account: string, name: string): Promise<PolicyRow | undefined> =>
  tx.get<PolicyRow>(`select ${policyColumns} from policy where account = ? and name = ?`, account, name);

export const policiesOf = (tx: Tx, account: string): Promise<readonly PolicyRow[]> =>
  tx.all<PolicyRow>(`select ${policyColumns} from policy where account = ? order by name`, account);

export const deletePolicy = async (tx: Tx, account: string, name: string): Promise<void> => {
  await tx.run('delete from policy where account = ? and name = ?', account, name);
};

/** What is attached to a user or a role, by name. */
export const attachedPolicies = (tx: Tx, identity: string): Promise<readonly PolicyRow[]> =>
  tx.all<PolicyRow>(
    `select ${policyColumns
      .split(', ')
      .map((column) => `policy.${column}`)
      .join(', ')}
     from policy_attachment join policy on policy.account = policy_attachment.account and policy.name = policy_attachment.policy
     where policy_attachment.identity = ? order by policy.name`,
    identity,
  );

export const attachmentsOf = (
  tx: Tx,
  account: string,
): Promise<readonly { readonly identity: string; readonly policy: string }[]> =>
  tx.all('select identity, policy from policy_attachment where account = ? order by policy', account);

export const attachPolicy = async (tx: Tx, identity: string, account: string, policy: string): Promise<void> => {
  await tx.run(
    'insert into policy_attachment (identity, account, policy) values (?, ?, ?) on conflict do nothing',
    identity,
    account,
    policy,
  );
};

/** Answers false when it was not attached. */
export const detachPolicy = async (tx: Tx, identity: string, policy: string): Promise<boolean> =>
  (await tx.run('delete from policy_attachment where identity = ? and policy = ?', identity, policy)) === 1;
