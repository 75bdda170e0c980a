import type { Dialect } from '../store.ts';

/** Each run of SetupInstanceHttps, by the id of its operation; `body` is what the history shows of it. */
export const httpsSetups = ({ serial }: Dialect): string[] => [
  `create table https_setup (
    seq ${serial}, id text not null unique, account text not null, region text not null,
    instance text not null, status text not null, body text not null)`,
  'create index https_setup_instance on https_setup (instance, seq)',
];
