import type { InstancePortInfo, InstancePortState, IpAddressType } from '../../api/generated/types.ts';
import type { FirewallRule } from '../../engines/machine.ts';

/** One opening of an instance's firewall: a protocol and ports, and who may come through. */
export interface Opening {
  readonly protocol: NonNullable<InstancePortInfo['protocol']>;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrs: readonly string[];
  readonly ipv6Cidrs: readonly string[];
  readonly cidrListAliases: readonly string[];
}

export const anyIpv4 = '0.0.0.0/0';
export const anyIpv6 = '::/0';

/** What an opening without addresses means: everyone, over the protocols that the instance speaks. */
export const everyone = (
  type: IpAddressType | undefined,
): Pick<Opening, 'cidrs' | 'ipv6Cidrs' | 'cidrListAliases'> => ({
  cidrs: type === 'ipv6' ? [] : [anyIpv4],
  ipv6Cidrs: type === 'ipv4' ? [] : [anyIpv6],
  cidrListAliases: [],
});

/** A port as networking.ports of an Instance shows it (F173-F177). */
export const portInfoOf = (opening: Opening): InstancePortInfo => ({
  accessDirection: 'inbound',
  accessFrom:
    opening.cidrs.includes(anyIpv4) || opening.ipv6Cidrs.includes(anyIpv6) ? 'Anywhere (0.0.0.0/0)' : 'Custom',
  // F174, F543: the enum says Public, the service sends public, and clients have only ever seen that.
  accessType: 'public' as never,
  cidrListAliases: [...opening.cidrListAliases],
  cidrs: [...opening.cidrs],
  commonName: '',
  fromPort: opening.fromPort,
  ipv6Cidrs: opening.ipv6Cidrs.length === 0 ? undefined : [...opening.ipv6Cidrs],
  protocol: opening.protocol,
  toPort: opening.toPort,
});

/** A port that a blueprint opens for everyone. */
export const openedPort = (
  port: { protocol: string; fromPort: number; toPort: number },
  type: IpAddressType,
): InstancePortInfo => portInfoOf({ ...port, protocol: port.protocol as Opening['protocol'], ...everyone(type) });

export const openingOf = (port: InstancePortInfo): Opening => ({
  protocol: port.protocol ?? 'tcp',
  fromPort: port.fromPort ?? 0,
  toPort: port.toPort ?? 0,
  cidrs: port.cidrs ?? [],
  ipv6Cidrs: port.ipv6Cidrs ?? [],
  cidrListAliases: port.cidrListAliases ?? [],
});

/** A port as GetInstancePortStates shows it: only open ones are listed (F172). */
export const portStateOf = (port: InstancePortInfo): InstancePortState => ({
  cidrListAliases: port.cidrListAliases,
  cidrs: port.cidrs,
  fromPort: port.fromPort,
  ipv6Cidrs: port.ipv6Cidrs ?? [],
  protocol: port.protocol,
  state: 'open',
  toPort: port.toPort,
});

/** What an engine is told. Browser sessions come from Lateen itself, so the alias opens nothing to the network. */
export const firewallOf = (ports: readonly InstancePortInfo[] | undefined): FirewallRule[] =>
  (ports ?? []).map(openingOf).map(({ protocol, fromPort, toPort, cidrs, ipv6Cidrs }) => ({
    protocol,
    fromPort,
    toPort,
    cidrs,
    ipv6Cidrs,
  }));

/** The same port under another IP address type: what was open to everyone stays so, over the protocols that are left. */
export const firewallDefaults = (port: InstancePortInfo, type: IpAddressType): InstancePortInfo => {
  const opening = openingOf(port);
  const toEveryone = opening.cidrs.includes(anyIpv4) || opening.ipv6Cidrs.includes(anyIpv6);
  if (toEveryone) return portInfoOf({ ...opening, ...everyone(type), cidrListAliases: opening.cidrListAliases });
  return portInfoOf({ ...opening, ipv6Cidrs: type === 'ipv4' ? [] : opening.ipv6Cidrs });
};
