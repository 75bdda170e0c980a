import type { Instance, IpAddressType } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { ApiError, invalidInput } from '../../errors.ts';
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

/** One address, the same for an instance's whole life. Throws when it would be the only one, and there is no IPv6. */
export const ipv6Of = (ctx: Context, id: string, type: IpAddressType): string[] | undefined => {
  if (type === 'ipv4') return undefined;
  const region = ctx.catalogue.regions.findIndex(({ name }) => name === ctx.scope.region) + 1;
  const address = ctx.network.ipv6Of(id, region);
  if (address !== undefined) return [address];
  if (type === 'ipv6')
    throw invalidInput('The host of this Lateen has no IPv6.', 'Its operator gives it some with --ipv6-prefix.');
  return undefined;
};

const take = async (tx: Tx, ctx: Context, pool: Pool, id: string, except?: string): Promise<string> => {
  const address = await allocateAddress(tx, ctx.ids, pool, id, except);
  if (address !== undefined) return address;
  throw new ApiError('OperationFailureException', `No address is left in the ${pool.name.split(' ')[0]} network.`, {
    tip: 'Delete instances that are not needed, or ask the operator for a larger pool.',
  });
};
