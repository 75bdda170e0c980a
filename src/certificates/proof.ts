import { Resolver } from 'node:dns/promises';
import { plainName } from '../dns/names.ts';

/** Looks up the CNAME records of a plain name for an account; rejects or finds nothing when there are none. */
export type FindCnames = (name: string, account: string) => Promise<readonly string[]>;

/** A record that the owner of a domain is to publish, as DomainValidationRecord shows it. */
export interface ProofRecord {
  readonly name: string;
  readonly value: string;
}

export interface DomainProof {
  /** Whether the record that the account is to publish can be found. */
  holds(record: ProofRecord, account: string): Promise<boolean>;
}

/**
 * Who owns a domain is proved by a record in DNS: only the owner can publish it. The places are asked one after the other, and
 * a lookup that fails proves nothing.
 */
export const proofByDns = (...places: readonly FindCnames[]): DomainProof => ({
  async holds({ name, value }, account) {
    for (const find of places) {
      const found = await find(plainName(name), account).catch(() => []);
      if (found.some((target) => plainName(target) === plainName(value))) return true;
    }
    return false;
  },
});

/** For machines that are simulated: every domain counts as the caller's own, so that nobody needs a zone to go on. */
export const proofByWord: DomainProof = { holds: async () => true };

/** DNS as this machine asks it, or the server at `address` (`192.0.2.1` or `192.0.2.1:5353`). */
export const resolverOf = (address?: string): FindCnames => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (address !== undefined) resolver.setServers([address]);
  return (name) => resolver.resolveCname(name);
};
