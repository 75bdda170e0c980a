import type { Dialect } from '../store.ts';

/**
 * The index of all objects. `object_bucket` counts what a bucket holds, `object_usage` has what it held at the midnights before. `age`
 * counts down, so that the newest version of a name comes first; `shown` is 1 for a newest version that is no delete marker. The bytes
 * are in `file`, or in the parts of `upload`. Files in `object_trash`, and the parts of
 * uploads in it, belong to nobody any more and are about to go.
 */
export const objects = ({ long, bytewise, clustered }: Dialect): string[] => [
  `create table object_bucket (
    id text primary key, seq ${long} not null, objects ${long} not null, bytes ${long} not null, begun_at ${long} not null,
    changed_at ${long} not null)`,
  `create table object_usage (
    bucket text not null, at ${long} not null, objects ${long} not null, bytes ${long} not null, primary key (bucket, at))`,
  `create table object_version (
    bucket text not null, name text ${bytewise} not null, age ${long} not null, version text not null, shown integer not null,
    marker integer not null, size ${long} not null, etag text not null, modified_at ${long} not null, file text, upload text,
    parts integer, algorithm text, checksum_type text, checksum text, body text not null, primary key (bucket, name, age)) ${clustered}`,
  'create unique index object_version_id on object_version (bucket, name, version)',
  'create index object_version_shown on object_version (bucket, name) where shown = 1',
  'create unique index object_version_file on object_version (file) where file is not null',
  'create unique index object_version_upload on object_version (upload) where upload is not null',
  `create table object_upload (
    id text primary key, bucket text not null, name text ${bytewise} not null, begun_at ${long} not null, algorithm text,
    checksum_type text, body text not null)`,
  'create unique index object_upload_name on object_upload (bucket, name, id)',
  'create index object_upload_begun on object_upload (begun_at)',
  `create table object_part (
    upload text not null, number integer not null, file text, start ${long}, size ${long} not null, etag text not null,
    modified_at ${long} not null, checksum text, primary key (upload, number)) ${clustered}`,
  'create unique index object_part_file on object_part (file) where file is not null',
  'create table object_trash (id text primary key, parts integer not null)',
  // Buckets that are there already hold nothing.
  `insert into object_bucket (id, seq, objects, bytes, begun_at, changed_at)
    select id, 0, 0, 0, created_at, created_at from resource where kind = 'Bucket'`,
  "delete from machine where id in (select id from resource where kind = 'Bucket')",
];
