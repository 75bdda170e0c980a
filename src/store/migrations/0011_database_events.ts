import type { Dialect } from '../store.ts';

/** What happened to each database, in the shape that the API shows (JSON text). */
export const databaseEvents = ({ serial, long }: Dialect): string[] => [
  `create table database_event (
    seq ${serial}, database_id text not null, created_at ${long} not null, body text not null)`,
  'create index database_event_order on database_event (database_id, seq)',
];
