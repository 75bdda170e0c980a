import type { Scope } from './context.ts';
import { type Pool, parseAddress } from './store/records/addresses.ts';

/** Where addresses come from. */
export interface Network {
  /** Shared by all accounts and Regions: a public address is one machine's only. */
  readonly publicPool: Pool;
  /** Of one account in one Region: private networks do not see each other. */
  privatePool(scope: Scope): Pool;
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
});

/** Where real machines share one bridge, no two have the same private address, whoever they belong to. */
export const onOneBridge = (network: Network): Network => ({
  ...network,
  privatePool: () => poolOf('private', privateCidr),
});

const poolOf = (name: string, cidr: string): Pool => {
  const [, address, prefix] = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(cidr) ?? [];
  const size = 2 ** (32 - Number(prefix));
  if (address === undefined || !(size >= 64 && size <= 2 ** 32)) {
    throw new Error(`${cidr} is not an IPv4 network to take addresses from. Write it like 203.0.113.0/24.`);
  }
  const network = Math.floor(parseAddress(address) / size) * size;
  return { name, first: network + reserved, size: size - 2 * reserved };
};
