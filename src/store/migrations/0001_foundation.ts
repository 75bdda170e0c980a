import type { Dialect } from '../store.ts';

/** Everything the first release keeps. Bodies are JSON text as the wire shows it; secrets are sealed bytes. */
export const foundation = ({ serial, bytes, long }: Dialect): string[] => [
  `create table account (id text primary key, name text not null, created_at ${long} not null)`,
  `create table access_key (
    id text primary key, account text not null, secret ${bytes} not null, status text not null,
    session_token text, expires_at ${long}, created_at ${long} not null)`,
  'create index access_key_account on access_key (account)',

  `create table resource (
    seq ${serial}, id text not null unique, account text not null, region text not null, kind text not null,
    name text not null, state text not null, created_at ${long} not null, body text not null, inner_body text not null)`,
  'create unique index resource_name on resource (account, region, name)',
  'create index resource_kind on resource (account, region, kind, seq)',
  'create index resource_scope on resource (account, region, seq)',
  // How many of a kind an account has, kept beside the rows, so that a quota costs the same at any size.
  'create table usage (account text not null, kind text not null, used integer not null, primary key (account, kind))',
  `create table secret (owner text not null, name text not null, value ${bytes} not null, primary key (owner, name))`,
  'create table address (pool text not null, address bigint not null, owner text not null, primary key (pool, address))',
  'create index address_owner on address (owner)',

  `create table operation (
    seq ${serial}, id text not null unique, account text not null, region text not null,
    resource_name text not null, body text not null)`,
  'create index operation_scope on operation (account, region, seq)',
  'create index operation_resource on operation (account, region, resource_name, seq)',

  `create table task (
    seq ${serial}, kind text not null, account text not null, region text not null, resource text not null,
    operations text not null, input text not null, step integer not null, phase text not null, attempts integer not null,
    run_at ${long} not null, lease_until ${long}, owner text, error text)`,
  'create index task_due on task (run_at, seq)',
  'create index task_resource on task (resource, seq)',

  'create table machine (id text primary key, body text not null)',
  `create table fault (seq ${serial}, remaining integer not null, body text not null)`,
];
