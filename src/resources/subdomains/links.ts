import type { LightsailDistribution, Subdomain, SubdomainAttachableResource } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Scope } from '../../context.ts';
import { findById, findResource, type ResourceRow, rowsOfKind } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { type DistributionInner, type DistributionResource, distribution } from '../distributions/noun.ts';
import { arnOf, readResource, saveResource } from '../resource.ts';
import { type SubdomainInner, type SubdomainResource, subdomain } from './noun.ts';
import { fqdnOf } from './rules.ts';

/** Undefined when the account has none of that name. */
export const findSubdomain = async (tx: Tx, scope: Scope, name: string): Promise<SubdomainResource | undefined> => {
  const row = await findResource(tx, scope, 'Subdomain', fqdnOf(name));
  return row && readResource<Subdomain, SubdomainInner>(row);
};

/** All of the account, oldest first, with their places in the table. */
export const subdomainsOf = async (tx: Tx, scope: Scope) =>
  (await rowsOfKind(tx, scope, 'Subdomain')).map((row) => ({
    ...readResource<Subdomain, SubdomainInner>(row),
    seq: row.seq,
  }));

export const saveSubdomain = (tx: Tx, found: SubdomainResource, body: Subdomain, inner = found.inner) =>
  saveResource(tx, subdomain, found, body, inner);

/** The id that an ARN ends with. */
export const idIn = (arn = ''): string => arn.slice(arn.lastIndexOf('/') + 1);

/** Undefined once the distribution was deleted. */
export const distributionOf = async (
  tx: Tx,
  resource: SubdomainAttachableResource | undefined,
): Promise<DistributionResource | undefined> => {
  const row = resource && (await findById(tx, idIn(resource.arn)));
  return row && readResource<LightsailDistribution, DistributionInner>(row);
};

/** Writes into the distribution's row which subdomain it has, if any. */
export const saveOnDistribution = (
  tx: Tx,
  found: DistributionResource,
  shown: LightsailDistribution['subdomain'],
): Promise<unknown> => saveResource(tx, distribution, found, { ...found.body, subdomain: shown }, found.inner);

/** Both ends show that the subdomain is on its way to the distribution. */
export const beginAttaching = async (
  tx: Tx,
  found: SubdomainResource,
  onto: DistributionResource,
  state: 'ATTACHING' | 'TRANSFERRING',
): Promise<SubdomainResource> => {
  const { arn, name } = onto.body;
  await saveOnDistribution(tx, onto, { name: found.body.subdomainName ?? '', state: 'Attaching' });
  return saveSubdomain(tx, found, { ...found.body, state, attachingResource: { arn, name } });
};

/** The subdomain has arrived where it was on its way to, or has left, at `now` (ms). Answers with the distribution that it was taken from. */
export const arrive = async (
  tx: Tx,
  found: SubdomainResource,
  now: number,
): Promise<DistributionResource | undefined> => {
  const { attachingResource, attachedResource, ...body } = found.body;
  if (body.state === 'DETACHING') {
    await saveSubdomain(tx, found, { ...body, state: 'UNATTACHED' });
    return undefined;
  }
  const onto = await distributionOf(tx, attachingResource);
  if (onto !== undefined) await saveOnDistribution(tx, onto, { name: body.subdomainName ?? '', state: 'Attached' });
  const from = await distributionOf(tx, attachedResource);
  if (from !== undefined) await saveOnDistribution(tx, from, undefined);
  const arrived: Subdomain = {
    ...body,
    state: 'ATTACHED',
    attachedResource: { ...attachingResource, attachedAt: seconds(now) },
  };
  await saveSubdomain(tx, found, arrived, body.state === 'TRANSFERRING' ? { transferredAt: now } : found.inner);
  return from;
};

/** The subdomain is where it was before it was to go elsewhere, unless another has taken its place there. */
export const goBack = async (tx: Tx, found: SubdomainResource): Promise<void> => {
  const { attachingResource, attachedResource, ...body } = found.body;
  const onto = await distributionOf(tx, attachingResource);
  if (onto !== undefined) await saveOnDistribution(tx, onto, undefined);
  const from = await distributionOf(tx, attachedResource);
  const name = body.subdomainName ?? '';
  const { name: other = name, state } = from?.body.subdomain ?? {};
  const isBack = from !== undefined && (other === name || state === 'Error');
  if (isBack) await saveOnDistribution(tx, from, { name, state: 'Attached' });
  await saveSubdomain(
    tx,
    found,
    isBack ? { ...body, attachedResource, state: 'ATTACHED' } : { ...body, state: 'UNATTACHED' },
  );
};

/** For a distribution that is being deleted: its subdomain stays the account's, and leads to nothing, or to where it is transferred. */
export const leaveSubdomains = async (tx: Tx, leaving: ResourceRow): Promise<void> => {
  const arn = arnOf(leaving, 'Distribution', leaving.id);
  for (const found of await subdomainsOf(tx, leaving)) {
    const { attachingResource: to, attachedResource: from, ...body } = found.body;
    if (to?.arn !== arn && from?.arn !== arn) continue;
    const [next, last] = [to?.arn === arn ? undefined : to, from?.arn === arn ? undefined : from];
    await saveSubdomain(tx, found, {
      ...body,
      ...(next && { attachingResource: next }),
      ...(last && { attachedResource: last }),
      state: next ? 'ATTACHING' : last ? 'ATTACHED' : 'UNATTACHED',
    });
  }
};
