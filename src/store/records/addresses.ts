import type { Ids } from '../../ids.ts';
import type { Tx } from '../store.ts';

/** A run of IPv4 addresses to give away: `first` as a number, `size` of them. `name` keeps pools with equal ranges apart. */
export interface Pool {
  readonly name: string;
  readonly first: number;
  readonly size: number;
}

const probes = 8;

/**
 * Gives `owner` a free address of the pool, chosen by chance: at any fill that leaves room it takes a few index look-ups, and a full
 * pool is searched once for the gap. Never `except`. Answers undefined when there is none left.
 */
export const allocateAddress = async (
  tx: Tx,
  ids: Ids,
  pool: Pool,
  owner: string,
  except?: string,
): Promise<string | undefined> => {
  const take = async (address: number): Promise<boolean> =>
    formatAddress(address) !== except &&
    (await tx.run(
      'insert into address (pool, address, owner) values (?, ?, ?) on conflict (pool, address) do nothing',
      pool.name,
      address,
      owner,
    )) === 1;
  for (let i = 0; i < probes; i++) {
    const address = pool.first + (ids.bytes(4).readUInt32BE() % pool.size);
    if (await take(address)) return formatAddress(address);
  }
  for (let address = pool.first; ; address++) {
    const gap = await firstFree(tx, pool, address);
    if (gap >= pool.first + pool.size) return undefined;
    if (await take(gap)) return formatAddress(gap);
    address = gap;
  }
};

/** The lowest free address from `from` on: the end of the run of taken ones. */
const firstFree = async (tx: Tx, pool: Pool, from: number): Promise<number> => {
  const taken = await tx.get('select 1 as taken from address where pool = ? and address = ?', pool.name, from);
  if (taken === undefined) return from;
  const row = await tx.get<{ address: number }>(
    `select a.address + 1 as address from address a
     where a.pool = ? and a.address >= ? and not exists (select 1 from address b where b.pool = a.pool and b.address = a.address + 1)
     order by a.address limit 1`,
    pool.name,
    from,
  );
  return row?.address ?? from;
};

/** Releases what the owner has of one pool, but for `kept`. */
export const releaseAddressesBut = async (tx: Tx, pool: string, owner: string, kept?: string): Promise<void> => {
  const address = kept === undefined ? -1 : parseAddress(kept);
  await tx.run('delete from address where owner = ? and pool = ? and address <> ?', owner, pool, address);
};

/** What belonged to `owner` is `heir`'s from now on. */
export const passAddresses = async (tx: Tx, owner: string, heir: string): Promise<void> => {
  await tx.run('update address set owner = ? where owner = ?', heir, owner);
};

export const releaseAddressesOf = async (tx: Tx, owner: string): Promise<void> => {
  await tx.run('delete from address where owner = ?', owner);
};

export const parseAddress = (text: string): number =>
  text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);

export const formatAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
