import type { Dialect } from '../store.ts';

/**
 * Users and roles, policies and whom they are attached to. A key without an identity is the account's own; a session is what was made of one, with
 * the policies that it was narrowed by. When a key was used last is kept to the minute.
 */
export const identities = ({ long }: Dialect): string[] => [
  `create table identity (
    id text primary key, account text not null, kind text not null, name text not null, trust text,
    longest_session integer, created_at ${long} not null)`,
  'create unique index identity_name on identity (account, kind, name)',
  `create table policy (
    account text not null, name text not null, document text not null, created_at ${long} not null, updated_at ${long} not null,
    primary key (account, name))`,
  `create table policy_attachment (
    identity text not null, account text not null, policy text not null, primary key (identity, policy))`,
  'create index policy_attachment_policy on policy_attachment (account, policy)',

  'alter table access_key add column identity text',
  'alter table access_key add column session text',
  'alter table access_key add column session_policies text',
  `alter table access_key add column used_at ${long}`,
  'alter table access_key add column used_service text',
  'alter table access_key add column used_region text',
  'create index access_key_identity on access_key (identity)',
  'create index access_key_expiry on access_key (account, expires_at)',
];
