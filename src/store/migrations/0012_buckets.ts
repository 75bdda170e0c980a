import type { Dialect } from '../store.ts';

/**
 * Names of buckets are unique across all accounts and Regions. Their access keys are looked up by whoever signs with them: `bucket` is
 * the id of the resource, and the secrets are sealed in `secret`. And the accounts that had a bucket, since when the settings of
 * public access are to be fetched for them.
 */
export const buckets = ({ long }: Dialect): string[] => [
  "create unique index resource_bucket on resource (name) where kind = 'Bucket'",
  `create table bucket_key (
    id text primary key, bucket text not null, status text not null, created_at ${long} not null,
    used_at ${long}, used_region text, used_service text)`,
  'create index bucket_key_bucket on bucket_key (bucket, created_at)',
  `create table public_access_sync (account text primary key, since ${long} not null)`,
];
