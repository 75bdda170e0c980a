import type {
  Bucket,
  ContainerService,
  InputOrigin,
  Instance,
  LoadBalancer,
  Origin,
  ResourceType,
} from '../../api/generated/types.ts';
import type { Context, Scope } from '../../context.ts';
import { invalidInput, notFound, wrongState } from '../../errors.ts';
import { ownDomain } from '../../network.ts';
import { findNamed } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { type BucketInner, bucket } from '../buckets/noun.ts';
import { type ContainerServiceInner, containerService } from '../container-services/noun.ts';
import { type InstanceInner, instance } from '../instances/noun.ts';
import { checkState as checkInstance } from '../instances/rules.ts';
import { type LoadBalancerInner, loadBalancer } from '../load-balancers/noun.ts';
import { checkState as checkBalancer } from '../load-balancers/rules.ts';
import { type Noun, type Resource, readResource, saveResource } from '../resource.ts';
import type { OriginInner } from './origin-use.ts';

/** A kind that distributions can have as their origin. */
interface OriginKind<Body extends object, Inner extends OriginInner> {
  readonly noun: Noun<Body, Inner>;
  /** Throws InvalidInputException when this one cannot be an origin as it is. */
  check(found: Resource<Body, Inner>): void;
  /** The name that leads to it (F370). */
  publicDns(found: Resource<Body, Inner>): string;
  /** Whether distributions can be let in where the public is not. */
  readonly hasPrivateAccess: boolean;
}

/** An instance with an address that changes would be lost. */
const instances: OriginKind<Instance, InstanceInner> = {
  noun: instance,
  check({ body, inner }) {
    checkInstance(body, 'made an origin');
    if (inner.staticIp === undefined) {
      throw invalidInput(
        `The Instance ${body.name} has no static IP and cannot be the origin of a distribution.`,
        'AllocateStaticIp and AttachStaticIp give it one.',
      );
    }
  },
  publicDns: ({ row, body }) =>
    `ip-${(body.publicIpAddress ?? '').replaceAll('.', '-')}.${row.region}.compute.${ownDomain}`,
  hasPrivateAccess: false,
};

const balancers: OriginKind<LoadBalancer, LoadBalancerInner> = {
  noun: loadBalancer,
  check: ({ body }) => checkBalancer(body, 'made an origin'),
  publicDns: ({ body }) => body.dnsName ?? '',
  hasPrivateAccess: false,
};

const buckets: OriginKind<Bucket, BucketInner> = {
  noun: bucket,
  check({ row: { name, state } }) {
    if (state !== 'OK') throw wrongState('Bucket', name, 'made an origin', state, ['OK']);
  },
  publicDns: ({ body }) => new URL(body.url ?? '').host,
  hasPrivateAccess: true,
};

const containers: OriginKind<ContainerService, ContainerServiceInner> = {
  noun: containerService,
  check({ row: { name, state } }) {
    if (state !== 'RUNNING') throw wrongState('ContainerService', name, 'made an origin', state, ['RUNNING']);
  },
  publicDns: ({ body }) => new URL(body.url ?? '').host,
  hasPrivateAccess: false,
};

/** F346, and container services, which the user guide names beside them. */
const kinds: Partial<Record<ResourceType, OriginKind<object, OriginInner>>> = {
  Bucket: buckets,
  ContainerService: containers,
  Instance: instances,
  LoadBalancer: balancers,
};

const usualTimeout = 30;

interface FoundOrigin {
  readonly kind: OriginKind<object, OriginInner>;
  readonly found: Resource<object, OriginInner>;
}

const findOrigin = async (tx: Tx, account: string, { name = '', regionName }: Origin): Promise<FoundOrigin> => {
  const row = await findNamed(tx, { account, region: regionName ?? '' }, name);
  if (row === undefined) throw notFound('origin');
  const kind = kinds[row.kind];
  if (kind === undefined) {
    throw invalidInput(
      `A resource of the type ${row.kind} cannot be the origin of a distribution.`,
      `It can be of the type ${Object.keys(kinds).join(' or ')}.`,
    );
  }
  return { kind, found: readResource(row) };
};

/** A request for an origin; what it leaves out stays as it is in `known`. */
export interface OriginOrder {
  readonly given: InputOrigin;
  readonly enablePrivateOriginAccess?: boolean | undefined;
  readonly known?: Origin | undefined;
}

/** The origin as a distribution shows it (F346 to F348). Throws InvalidInputException, and NotFoundException without such a resource. */
export const checkOrigin = async (
  tx: Tx,
  ctx: Context,
  { given, enablePrivateOriginAccess, known }: OriginOrder,
): Promise<{ origin: Origin; originPublicDNS: string }> => {
  const { name = known?.name, regionName = known?.regionName, responseTimeout, protocolPolicy, ipAddressType } = given;
  if (name === undefined || regionName === undefined)
    throw invalidInput('The origin of a distribution needs a name and a regionName.');
  const most = ctx.catalogue.quota('originResponseTimeoutSeconds');
  if (responseTimeout !== undefined && (responseTimeout < 1 || responseTimeout > most))
    throw invalidInput(`The response timeout ${responseTimeout} is not valid: it is 1 to ${most} seconds.`);
  const { kind, found } = await findOrigin(tx, ctx.scope.account, { name, regionName });
  kind.check(found);
  if (enablePrivateOriginAccess && !kind.hasPrivateAccess)
    throw invalidInput(`An origin of the type ${found.row.kind} has no private access.`, 'Only buckets have it.');
  return {
    origin: {
      name,
      resourceType: found.row.kind,
      regionName,
      protocolPolicy: protocolPolicy ?? known?.protocolPolicy ?? 'http-only',
      responseTimeout: responseTimeout ?? known?.responseTimeout ?? usualTimeout,
      ipAddressType: ipAddressType ?? known?.ipAddressType,
      isPrivateOriginAccessEnabled: kind.hasPrivateAccess
        ? (enablePrivateOriginAccess ?? known?.isPrivateOriginAccessEnabled ?? false)
        : undefined,
    },
    originPublicDNS: kind.publicDns(found),
  };
};

/** Writes into the origin's row that it is, or is no longer, the origin of the distribution. */
export const linkOrigin = async (
  tx: Tx,
  { account }: Pick<Scope, 'account'>,
  origin: Origin,
  distribution: string,
  linked: boolean,
): Promise<void> => {
  const { kind, found } = await findOrigin(tx, account, origin);
  const others = (found.inner.distributions ?? []).filter((name) => name !== distribution);
  const distributions = linked ? [...others, distribution] : others;
  await saveResource(tx, kind.noun, found, found.body, {
    ...found.inner,
    distributions: distributions.length === 0 ? undefined : distributions,
  });
};
