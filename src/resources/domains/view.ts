import type { Domain, DomainEntry, Tag } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { ownDomain } from '../../network.ts';
import { identity } from '../resource.ts';
import type { NewEntry } from './rules.ts';

/** Two, as registrars ask for, both of this Lateen. */
const nameServers = [1, 2].map((number) => `ns-${number}.dns.${ownDomain}.`);

/** Serial, refresh, retry, expire and what negative answers are kept for, as the service's own zones have them. */
const soa = `${nameServers[0]} hostmaster.${ownDomain}. 1 7200 900 1209600 86400`;

export interface NewDomain {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly Tag[];
}

/**
 * The Domain as it goes out right after it was asked for, with the records that every zone begins with. It tells nothing of a
 * delegation: that is for domains registered with the service, and Lateen registers none (F271).
 */
export const newDomain = (ctx: Context, { id, name, tags }: NewDomain): Domain => {
  const bare: Domain = {
    ...identity(ctx, 'Domain', id, name, 'all'),
    supportCode: `${ctx.scope.account}/arn:aws:route53:::hostedzone/Z${id.replaceAll('-', '').slice(0, 20).toUpperCase()}`,
    tags: [...tags],
    domainEntries: [],
  };
  const begun = nameServers.reduce(
    (body, target) => withEntry(ctx, body, { name, target, type: 'NS', isAlias: false }),
    bare,
  );
  return withEntry(ctx, begun, { name, target: soa, type: 'SOA', isAlias: false });
};

const entriesOf = ({ domainEntries = [] }: Domain): readonly DomainEntry[] => domainEntries;

export const withEntry = (ctx: Context, body: Domain, entry: NewEntry): Domain => {
  const ids = new Set(entriesOf(body).map(({ id }) => id));
  return { ...body, domainEntries: [...entriesOf(body), { id: newId(ctx, ids), ...entry }] };
};

/** In the place of the one with the id, which it keeps. */
export const withEntryChanged = (body: Domain, id: string, entry: NewEntry): Domain => ({
  ...body,
  domainEntries: entriesOf(body).map((each) => (each.id === id ? { id, ...entry } : each)),
});

export const withoutEntry = (body: Domain, id: string): Domain => ({
  ...body,
  domainEntries: entriesOf(body).filter((each) => each.id !== id),
});

/** A whole number of 32 bits with its sign, as the service's ids of entries are (F277). */
const newId = (ctx: Context, taken: ReadonlySet<string | undefined>): string => {
  for (;;) {
    const id = `${ctx.ids.bytes(4).readInt32BE()}`;
    if (!taken.has(id)) return id;
  }
};
