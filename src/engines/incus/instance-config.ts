import type { MachineAddresses, MachineSize, MachineSpec } from '../machine.ts';
import type { IncusOptions } from './config.ts';
import type { InstanceType } from './images.ts';
import type { KnownMachine } from './instances.ts';
import { label, labelsOf } from './labels.ts';
import { address } from './network/addresses.ts';

type Device = Readonly<Record<string, string>>;

/** Processes and threads of one machine: enough for any server, and too few to keep the host from making its own. */
const mostProcesses = '10000';

/** What a container needs so that its users can make a file system on a disk and mount it, apart from all others. */
const containerConfig: Readonly<Record<string, string>> = {
  'security.idmap.isolated': 'true',
  'security.syscalls.intercept.mount': 'true',
  'security.syscalls.intercept.mount.allowed': 'ext4',
  'security.syscalls.intercept.mount.shift': 'true',
  // Incus takes the capabilities of whoever mounts; a host that lacks this one itself could not, and would refuse the mount.
  'raw.lxc': 'lxc.cap.drop = sys_resource',
  'limits.processes': mostProcesses,
};

export const limits = ({ cpuCount, ramSizeInGb }: MachineSize): Record<string, string> => ({
  'limits.cpu': String(cpuCount),
  'limits.memory': `${Math.round(ramSizeInGb * 1024)}MiB`,
});

export const rootDevice = (pool: string, { diskSizeInGb }: MachineSize): Device => ({
  type: 'disk',
  path: '/',
  pool,
  size: `${diskSizeInGb}GiB`,
});

/** Locally administered, and the same for a machine's whole life: the firewall knows machines without IPv6 by it. */
export const macOf = (id: string): string => `06:${id.replaceAll('-', '').slice(0, 10).match(/../g)?.join(':')}`;

/**
 * The NIC with the machine's own addresses: it can send with no others. Without an IPv6 address Lateen's table keeps it from IPv6:
 * Incus 6.0 itself breaks over the address `none` when its daemon starts anew.
 */
export const nicDevice = (options: IncusOptions, id: string, { privateIp, ipv6 }: MachineAddresses): Device => ({
  type: 'nic',
  name: 'eth0',
  network: options.incusNetwork,
  hwaddr: macOf(id),
  'security.mac_filtering': 'true',
  ...(privateIp === undefined ? {} : { 'ipv4.address': privateIp, 'security.ipv4_filtering': 'true' }),
  ...(ipv6[0] === undefined ? {} : { 'ipv6.address': address(ipv6[0], 6), 'security.ipv6_filtering': 'true' }),
});

/** Real instances are called after their address: ip-172-26-1-2. */
export const hostNameOf = ({ addresses, id }: Pick<MachineSpec, 'addresses' | 'id'>): string =>
  addresses.privateIp === undefined ? `i-${id}` : `ip-${addresses.privateIp.replaceAll('.', '-')}`;

/** A line of NoCloud meta data, after those that the image writes itself. YAML reads JSON. */
const metaData = ({ authorizedKeys }: MachineSpec): string => `public-keys: ${JSON.stringify(authorizedKeys)}`;

export const userDataKey = 'user.user-data';

/** A launch script is one for the shell, whether it says so or not; what cloud-init knows by its beginning stays as it is. */
const launchScript = (text: string): string =>
  text === '' || /^(#|MIME-Version:|Content-Type:)/i.test(text) ? text : `#!/bin/sh\n${text}`;

export const knownOf = ({
  id,
  name,
  zone,
  network,
  blueprintId,
  username,
  size,
  addresses,
  firewall,
  metadata,
  authorizedKeys,
}: MachineSpec): KnownMachine => ({
  id,
  name,
  zone,
  network,
  blueprintId,
  username,
  size,
  addresses,
  firewall,
  metadata,
  authorizedKeys,
});

/** The config of a new instance. Each key is said, empty or not: a copy would otherwise keep its source's. */
export const configOf = (spec: MachineSpec, type: InstanceType, owner: string): Record<string, string> => ({
  ...(type === 'container' ? containerConfig : {}),
  // After the host was down Lateen starts what is to run: not before its firewall is there.
  'boot.autostart': 'false',
  ...limits(spec.size),
  ...labelsOf(owner, 'machine', spec.id),
  [label.spec]: JSON.stringify(knownOf(spec)),
  [label.hostname]: hostNameOf(spec),
  'user.meta-data': metaData(spec),
  [userDataKey]: launchScript(spec.userData ?? ''),
  'user.ssh-ca': spec.userAuthority,
  // A certificate is made out to the user that it lets in.
  'user.ssh-principals': spec.username,
});

export const devicesOf = (spec: MachineSpec, options: IncusOptions): Record<string, Device> => ({
  root: rootDevice(options.incusPool, spec.size),
  eth0: nicDevice(options, spec.id, spec.addresses),
});
