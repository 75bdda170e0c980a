import type { NetworkPlan } from './ruleset.ts';
import { type Run, unlessRefused } from './run.ts';

/** Marks our route among those of others. */
const routeProtocol = '176';

/**
 * Makes packets between two machines of the bridge pass the firewall. The bridge's own switch does it, because the one for all bridges
 * belongs to everyone on the host. Throws when the kernel lacks the module: without it machines of different accounts would see each other.
 */
export const bridgeSeesPackets = async (run: Run, bridge: string): Promise<void> => {
  if (!(await hasBridgeFilter(run))) {
    // It may be built in, or not to be loaded from here: what counts is whether it is there afterwards.
    await run('modprobe', ['br_netfilter']).catch(() => undefined);
    if (!(await hasBridgeFilter(run)))
      throw new Error('the kernel module br_netfilter is missing: modprobe br_netfilter');
  }
  await run('ip', ['link', 'set', 'dev', bridge, 'type', 'bridge', 'nf_call_iptables', '1', 'nf_call_ip6tables', '1']);
};

export const hasBridgeFilter = (run: Run): Promise<boolean> =>
  run('sysctl', ['-n', 'net.bridge.bridge-nf-call-iptables']).then(
    () => true,
    () => false,
  );

/** The route of exactly this network, empty when there is none. */
export const findRoute = async (run: Run, cidr: string): Promise<string> =>
  (await run('ip', ['-4', 'route', 'show', 'exact', cidr])).trim();

/** The device other than the bridge that leads this network, if the host has one: then machines and whatever is there would miss their answers. */
export const otherRoute = async (run: Run, cidr: string, bridge: string): Promise<string | undefined> => {
  const devices = (await findRoute(run, cidr)).split('\n').map((line) => / dev (\S+)/.exec(line)?.[1]);
  return devices.find((device) => device !== undefined && device !== bridge);
};

/**
 * Without a route of its own the host could not call the addresses of the pool, or would send those that nobody has back to where they came
 * from. What the operator has set up stays.
 */
export const routePool = async (run: Run, { bridge, publicCidr }: NetworkPlan): Promise<void> => {
  if ((await findRoute(run, publicCidr)) !== '') return;
  await run('ip', ['-4', 'route', 'add', publicCidr, 'dev', bridge, 'proto', routeProtocol]);
};

export const unroutePool = async (run: Run, { bridge, publicCidr }: NetworkPlan): Promise<void> => {
  // Gone with the bridge, or never ours.
  await run('ip', ['-4', 'route', 'del', publicCidr, 'dev', bridge, 'proto', routeProtocol]).catch(unlessRefused);
};

/**
 * Tells the host at which MAC address the link-local address of a machine is, which is made of it (RFC 4291, appendix A). The filter of its
 * NIC lets it answer for its one global address only, so that the answers of DHCPv6 would find their way by luck at the first
 * time, and not at all when the lease is renewed.
 */
export const meetNeighbours = async (
  run: Run,
  bridge: string,
  { met, left }: { readonly met: readonly string[]; readonly left: readonly string[] },
): Promise<void> => {
  const tell = (macs: readonly string[], line: (mac: string) => string): Promise<string> =>
    run('ip', ['-6', '-force', '-batch', '-'], macs.map((mac) => `neigh ${line(mac)} dev ${bridge}\n`).join(''));
  if (met.length > 0) await tell(met, (mac) => `replace ${linkLocalOf(mac)} lladdr ${mac} nud permanent`);
  // They may have gone with the bridge.
  if (left.length > 0) await tell(left, (mac) => `del ${linkLocalOf(mac)}`).catch(unlessRefused);
};

export const linkLocalOf = (mac: string): string => {
  const [first = 0, ...rest] = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const bytes = [first ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  const groups = [0, 2, 4, 6].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return `fe80::${groups.join(':')}`;
};

interface Port {
  readonly ifname: string;
  readonly linkinfo?: { readonly info_slave_data?: { readonly hairpin?: boolean } };
}

/** Lets a bridge send a packet back to where it came from: that is how a machine calls itself by its public address. */
export const letPortsReflect = async (run: Run, bridge: string): Promise<void> => {
  const text = await run('ip', ['-d', '-j', 'link', 'show', 'master', bridge]);
  const ports = (JSON.parse(text || '[]') as readonly Port[]).filter(
    (port) => !port.linkinfo?.info_slave_data?.hairpin,
  );
  if (ports.length === 0) return;
  const lines = ports.map(({ ifname }) => `link set dev ${ifname} type bridge_slave hairpin on\n`);
  // A port may have gone meanwhile, with its machine.
  await run('ip', ['-force', '-batch', '-'], lines.join('')).catch(unlessRefused);
};
