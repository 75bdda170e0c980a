import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIpv6Prefix } from '../../network.ts';
import type { Incus } from './client.ts';
import { type IncusOptions, privateNetwork } from './config.ts';
import { label } from './labels.ts';
import { unlessThere } from './refusals.ts';
import type { Finding } from './setup.ts';

type Wanted = Pick<IncusOptions, 'incusNetwork' | 'ipv6Prefix'>;

interface Network {
  readonly type: string;
  readonly managed: boolean;
  readonly config: Readonly<Record<string, string>>;
}

/** The bridge does nothing of its own: addresses and rules are those of Lateen's table. */
const configOf = (prefix: string | undefined): Record<string, string> => ({
  'ipv4.address': `${privateNetwork.bridge}/${privateNetwork.prefix}`,
  'ipv4.nat': 'false',
  'ipv4.firewall': 'false',
  'ipv6.nat': 'false',
  'ipv6.firewall': 'false',
  ...(prefix === undefined
    ? { 'ipv6.address': 'none' }
    : { 'ipv6.address': `${gatewayOf(prefix)}/64`, 'ipv6.dhcp': 'true', 'ipv6.dhcp.stateful': 'true' }),
});

/** The bridge's own address in a network like 2001:db8:26::/64. */
export const gatewayOf = (prefix: string): string => prefix.replace(/::\/64$/, '::1');

/** Networks of organisations' own (RFC 4193): nobody routes them, so machines leave with the address of the host. */
export const isPrivatePrefix = (prefix: string): boolean => /^f[cd]/i.test(prefix);

const path = ({ incusNetwork }: Wanted): string => `/1.0/networks/${incusNetwork}`;

/** What keeps the bridge from being used as it is; nothing when it is to be made. */
export const examineBridge = async (incus: Incus, wanted: Wanted): Promise<Finding[]> => {
  const name = wanted.incusNetwork;
  const network = await incus.find<Network>(path(wanted));
  if (network === undefined) return [];
  if (!network.managed || network.type !== 'bridge')
    return [{ text: `The network ${name} is not a bridge of Incus. Name another with --incus-network.` }];
  const config = configOf(prefixFor(wanted, network, ''));
  const wrong = Object.entries(config).filter(([key, value]) => (network.config[key] ?? '') !== value);
  if (wrong.length === 0 || isOurs(network)) return [];
  return [
    {
      text: `The network ${name} is set up for something else.`,
      mend: `incus network set ${name} ${wrong.map(([key, value]) => `${key}=${value}`).join(' ')}`,
    },
  ];
};

/** Makes the bridge, or makes it be as it is wanted, and gives the IPv6 network that it leads, if it leads one. */
export const prepareBridge = async (incus: Incus, wanted: Wanted, owner: string): Promise<string | undefined> => {
  const network = await incus.find<Network>(path(wanted));
  const prefix = prefixFor(wanted, network, owner);
  const ours = network === undefined ? { [label.owner]: owner } : {};
  const config = { ...network?.config, ...configOf(prefix), ...ours };
  if (network === undefined)
    await unlessThere(incus.post('/1.0/networks', { name: wanted.incusNetwork, type: 'bridge', config }));
  else if (Object.entries(config).some(([key, value]) => network.config[key] !== value))
    await incus.put(path(wanted), { config });
  return prefix;
};

const isOurs = ({ config }: Network): boolean => config[label.owner] !== undefined;

/** With `auto`: what the bridge has. One that Lateen makes, or has made, gets a random one, where the host knows IPv6. */
const prefixFor = ({ ipv6Prefix }: Wanted, network: Network | undefined, owner: string): string | undefined => {
  if (ipv6Prefix === 'none') return undefined;
  if (ipv6Prefix !== 'auto') return shortest(ipv6Prefix);
  const has = network?.config['ipv6.address']?.replace(/::1\/64$/, '::/64') ?? '';
  if (isIpv6Prefix(has)) return has;
  return (network === undefined || isOurs(network)) && hasIpv6() ? randomPrefix(owner) : undefined;
};

/** RFC 4193: forty bits that nobody else is likely to have. The same for the same Lateen. */
const randomPrefix = (owner: string): string => {
  const digits = createHash('sha256').update(owner).digest('hex').slice(0, 10);
  return shortest(`fd${digits.slice(0, 2)}:${digits.slice(2, 6)}:${digits.slice(6)}::/64`);
};

const shortest = (prefix: string): string =>
  `${new URL(`http://[${prefix.replace('/64', '')}]`).hostname.slice(1, -1)}/64`;

const hasIpv6 = (): boolean => {
  try {
    return readFileSync('/proc/sys/net/ipv6/conf/all/disable_ipv6', 'utf8').trim() === '0';
  } catch {
    return false;
  }
};
