import type { Domain } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Context, Handlers } from '../../context.ts';
import { plainName } from '../../dns/names.ts';
import { invalidInput, notFound } from '../../errors.ts';
import { recordOperation, subjectOf } from '../../operations/record.ts';
import { deleteResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { listResources } from '../list.ts';
import { addResource, checkQuota, getResource, saveResource, textOfResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import { findAliasTarget } from './aliases.ts';
import { domain } from './noun.ts';
import { checkBeside, checkDomainName, checkEntry, checkLeft, checkRegion, findEntry, type NewEntry } from './rules.ts';
import { newDomain, withEntry, withEntryChanged, withoutEntry } from './view.ts';

/** All is done with the answer: the zones are read at every query. */
const done = (tx: Tx, ctx: Context, body: Domain) =>
  recordOperation(tx, ctx, { type: ctx.operation, subject: subjectOf(body), status: 'Succeeded' });

const getDomain = (tx: Tx, ctx: Context, name: string) => getResource(tx, ctx.scope, domain, plainName(name));

/** Throws InvalidInputException when an alias leads to nothing of the account. */
const checkAliasTarget = async (tx: Tx, ctx: Context, { isAlias, target }: NewEntry): Promise<void> => {
  if (!isAlias || (await findAliasTarget(tx, ctx.scope.account, target)) !== undefined) return;
  throw invalidInput(`This account has no load balancer with the DNS name ${target}.`);
};

export const domains = {
  async CreateDomain(ctx, { domainName, tags }) {
    checkRegion(ctx.scope);
    const id = ctx.ids.uuid();
    const body = newDomain(ctx, { id, name: checkDomainName(domainName), tags: checkTags(tags) });
    return ctx.write(async (tx) => {
      await checkQuota(tx, ctx, 'Domain', 'DNS zones', ctx.catalogue.quota('dnsZonesPerAccount'));
      await addResource(tx, ctx, domain, id, body, {});
      return { operation: await done(tx, ctx, body) };
    });
  },

  async GetDomain(ctx, { domainName }) {
    checkRegion(ctx.scope);
    return ctx.read(async (tx) => ({
      domain: raw<Domain>(await textOfResource(tx, ctx.scope, domain, plainName(domainName))),
    }));
  },

  async GetDomains(ctx, { pageToken }) {
    checkRegion(ctx.scope);
    const { text, nextPageToken } = await listResources(ctx, 'Domain', pageToken);
    return { domains: raw<Domain[]>(`[${text}]`), nextPageToken };
  },

  /** F280: its entries go with it. */
  async DeleteDomain(ctx, { domainName }) {
    checkRegion(ctx.scope);
    return ctx.write(async (tx) => {
      const { row, body } = await getDomain(tx, ctx, domainName);
      await deleteResource(tx, row);
      return { operation: await done(tx, ctx, body) };
    });
  },

  async CreateDomainEntry(ctx, { domainName, domainEntry }) {
    checkRegion(ctx.scope);
    return ctx.write(async (tx) => {
      const found = await getDomain(tx, ctx, domainName);
      const entry = checkEntry(found.row.name, domainEntry);
      checkBeside(found.body.domainEntries ?? [], entry);
      await checkAliasTarget(tx, ctx, entry);
      await saveResource(tx, domain, found, withEntry(ctx, found.body, entry), found.inner);
      return { operation: await done(tx, ctx, found.body) };
    });
  },

  /** F278: the entry with the id becomes what the request says, wholly. */
  async UpdateDomainEntry(ctx, { domainName, domainEntry }) {
    checkRegion(ctx.scope);
    return ctx.write(async (tx) => {
      const found = await getDomain(tx, ctx, domainName);
      const { id } = domainEntry;
      if (id === undefined) throw invalidInput('The entry to update is named by its id.', 'GetDomain shows the ids.');
      const entries = found.body.domainEntries ?? [];
      const others = entries.filter((each) => each.id !== id);
      if (others.length === entries.length) throw notFound('DomainEntry');
      const entry = checkEntry(found.row.name, domainEntry);
      checkBeside(others, entry);
      checkLeft(found.row.name, [...others, entry]);
      await checkAliasTarget(tx, ctx, entry);
      await saveResource(tx, domain, found, withEntryChanged(found.body, id, entry), found.inner);
      return { operations: [await done(tx, ctx, found.body)] };
    });
  },

  async DeleteDomainEntry(ctx, { domainName, domainEntry }) {
    checkRegion(ctx.scope);
    return ctx.write(async (tx) => {
      const found = await getDomain(tx, ctx, domainName);
      const { id = '' } = findEntry(found.body.domainEntries ?? [], domainEntry);
      const left = withoutEntry(found.body, id);
      checkLeft(found.row.name, left.domainEntries ?? []);
      await saveResource(tx, domain, found, left, found.inner);
      return { operation: await done(tx, ctx, found.body) };
    });
  },
} satisfies Handlers<
  | 'CreateDomain'
  | 'GetDomain'
  | 'GetDomains'
  | 'DeleteDomain'
  | 'CreateDomainEntry'
  | 'UpdateDomainEntry'
  | 'DeleteDomainEntry'
>;
