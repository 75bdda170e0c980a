import { Resolver } from 'node:dns/promises';
import { plainName } from '../dns/names.ts';

/** Looks up the IPv4 addresses of a plain name for an account; rejects or finds nothing when there are none. */
export type FindAddresses = (name: string, account: string) => Promise<readonly string[]>;

export interface DomainPointing {
  /** Whether the name leads to the IPv4 address. Throws when nobody can say: then asking again may help. */
  leadsTo(name: string, address: string, account: string): Promise<boolean>;
}

/** How DNS says that there is nothing under a name. */
const nothing: readonly (string | undefined)[] = ['ENOTFOUND', 'ENODATA'];

/** By the A records that are published. The places are asked one after the other. */
export const pointingByDns = (...places: readonly FindAddresses[]): DomainPointing => ({
  async leadsTo(name, address, account) {
    for (const find of places) {
      const found = await find(plainName(name), account).catch((error: NodeJS.ErrnoException): readonly string[] => {
        if (nothing.includes(error.code)) return [];
        throw error;
      });
      if (found.includes(address)) return true;
    }
    return false;
  },
});

/** For machines that are simulated: the caller's word is enough. */
export const pointingByWord: DomainPointing = { leadsTo: async () => true };

/** DNS as this machine asks it, or the server at `address` (`192.0.2.1` or `192.0.2.1:5353`). */
export const addressesAt = (address?: string): FindAddresses => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (address !== undefined) resolver.setServers([address]);
  return (name) => resolver.resolve4(name);
};
