import type { Dialect } from '../store.ts';

/** Certificates that were asked for, kept when they are deleted: there is a limit for 365 days (F311). */
export const certificateRequests = ({ long }: Dialect): string[] => [
  `create table certificate_request (
    id text primary key, account text not null, region text not null, requested_at ${long} not null)`,
  'create index certificate_request_account on certificate_request (account, requested_at)',
];
