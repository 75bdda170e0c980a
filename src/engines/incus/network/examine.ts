import { hasBridgeFilter } from './host.ts';
import { type Run, run as runOnHost } from './run.ts';

/** One line of `lateen doctor`. */
export interface NetworkFinding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly found: string;
  readonly advice?: string;
}

/** The first kernel that reads what a TCP packet carries (the hop limit of metadata tokens rests on it). */
const oldestKernel = [5, 16] as const;

/** Whether this host can carry addresses and firewalls, and what to do when it cannot. `kernel` is its release, as 6.1.0-13-amd64. */
export const examineNetwork = async (
  kernel: string,
  table = 'lateen',
  run: Run = runOnHost,
): Promise<NetworkFinding[]> => [
  kernelFinding(kernel),
  await program(run, 'nft', ['list', 'tables'], 'nftables', 'Run as root, and install it: apt-get install nftables'),
  await program(run, 'conntrack', ['--version'], 'conntrack', 'Install it: apt-get install conntrack'),
  await program(run, 'ip', ['-V'], 'iproute2', 'Install it: apt-get install iproute2'),
  (await hasBridgeFilter(run))
    ? { check: 'bridge filter', state: 'ok', found: 'br_netfilter is loaded' }
    : {
        check: 'bridge filter',
        state: 'problem',
        found: 'br_netfilter is not loaded',
        advice: 'modprobe br_netfilter && echo br_netfilter > /etc/modules-load.d/lateen.conf',
      },
  await filterIpv6(run),
  await forwarding(run),
  ...(await droppingChains(run, table)),
];

const kernelFinding = (release: string): NetworkFinding => {
  const [major = 0, minor = 0] = release.split('.').map(Number.parseFloat);
  const old = major < oldestKernel[0] || (major === oldestKernel[0] && minor < oldestKernel[1]);
  return old
    ? {
        check: 'kernel',
        state: 'problem',
        found: release,
        advice: `Linux ${oldestKernel.join('.')} or later is needed.`,
      }
    : { check: 'kernel', state: 'ok', found: release };
};

const program = async (
  run: Run,
  name: string,
  args: string[],
  check: string,
  advice: string,
): Promise<NetworkFinding> => {
  try {
    await run(name, args);
    return { check, state: 'ok', found: `${name} works` };
  } catch (error) {
    return { check, state: 'problem', found: (error as Error).message.split('\n')[0] ?? '', advice };
  }
};

/** Incus keeps a machine to its IPv6 address by this alone, and starts none that has one without it. */
const filterIpv6 = async (run: Run): Promise<NetworkFinding> => {
  const [check, name] = ['bridge filter for IPv6', 'net.bridge.bridge-nf-call-ip6tables'];
  const value = await run('sysctl', ['-n', name]).catch(() => '');
  return value.trim() === '0'
    ? { check, state: 'warning', found: 'is off: machines with IPv6 do not start', advice: `sysctl -w ${name}=1` }
    : { check, state: 'ok', found: 'is on' };
};

const forwarding = async (run: Run): Promise<NetworkFinding> => {
  const value = await run('sysctl', ['-n', 'net.ipv4.ip_forward']).catch(() => '');
  if (value.trim() === '1') return { check: 'forwarding', state: 'ok', found: 'is on' };
  return {
    check: 'forwarding',
    state: 'warning',
    found: 'is off; Incus turns it on with its first bridge',
    advice: 'sysctl -w net.ipv4.ip_forward=1',
  };
};

interface Listed {
  readonly chain?: { family: string; table: string; name: string; hook?: string; policy?: string };
}

/** What one table accepts another may still drop: Docker and firewall managers do so with everything that they do not know. */
const droppingChains = async (run: Run, table: string): Promise<NetworkFinding[]> => {
  const text = await run('nft', ['-j', 'list', 'chains']).catch(() => '{"nftables":[]}');
  const { nftables } = JSON.parse(text) as { nftables: readonly Listed[] };
  return nftables
    .flatMap(({ chain }) => chain ?? [])
    .filter((chain) => chain.hook === 'forward' && chain.policy === 'drop' && chain.table !== table)
    .map(({ family, table: other, name }) => ({
      check: 'other firewalls',
      state: 'warning',
      found: `${family} ${other} ${name} drops what it does not know, and so what machines send`,
      advice: `Let the bridge through: nft insert rule ${family} ${other} ${name} iifname lateen0 accept, and the same with oifname.`,
    }));
};
