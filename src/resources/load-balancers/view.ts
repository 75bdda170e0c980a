import type { InstanceHealthReason, InstanceHealthState, LoadBalancer, Tag } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { ownDomain } from '../../network.ts';
import { identity } from '../resource.ts';
import type { LoadBalancerInner, Target } from './noun.ts';

export interface NewLoadBalancer {
  readonly id: string;
  readonly name: string;
  readonly instancePort: number;
  readonly healthCheckPath: string;
  readonly ipAddressType: NonNullable<LoadBalancer['ipAddressType']>;
  readonly tlsPolicyName: string;
  readonly tags: readonly Tag[];
}

/** A day, as the service's own examples show it. */
const cookieSeconds = 86_400;

/** The LoadBalancer as it goes out right after it was asked for (F285, F288, F291-F296). */
export const newLoadBalancer = (ctx: Context, { id, name, ...settings }: NewLoadBalancer): LoadBalancer => {
  const hex = id.replaceAll('-', '');
  const number = ctx.ids.bytes(4).readUInt32BE().toString().padStart(10, '1');
  const { account, region } = ctx.scope;
  return withOptions({
    ...identity(ctx, 'LoadBalancer', id, name, 'all'),
    ...settings,
    configurationOptions: {
      SessionStickinessEnabled: 'false',
      SessionStickiness_LB_CookieDurationSeconds: `${cookieSeconds}`,
    },
    dnsName: `${hex}-${number}.${region}.elb.${ownDomain}`,
    httpsRedirectionEnabled: false,
    instanceHealthSummary: [],
    protocol: 'HTTP',
    publicPorts: [80],
    state: 'provisioning',
    supportCode: `${account}/arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/app/${hex}/${hex.slice(0, 16)}`,
    tlsCertificateSummaries: [],
  });
};

/** Some settings are shown twice: as members, and in the map of options (F295). */
export const withOptions = (body: LoadBalancer): LoadBalancer => ({
  ...body,
  configurationOptions: {
    ...body.configurationOptions,
    HealthCheckPath: body.healthCheckPath ?? '/',
    HttpsRedirectionEnabled: `${body.httpsRedirectionEnabled ?? false}`,
    TlsPolicyName: body.tlsPolicyName ?? '',
  },
});

/** HTTPS comes with the certificate that is attached and goes with it, and the redirection to it too (F292, F293). */
export const withCertificates = (
  body: LoadBalancer,
  tlsCertificateSummaries: NonNullable<LoadBalancer['tlsCertificateSummaries']>,
): LoadBalancer => {
  const https = tlsCertificateSummaries.some(({ isAttached }) => isAttached);
  return withOptions({
    ...body,
    tlsCertificateSummaries,
    httpsRedirectionEnabled: https && (body.httpsRedirectionEnabled ?? false),
    protocol: https ? 'HTTP_HTTPS' : 'HTTP',
    publicPorts: https ? [80, 443] : [80],
  });
};

/** The health of one target; undefined when the load balancer does not have it. */
export const healthOf = (body: LoadBalancer, instanceName: string): InstanceHealthState | undefined =>
  body.instanceHealthSummary?.find((summary) => summary.instanceName === instanceName)?.instanceHealth;

/** With another health of one target. A reason is shown unless it is healthy (F301). */
export const withHealth = (
  body: LoadBalancer,
  instanceName: string,
  instanceHealth: InstanceHealthState,
  instanceHealthReason?: InstanceHealthReason,
): LoadBalancer => ({
  ...body,
  instanceHealthSummary: (body.instanceHealthSummary ?? []).map((summary) =>
    summary.instanceName === instanceName ? { instanceName, instanceHealth, instanceHealthReason } : summary,
  ),
});

/** A load balancer and what is known of it, which change together. */
export interface Parts {
  readonly body: LoadBalancer;
  readonly inner: LoadBalancerInner;
}

/** A target that is new is being registered (F302). */
export const withTarget = ({ body, inner }: Parts, target: Target): Parts => ({
  body: {
    ...body,
    instanceHealthSummary: [
      ...(body.instanceHealthSummary ?? []),
      {
        instanceName: target.name,
        instanceHealth: 'initial',
        instanceHealthReason: 'Lb.RegistrationInProgress',
      },
    ],
  },
  inner: { ...inner, targets: [...inner.targets, target] },
});

export const withoutTarget = ({ body, inner }: Parts, { id, name }: Target): Parts => ({
  body: {
    ...body,
    instanceHealthSummary: (body.instanceHealthSummary ?? []).filter(({ instanceName }) => instanceName !== name),
  },
  inner: { ...inner, targets: inner.targets.filter((target) => target.id !== id) },
});
