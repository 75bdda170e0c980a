import { serialize } from '../../api/serialize.ts';
import type { Context } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { deleteResource, insertResource, type ResourceRow } from '../../store/records/resources.ts';
import { dropLabel, takeLabel } from '../../store/records/subdomain-labels.ts';
import type { Tx } from '../../store/store.ts';
import { checkQuota } from '../resource.ts';
import { subdomainsOf } from './links.ts';
import { type SubdomainInner, type SubdomainResource, subdomain } from './noun.ts';
import { fqdnOf, isReserved, labelOf } from './rules.ts';
import { type NewSubdomain, newSubdomain } from './view.ts';

const taken = (name: string): Error =>
  invalidInput(`The subdomain ${name} is not available.`, 'CheckSubdomainAvailability says which names are.');

/** Adds a subdomain, and keeps its top level for the account. Throws InvalidInputException when it is not to be had. */
export const addSubdomain = async (
  tx: Tx,
  ctx: Pick<Context, 'scope' | 'clock' | 'catalogue'>,
  order: NewSubdomain,
): Promise<SubdomainResource> => {
  const { id, name } = order;
  const { scope } = ctx;
  const now = ctx.clock.now();
  await checkQuota(tx, ctx, 'Subdomain', 'Subdomains', ctx.catalogue.quota('subdomainsPerAccount'));
  if (isReserved(name) || !(await takeLabel(tx, scope, labelOf(name), now, null))) throw taken(name);
  const body = newSubdomain(scope, now, order);
  const inner: SubdomainInner = {};
  const row: ResourceRow = {
    id,
    ...{ account: scope.account, region: scope.region },
    kind: subdomain.kind,
    name: fqdnOf(name),
    state: subdomain.state(body, inner),
    createdAt: now,
    body: serialize(subdomain.shape, body),
    inner: JSON.stringify(inner),
  };
  if (!(await insertResource(tx, row))) throw taken(name);
  return { row, body, inner };
};

/** Deletes the row. The top level is anybody's again when the account has nothing left there; otherwise what is left is the answer. */
export const removeSubdomain = async (
  tx: Tx,
  { row, body }: SubdomainResource,
): Promise<readonly SubdomainResource[]> => {
  await deleteResource(tx, row);
  const label = labelOf(body.subdomainName ?? '');
  const left = (await subdomainsOf(tx, row)).filter((other) => labelOf(other.body.subdomainName ?? '') === label);
  if (left.length === 0) await dropLabel(tx, label);
  return left;
};
