import type { Tx } from '../store.ts';

/** What a resource was charged by until `at` (ms), from the change before or from its beginning. */
export interface PriceChange {
  readonly at: number;
  readonly basis: string;
}

/** Of two changes at once the first one tells what was before. */
export const insertPriceChange = async (tx: Tx, resource: string, { at, basis }: PriceChange): Promise<void> => {
  await tx.run(
    'insert into price_change (resource, at, basis) values (?, ?, ?) on conflict (resource, at) do nothing',
    resource,
    at,
    basis,
  );
};

/** Oldest first. */
export const priceChangesOf = (tx: Tx, resource: string): Promise<readonly PriceChange[]> =>
  tx.all<PriceChange>('select at, basis from price_change where resource = ? order by at', resource);
