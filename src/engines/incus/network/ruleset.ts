import { createHash } from 'node:crypto';
import type { FirewallRule, MetadataService } from '../../machine.ts';
import { address, cidr } from './addresses.ts';
import { firewallStatements } from './firewall.ts';
import { ordinaryAnswers } from './metadata/answer.ts';

/** What the network must know of a machine. */
export interface NetworkedMachine {
  readonly id: string;
  /** Machines of one network (an account in a Region) reach each other at their private addresses, whatever their firewalls say. */
  readonly network: string;
  readonly privateIp?: string | undefined;
  readonly publicIp?: string | undefined;
  readonly ipv6: readonly string[];
  /** The address of its port at the bridge, which the bridge vouches for. Without IPv6 addresses nothing of IPv6 comes from there. */
  readonly mac: string;
  readonly firewall: readonly FirewallRule[];
  readonly metadata: MetadataService;
}

/** Where machines are, and how they get out. */
export interface NetworkPlan {
  readonly bridge: string;
  /** Address of the bridge, and the network that it leads, as 172.26.0.0/16. */
  readonly gateway: string;
  readonly privateCidr: string;
  /** The same in IPv6: a network that is routed here, or one of nobody else's, which machines leave with the host's address. */
  readonly ipv6?: { readonly gateway: string; readonly cidr: string; readonly egress: 'routed' | 'host' } | undefined;
  readonly publicCidr: string;
  /** Where the metadata service listens at the gateway. */
  readonly metadataPort: number;
  /** `public`: connections of a machine leave with its public address, for a pool that is routed here. `host`: with the host's. */
  readonly egress: 'public' | 'host';
  /** TCP ports of the host that machines may connect to, beside names, leases and metadata. */
  readonly hostPorts: readonly number[];
}

/** The addresses that every machine finds its metadata at. */
export const metadataAddresses = { ipv4: '169.254.169.254', ipv6: 'fd00:ec2::254' } as const;

/** Largest hop limit that can be set (the model has no bound; the service of EC2 takes 1 to 64). */
const mostHops = 64;

/** What one machine is in the table. Elements are keyed by `map key`; those of a set have no value. */
export interface Parts {
  readonly network: string;
  readonly chain: string;
  readonly statements: readonly string[];
  readonly elements: ReadonlyMap<string, string | undefined>;
}

/**
 * The table without machines, in place of the one that is there. Public addresses are translated one to one. A firewall judges what comes through
 * a public address, so its place is behind the translation of the source: there a machine that calls another by its public address is
 * seen with its own public one.
 */
export const tableText = (table: string, plan: NetworkPlan): string => {
  const bridge = JSON.stringify(plan.bridge);
  const inside = cidr(plan.privateCidr, 4);
  const gateway = address(plan.gateway, 4);
  const { ipv4, ipv6 } = metadataAddresses;
  const map = (name: string, type: string) => `  map ${name} {\n    type ${type}\n  }`;
  const set = (name: string, type: string) => `  set ${name} {\n    type ${type}\n  }`;
  const chain = (name: string, statements: readonly string[]) =>
    `  chain ${name} {\n${statements.map((line) => `    ${line}\n`).join('')}  }`;
  const metadata6 =
    plan.ipv6 === undefined
      ? []
      : [
          `iifname ${bridge} ip6 daddr ${ipv6} tcp dport 80 dnat ip6 to [${address(plan.ipv6.gateway, 6)}]:${plan.metadataPort}`,
        ];
  const leave6 =
    plan.ipv6?.egress === 'host' ? [`ip6 saddr ${cidr(plan.ipv6.cidr, 6)} oifname != ${bridge} masquerade`] : [];
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    set('known4', 'ipv4_addr'),
    set('known6', 'ipv6_addr'),
    set('macs6', 'ether_addr'),
    map('public4', 'ipv4_addr : ipv4_addr'),
    map('private4', 'ipv4_addr : ipv4_addr'),
    ...['near4', 'guard4', 'hops4'].map((name) => map(name, 'ipv4_addr : verdict')),
    ...['guard6', 'hops6'].map((name) => map(name, 'ipv6_addr : verdict')),
    ...Array.from({ length: mostHops }, (_, index) =>
      chain(`hops-${index + 1}`, [`ip ttl set ${index + 1}`, `ip6 hoplimit set ${index + 1}`]),
    ),
    chain('without6', [
      'type filter hook prerouting priority raw; policy accept;',
      `iifname ${bridge} meta nfproto ipv6 ether saddr != @macs6 drop`,
    ]),
    chain('translate_in', [
      'type nat hook prerouting priority dstnat; policy accept;',
      `iifname ${bridge} ip daddr ${ipv4} tcp dport 80 dnat ip to ${gateway}:${plan.metadataPort}`,
      ...metadata6,
      'dnat ip to ip daddr map @public4',
    ]),
    chain('translate_local', [
      'type nat hook output priority -100; policy accept;',
      'dnat ip to ip daddr map @public4',
    ]),
    chain('translate_out', [
      'type nat hook postrouting priority srcnat; policy accept;',
      `ip saddr ${inside} oifname ${bridge} ct status dnat snat ip to ip saddr map @private4`,
      `ip saddr ${inside} ip saddr != ${gateway} oifname != ${bridge} ${
        plan.egress === 'public' ? 'snat ip to ip saddr map @private4' : 'masquerade'
      }`,
      ...leave6,
    ]),
    chain('forward', [
      'type filter hook forward priority filter; policy accept;',
      `iifname != ${bridge} oifname != ${bridge} accept`,
      'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
      `iifname ${bridge} ip saddr != @known4 drop`,
      `iifname ${bridge} ip6 saddr != @known6 drop`,
      'ct state established,related accept',
      'ct state invalid drop',
      `oifname != ${bridge} accept`,
      'meta nfproto ipv4 ct status dnat accept',
      `iifname ${bridge} ip daddr vmap @near4`,
      'ip6 daddr vmap @guard6',
      'drop',
    ]),
    chain('judge', [
      'type filter hook postrouting priority srcnat + 1; policy accept;',
      `oifname != ${bridge} ip saddr ${inside} ip saddr != ${gateway} drop`,
      `oifname != ${bridge} accept`,
      'ct state != new accept',
      'meta nfproto ipv6 accept',
      'ct status ! dnat accept',
      `ip saddr ${inside} ip saddr != ${gateway} drop`,
      'ip daddr vmap @guard4',
      'drop',
    ]),
    chain('judge_local6', [
      'type filter hook output priority filter; policy accept;',
      `oifname ${bridge} ct state new ip6 daddr vmap @guard6`,
    ]),
    chain('input', [
      'type filter hook input priority filter; policy accept;',
      `iifname != ${bridge} accept`,
      'ct state established,related accept',
      'udp dport { 53, 67, 547 } accept',
      'tcp dport 53 accept',
      'icmp type echo-request accept',
      'icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-report, mld2-listener-report, echo-request } accept',
      `ct original ip daddr ${ipv4} tcp dport ${plan.metadataPort} accept`,
      `ct original ip6 daddr ${ipv6} tcp dport ${plan.metadataPort} accept`,
      ...(plan.hostPorts.length === 0 ? [] : [`tcp dport { ${plan.hostPorts.join(', ')} } accept`]),
      'drop',
    ]),
    // Only the answer that carries a token is held back (httpPutResponseHopLimit). What is not known to be another answer counts as it.
    chain('hops', [
      'type filter hook output priority mangle; policy accept;',
      `oifname != ${bridge} accept`,
      'meta l4proto != tcp accept',
      `tcp sport != ${plan.metadataPort} accept`,
      'tcp flags & syn == syn accept',
      'ct mark 1 accept',
      ...ordinaryAnswers.map(({ at, text }) => {
        const bytes = Buffer.from(text);
        return `@ih,${at * 8},${bytes.length * 8} 0x${bytes.toString('hex')} ct mark set 1 accept`;
      }),
      'ip daddr vmap @hops4',
      'ip6 daddr vmap @hops6',
    ]),
    '}',
    '',
  ].join('\n');
};

/** Throws EngineRefusal when an address or the firewall cannot be. */
export const partsOf = (machine: NetworkedMachine): Parts => {
  const chain = nameOf('m', machine.id);
  const network = nameOf('n', machine.network);
  const limit = Math.min(Math.max(Math.trunc(machine.metadata.httpPutResponseHopLimit), 1), mostHops);
  const elements: [string, string | undefined][] = [];
  if (machine.privateIp !== undefined) {
    const inside = address(machine.privateIp, 4);
    elements.push(
      [`known4 ${inside}`, undefined],
      [`guard4 ${inside}`, `goto ${chain}`],
      [`near4 ${inside}`, `goto ${network}`],
      [`hops4 ${inside}`, `jump hops-${limit}`],
      [`${network} ${inside}`, undefined],
    );
    if (machine.publicIp !== undefined) {
      const outside = address(machine.publicIp, 4);
      elements.push([`public4 ${outside}`, inside], [`private4 ${inside}`, outside]);
    }
  }
  if (machine.ipv6.length > 0) elements.push([`macs6 ${machine.mac}`, undefined]);
  for (const text of machine.ipv6) {
    const ip = address(text, 6);
    elements.push(
      [`known6 ${ip}`, undefined],
      [`guard6 ${ip}`, `goto ${chain}`],
      [`hops6 ${ip}`, `jump hops-${limit}`],
    );
  }
  return { network, chain, statements: firewallStatements(machine.firewall), elements: new Map(elements) };
};

/** A name that nft takes. */
const nameOf = (kind: string, text: string): string =>
  `${kind}-${/^[\w.-]{1,100}$/.test(text) ? text : createHash('sha256').update(text).digest('hex')}`;

/**
 * What to tell nft so that these machines are as in `after` instead of as in `before`: whole or not at all. `networks` are those that the table
 * has already. Chains come before what leads to them and go after it; an element goes before it comes with another value.
 */
export const changeText = (
  table: string,
  before: readonly Parts[],
  after: readonly Parts[],
  networks: ReadonlySet<string>,
): string => {
  const known = new Map(before.map((parts) => [parts.chain, parts.statements.join('\n')]));
  const chains = new Set(after.map((parts) => parts.chain));
  const [old, wanted] = [merge(before), merge(after)];
  return [
    ...[...new Set(after.map((parts) => parts.network))]
      .filter((network) => !networks.has(network))
      .flatMap((network) => [
        `add set inet ${table} ${network} { type ipv4_addr; }`,
        ...chainText(table, network, [`ip saddr @${network} accept`, 'drop']),
      ]),
    ...after
      .filter((parts) => known.get(parts.chain) !== parts.statements.join('\n'))
      .flatMap((parts) => chainText(table, parts.chain, parts.statements)),
    ...elementText('delete', table, missing(old, wanted), false),
    ...elementText('add', table, missing(wanted, old), true),
    ...[...known.keys()].filter((chain) => !chains.has(chain)).map((chain) => `delete chain inet ${table} ${chain}`),
    '',
  ].join('\n');
};

/** Keys of the elements that are not, or lead elsewhere, afterwards. */
export const lostElements = (before: readonly Parts[], after: readonly Parts[]): string[] =>
  missing(merge(before), merge(after)).map(([key]) => key);

type Elements = ReadonlyMap<string, string | undefined>;

const merge = (all: readonly Parts[]): Elements => new Map(all.flatMap((parts) => [...parts.elements]));

/** What is in `these` and not, or otherwise, in `those`. */
const missing = (these: Elements, those: Elements): [string, string | undefined][] =>
  [...these].filter(([key, value]) => !those.has(key) || those.get(key) !== value);

const chainText = (table: string, name: string, statements: readonly string[]): string[] => [
  `add chain inet ${table} ${name}`,
  `flush chain inet ${table} ${name}`,
  ...statements.map((statement) => `add rule inet ${table} ${name} ${statement}`),
];

/** One line for each map. */
const elementText = (
  verb: 'add' | 'delete',
  table: string,
  elements: readonly [string, string | undefined][],
  values: boolean,
): string[] => {
  const maps = new Map<string, string[]>();
  for (const [element, value] of elements) {
    const [map = '', key = ''] = element.split(' ');
    const list = maps.get(map) ?? [];
    list.push(values && value !== undefined ? `${key} : ${value}` : key);
    maps.set(map, list);
  }
  return [...maps].map(([map, list]) => `${verb} element inet ${table} ${map} { ${list.join(', ')} }`);
};
