import type { Dialect } from '../store.ts';

/**
 * Top-level subdomains, of which there is one each for all accounts. One with an end is reserved until then (ms); one without is
 * the account's for as long as it has subdomains there.
 */
export const subdomainLabels = ({ long }: Dialect): string[] => [
  `create table subdomain_label (
    label text primary key, account text not null, region text not null, expires_at ${long})`,
  'create index subdomain_label_account on subdomain_label (account)',
];
