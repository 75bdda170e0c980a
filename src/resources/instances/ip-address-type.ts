import type {
  Instance,
  IpAddressType,
  ResourceType,
  SetIpAddressTypeRequest,
  SetIpAddressTypeResult,
} from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { invalidInput, notFound } from '../../errors.ts';
import type { Tx } from '../../store/store.ts';
import { changeBalancerAddressType } from '../load-balancers/attributes.ts';
import { firewallDefaults } from '../ports/view.ts';
import { getResource, saveResource } from '../resource.ts';
import { givePublicAddress, ipv6Of } from './addresses.ts';
import { instance } from './noun.ts';
import { beginForInstance } from './record.ts';
import { checkState } from './rules.ts';
import { setAddresses } from './tasks.ts';

/** F156, F547: the enum has every kind, three are allowed. */
const kinds: readonly ResourceType[] = ['Distribution', 'Instance', 'LoadBalancer'];

/** SetIpAddressType: dual-stack, IPv4 only (F157), or IPv6 only: for an instance with another bundle. */
export const changeIpAddressType = (
  ctx: Context,
  { resourceType, resourceName, ipAddressType, acceptBundleUpdate }: SetIpAddressTypeRequest,
): Promise<SetIpAddressTypeResult> => {
  if (!kinds.includes(resourceType)) {
    throw invalidInput(
      `The IP address type of a ${resourceType} cannot be set.`,
      `It can be set for ${kinds.join(', ')}.`,
    );
  }
  if (resourceType === 'LoadBalancer') return changeBalancerAddressType(ctx, resourceName, ipAddressType);
  return ctx.write(async (tx) => {
    if (resourceType !== 'Instance') throw notFound(resourceType);
    const found = await getResource(tx, ctx.scope, instance, resourceName);
    const { row, body, inner } = found;
    checkState(body, 'given another IP address type');
    if (ipAddressType === 'ipv6' && inner.staticIp !== undefined) {
      throw invalidInput(
        `The Instance ${resourceName} has the StaticIp ${inner.staticIp}.`,
        'Detach it before the instance loses IPv4.',
      );
    }
    const bundleId = bundleFor(ctx, body, ipAddressType, acceptBundleUpdate ?? false);
    const publicIpAddress = await publicAddressFor(tx, ctx, row.id, body, ipAddressType);
    const changed: Instance = {
      ...body,
      bundleId,
      ipAddressType,
      publicIpAddress,
      ipv6Addresses: ipv6Of(ctx, row.id, ipAddressType),
      networking: {
        ...body.networking,
        ports: (body.networking?.ports ?? []).map((port) => firewallDefaults(port, ipAddressType)),
      },
    };
    await saveResource(tx, instance, found, changed, inner, ctx);
    return { operations: [await beginForInstance(tx, ctx, found, 'SetIpAddressType', setAddresses, {})] };
  });
};

/** To and from IPv6 only, the bundle changes to its twin, and only with the caller's word for it. */
const bundleFor = (ctx: Context, body: Instance, type: IpAddressType, accepted: boolean): string => {
  const bundle = ctx.catalogue.bundle(body.bundleId ?? '');
  const count = type === 'ipv6' ? 0 : 1;
  if (bundle === undefined || bundle.publicIpv4AddressCount === count) return body.bundleId ?? '';
  const twin = ctx.catalogue.twin(bundle);
  if (twin === undefined)
    throw invalidInput(`The bundle ${bundle.bundleId} has no counterpart for the IP address type ${type}.`);
  if (accepted) return twin.bundleId;
  throw invalidInput(
    `The IP address type ${type} needs the bundle ${twin.bundleId}, and the Instance ${body.name} has ${bundle.bundleId}.`,
    'Send acceptBundleUpdate to change the bundle too.',
  );
};

/** A running instance gains or loses its public IPv4 address at once; a stopped one has none but a static one. */
const publicAddressFor = async (tx: Tx, ctx: Context, id: string, body: Instance, type: IpAddressType) => {
  if (type === 'ipv6') return undefined;
  return body.publicIpAddress ?? (body.state?.name === 'running' ? givePublicAddress(tx, ctx, id) : undefined);
};
