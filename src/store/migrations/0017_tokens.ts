import type { Dialect } from '../store.ts';

/** What lets callers of ByCloud in: the sealed key that Lateen signs tokens with, and API keys by the SHA-256 of their secrets. And the order of its listing. */
export const tokens = ({ bytes, long }: Dialect): string[] => [
  `create table token_key (id text primary key, private_key ${bytes} not null, created_at ${long} not null)`,
  `create table api_key (
    id text primary key, account text not null, user_name text, user_id text not null, digest text not null, created_at ${long} not null)`,
  'create index resource_newest on resource (account, region, kind, created_at, id)',
];
