import { Resolver } from 'node:dns/promises';

/** Looks up the CNAME records of a name; rejects when there are none. */
export type ResolveCname = (name: string) => Promise<readonly string[]>;

/** A record that the owner of a domain is to publish, as DomainValidationRecord shows it. */
export interface ProofRecord {
  readonly name: string;
  readonly value: string;
}

export interface DomainProof {
  /** Whether the record can be found. */
  holds(record: ProofRecord): Promise<boolean>;
}

/** Who owns a domain is proved by a record in DNS: only the owner can publish it. A lookup that fails proves nothing. */
export const proofByDns = (resolveCname: ResolveCname): DomainProof => ({
  async holds({ name, value }) {
    const found = await resolveCname(plain(name)).catch(() => []);
    return found.some((target) => plain(target) === plain(value));
  },
});

/** For machines that are simulated: every domain counts as the caller's own, so that nobody needs a zone to go on. */
export const proofByWord: DomainProof = { holds: async () => true };

const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** DNS as this machine asks it, or the server at `address` (`192.0.2.1` or `192.0.2.1:5353`). */
export const resolverOf = (address?: string): ResolveCname => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (address !== undefined) resolver.setServers([address]);
  return (name) => resolver.resolveCname(name);
};
