import { EngineRefusal, type FirewallRule } from '../../machine.ts';
import { cidr } from './addresses.ts';

type Match = (from: number, to: number) => string | undefined;

/** What a protocol is in nft, over IPv4 and over IPv6 (F163-F167). Undefined: it does not exist there, so it opens nothing. */
const protocols: Readonly<Record<string, { readonly v4: Match; readonly v6: Match }>> = {
  tcp: { v4: (from, to) => `tcp dport ${ports(from, to)}`, v6: (from, to) => `tcp dport ${ports(from, to)}` },
  udp: { v4: (from, to) => `udp dport ${ports(from, to)}`, v6: (from, to) => `udp dport ${ports(from, to)}` },
  all: { v4: (from, to) => everything(from, to), v6: (from, to) => everything(from, to) },
  icmp: { v4: (type, code) => message('icmp', 'icmp', type, code), v6: () => undefined },
  icmpv6: { v4: () => undefined, v6: (type, code) => message('icmpv6', 'ipv6-icmp', type, code) },
};

const ports = (from: number, to: number): string => {
  if (![from, to].every((port) => Number.isInteger(port) && port >= 0 && port <= 65_535) || from > to)
    throw new EngineRefusal(`${from} to ${to} is not a range of ports`);
  return from === to ? `${from}` : `${from}-${to}`;
};

/** Every protocol; with fewer than all ports only those that have ports. */
const everything = (from: number, to: number): string =>
  ports(from, to) === '0-65535' ? '' : `meta l4proto { tcp, udp } th dport ${ports(from, to)}`;

const message = (protocol: string, name: string, type: number, code: number): string => {
  if (![type, code].every((value) => Number.isInteger(value) && value >= -1 && value <= 255))
    throw new EngineRefusal(`${type} and ${code} are not an ICMP type and code`);
  if (type === -1) return `meta l4proto ${name}`;
  return `${protocol} type ${type}${code === -1 ? '' : ` ${protocol} code ${code}`}`;
};

/** The statements of a machine's chain. What none of them accepts is dropped. Throws EngineRefusal for what no firewall can hold. */
export const firewallStatements = (rules: readonly FirewallRule[]): string[] => [
  ...rules.flatMap(({ protocol, fromPort, toPort, cidrs, ipv6Cidrs }) => {
    const match = protocols[protocol];
    if (match === undefined) throw new EngineRefusal(`a firewall knows no protocol ${protocol}`);
    return [...opened(4, cidrs, match.v4(fromPort, toPort)), ...opened(6, ipv6Cidrs, match.v6(fromPort, toPort))];
  }),
  'drop',
];

const opened = (version: 4 | 6, cidrs: readonly string[], match: string | undefined): string[] => {
  if (match === undefined || cidrs.length === 0) return [];
  const from = cidrs.map((text) => cidr(text, version));
  const who = from.some((text) => text.endsWith('/0'))
    ? `meta nfproto ipv${version}`
    : `${version === 4 ? 'ip' : 'ip6'} saddr { ${from.join(', ')} }`;
  return [[who, match, 'accept'].filter((part) => part !== '').join(' ')];
};
