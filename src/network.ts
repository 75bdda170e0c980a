import { isIPv6 } from 'node:net';
import type { Scope } from './context.ts';
import { type Pool, parseAddress } from './store/records/addresses.ts';

/** Where addresses come from. */
export interface Network {
  /** Shared by all accounts and Regions: a public address is one machine's only. */
  readonly publicPool: Pool;
  /** Of one account in one Region: private networks do not see each other. */
  privatePool(scope: Scope): Pool;
  /** The IPv6 address of whatever has this id, for its whole life; `region` counts from 1. Undefined where there is no IPv6. */
  ipv6Of(id: string, region: number): string | undefined;
}

/** 198.18.0.0/15 is set aside for benchmarks and routed nowhere: a client that follows a simulated address reaches no stranger. */
export const simulatedPublicCidr = '198.18.0.0/15';

/** For clients on this machine: who binds all addresses is reached by loopback. */
export const localUrl = (url: string): string =>
  url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');

/** Names that Lateen makes up lie under a top-level domain that is nobody's. */
export const ownDomain = 'lateen.internal';

/** What real instances have (client-expectations). */
const privateCidr = '172.26.0.0/16';

/** The ends of a network belong to its gateway and services. */
const reserved = 16;

/** Throws when `publicCidr` is no IPv4 network of at least 64 addresses. */
export const createNetwork = (publicCidr: string = simulatedPublicCidr): Network => ({
  publicPool: poolOf('public', publicCidr),
  privatePool: ({ account, region }) => poolOf(`private ${account} ${region}`, privateCidr),
  // 2001:db8::/32 is the range for documentation.
  ipv6Of: (id, region) => ipv6Text(['2001', 'db8', region.toString(16), ...groupsOfId(id).slice(-5)]),
});

/**
 * Where real machines share one bridge, no two have the same private address, whoever they belong to. `ipv6Prefix` is a /64, or absent:
 * half of an address is the id's, so that no pool has to be kept.
 */
export const onOneBridge = (network: Network, ipv6Prefix: string | undefined): Network => ({
  ...network,
  privatePool: () => poolOf('private', privateCidr),
  ipv6Of: (id) =>
    ipv6Prefix === undefined ? undefined : ipv6Text([...groupsOfPrefix(ipv6Prefix), ...groupsOfId(id).slice(-4)]),
});

/** Whether it is a whole /64 of unicast addresses, such as 2001:db8:26::/64. */
export const isIpv6Prefix = (text: string): boolean => {
  const [address = '', length, ...rest] = text.split('/');
  if (length !== '64' || rest.length > 0 || !isIPv6(address) || !/^[23f][\da-f]{3}:/i.test(address)) return false;
  return (
    !/^f(?![cd])/i.test(address) &&
    groupsOf(address)
      .slice(4)
      .every((group) => Number.parseInt(group, 16) === 0)
  );
};

const groupsOfId = (id: string): string[] => id.replaceAll('-', '').match(/.{4}/g) ?? [];

const groupsOfPrefix = (prefix: string): string[] => groupsOf(prefix.split('/')[0] ?? '').slice(0, 4);

/** All eight. */
const groupsOf = (address: string): string[] => {
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
};

/** The form that the model's pattern asks for: eight groups, none with leading zeros. */
const ipv6Text = (groups: readonly string[]): string =>
  groups.map((group) => group.toUpperCase().replace(/^0+(?=.)/, '')).join(':');

const poolOf = (name: string, cidr: string): Pool => {
  const [, address, prefix] = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(cidr) ?? [];
  const size = 2 ** (32 - Number(prefix));
  if (address === undefined || !(size >= 64 && size <= 2 ** 32)) {
    throw new Error(`${cidr} is not an IPv4 network to take addresses from. Write it like 203.0.113.0/24.`);
  }
  const network = Math.floor(parseAddress(address) / size) * size;
  return { name, first: network + reserved, size: size - 2 * reserved };
};
