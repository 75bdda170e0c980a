import type { Dialect } from '../store.ts';

/** Automatic snapshots, one a day for each `source`: they have no name in the scope, so they are no resources. */
export const autoSnapshots = ({ long }: Dialect): string[] => [
  `create table auto_snapshot (
    id text primary key, source text not null, day text not null, account text not null, region text not null,
    kind text not null, state text not null, created_at ${long} not null, body text not null, inner_body text not null)`,
  'create unique index auto_snapshot_day on auto_snapshot (source, day)',
];
