import type { Scope } from '../../context.ts';
import type { Tx } from '../store.ts';

/** Whose a top-level subdomain is; `expiresAt` in ms, null while the account has subdomains there. */
export interface Label {
  readonly account: string;
  readonly expiresAt: number | null;
}

/** Undefined when it is nobody's at `now` (ms). */
export const findLabel = (tx: Tx, label: string, now: number): Promise<Label | undefined> =>
  tx.get<Label>(
    `select account, expires_at as "expiresAt" from subdomain_label
     where label = ? and (expires_at is null or expires_at > ?)`,
    label,
    now,
  );

/** Takes it, until `expiresAt` or for good. Answers false, and changes nothing, when it is another account's at `now` (ms). */
export const takeLabel = async (
  tx: Tx,
  { account, region }: Scope,
  label: string,
  now: number,
  expiresAt: number | null,
): Promise<boolean> =>
  (await tx.run(
    `insert into subdomain_label (label, account, region, expires_at) values (?, ?, ?, ?)
     on conflict (label) do update set account = excluded.account, region = excluded.region, expires_at = excluded.expires_at
     where subdomain_label.account = excluded.account or subdomain_label.expires_at <= ?`,
    label,
    account,
    region,
    expiresAt,
    now,
  )) > 0;

export const dropLabel = async (tx: Tx, label: string): Promise<void> => {
  await tx.run('delete from subdomain_label where label = ?', label);
};

/** Those that are kept for good and have nothing below them; names of subdomains end with `ending`. */
export const idleLabels = async (tx: Tx, ending: string): Promise<readonly string[]> =>
  (
    await tx.all<{ label: string }>(
      `select label from subdomain_label where expires_at is null and not exists (
         select 1 from resource where resource.kind = 'Subdomain' and resource.account = subdomain_label.account
           and (resource.name = label || ? or resource.name like '%.' || label || ?)) order by label`,
      ending,
      ending,
    )
  ).map(({ label }) => label);

/** How many the account has reserved at `now` (ms). Forgets those that are over. */
export const countReservations = async (tx: Tx, account: string, now: number): Promise<number> => {
  await tx.run('delete from subdomain_label where account = ? and expires_at <= ?', account, now);
  const found = await tx.get<{ used: number }>(
    'select count(*) as used from subdomain_label where account = ? and expires_at is not null',
    account,
  );
  return Number(found?.used ?? 0);
};
