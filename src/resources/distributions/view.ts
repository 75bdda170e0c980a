import type { LightsailDistribution } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { ownDomain } from '../../network.ts';
import { mayChangeInCycle } from '../costs/billing-cycle.ts';
import { identity } from '../resource.ts';
import type { DistributionResource } from './noun.ts';

export type NewDistribution = { readonly id: string; readonly name: string } & Pick<
  LightsailDistribution,
  | 'bundleId'
  | 'cacheBehaviorSettings'
  | 'cacheBehaviors'
  | 'customErrorResponses'
  | 'defaultCacheBehavior'
  | 'defaultRootObject'
  | 'ipAddressType'
  | 'tags'
  | 'viewerMinimumTlsProtocolVersion'
  | 'waf'
>;

/** The distribution as it is when it was just asked for, but for its origin, its certificate and its subdomain (F370). */
export const newDistribution = (ctx: Context, { id, name, ...settings }: NewDistribution): LightsailDistribution => {
  const { account } = ctx.scope;
  const hex = id.replaceAll('-', '');
  return {
    ...identity(ctx, 'Distribution', id, name, 'all'),
    ...settings,
    alternativeDomainNames: [],
    domainName: `d${hex.slice(0, 13)}.cloudfront.${ownDomain}`,
    isEnabled: true,
    status: 'InProgress',
    supportCode: `${account}/arn:aws:cloudfront::${account}:distribution/E${hex.slice(0, 13).toUpperCase()}`,
  };
};

export const distributionNames = new RegExp(`^d[0-9a-f]{13}\\.cloudfront\\.${ownDomain}$`);

/** As it goes out: whether the bundle may change goes by the clock (F363), and some settings are only for who asks for it by name. */
export const shown = ({ body, inner }: DistributionResource, now: number, byName: boolean): LightsailDistribution => {
  const { defaultRootObject, customErrorResponses, ...rest } = body;
  return {
    ...rest,
    ...(byName ? { defaultRootObject, customErrorResponses } : {}),
    ableToUpdateBundle: mayChangeInCycle(inner.bundleChangedAt, now),
  };
};

/** What the service itself takes when nobody says which. */
const usualTls = 'TLSv1.2_2021';

/** HTTPS for the names of a certificate, which are the alternative ones (F368). */
export const withCertificate = (
  body: LightsailDistribution,
  certificateName: string,
  names: readonly string[],
): LightsailDistribution => ({
  ...body,
  certificateName,
  alternativeDomainNames: [...names],
  viewerMinimumTlsProtocolVersion: body.viewerMinimumTlsProtocolVersion ?? usualTls,
});

/** F369 */
export const withoutCertificate = ({
  certificateName: _gone,
  ...body
}: LightsailDistribution): LightsailDistribution => ({
  ...body,
  alternativeDomainNames: [],
});
