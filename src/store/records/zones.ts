import type { Tx } from '../store.ts';

export interface ZoneRow {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly body: string;
}

/** The zones that have one of the names, of all accounts, the oldest first. */
export const findZones = (tx: Tx, names: readonly string[]): Promise<readonly ZoneRow[]> =>
  tx.all<ZoneRow>(
    `select id, account, name, body from resource
     where kind = 'Domain' and name in (${names.map(() => '?').join(', ')}) order by seq`,
    ...names,
  );
