import type { Dialect } from '../store.ts';

/** Calls as they were made, each a record in CloudTrail's form (JSON text), at a time (ms) of the machine's clock. */
export const audit = ({ serial, long }: Dialect): string[] => [
  `create table audit (seq ${serial}, at ${long} not null, body text not null)`,
  'create index audit_time on audit (at)',
];
