import type { Instance, IpAddressType } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { ApiError } from '../../errors.ts';
import { allocateAddress, type Pool } from '../../store/records/addresses.ts';
import type { Tx } from '../../store/store.ts';

/** The members of an Instance that are its addresses. Private ones stay for life; public ones change with every start (F126, F140). */
export type Addresses = Pick<Instance, 'privateIpAddress' | 'publicIpAddress' | 'ipv6Addresses'>;

/** Takes from the pool what the type calls for (F110, F139, F157). Throws OperationFailureException when a pool is empty. */
export const giveAddresses = async (tx: Tx, ctx: Context, id: string, type: IpAddressType): Promise<Addresses> => ({
  privateIpAddress: await take(tx, ctx, ctx.network.privatePool(ctx.scope), id),
  publicIpAddress: type === 'ipv6' ? undefined : await givePublicAddress(tx, ctx, id),
  ipv6Addresses: ipv6Of(ctx, id, type),
});

/** A public address, and never `except`. */
export const givePublicAddress = (tx: Tx, ctx: Context, id: string, except?: string): Promise<string> =>
  take(tx, ctx, ctx.network.publicPool, id, except);

/** One address from the range for documentation, the same for an instance's whole life: half of it is the instance's id. */
export const ipv6Of = (ctx: Context, id: string, type: IpAddressType): string[] | undefined => {
  if (type === 'ipv4') return undefined;
  const groups = id.replaceAll('-', '').toUpperCase().match(/.{4}/g) ?? [];
  const zoneOfRegion = ctx.catalogue.regions.findIndex((region) => region.name === ctx.scope.region) + 1;
  return [['2001', 'DB8', zoneOfRegion.toString(16).toUpperCase(), ...groups.slice(-5).map(withoutZeros)].join(':')];
};

/** The form that the model's pattern asks for: eight groups, none with leading zeros. */
const withoutZeros = (group: string): string => group.replace(/^0+(?=.)/, '');

const take = async (tx: Tx, ctx: Context, pool: Pool, id: string, except?: string): Promise<string> => {
  const address = await allocateAddress(tx, ctx.ids, pool, id, except);
  if (address !== undefined) return address;
  throw new ApiError('OperationFailureException', `No address is left in the ${pool.name.split(' ')[0]} network.`, {
    tip: 'Delete instances that are not needed, or ask the operator for a larger pool.',
  });
};
