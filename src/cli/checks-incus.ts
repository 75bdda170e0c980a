import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { type Incus, openIncus } from '../engines/incus/client.ts';
import { addressOf, type IncusOptions, project } from '../engines/incus/config.ts';
import { listImages } from '../engines/incus/images.ts';
import { examineNetwork } from '../engines/incus/network/examine.ts';
import { examine } from '../engines/incus/setup.ts';
import { type Finding, ok, problem, warning } from './checks.ts';

interface Server {
  readonly environment: { readonly server_version: string; readonly driver: string };
}

interface Space {
  readonly space?: { readonly used?: number; readonly total?: number };
}

/** What the engine incus needs of the daemon, and of this machine when the daemon is on it. */
export const incus = async (options: IncusOptions): Promise<Finding[]> => {
  let client: Incus;
  try {
    client = openIncus(addressOf(options), project);
  } catch (error) {
    return [problem('Incus', (error as Error).message, 'Check --incus, --incus-cert and --incus-key.')];
  }
  try {
    return [...(await daemon(client, options)), ...(options.incus.startsWith('https://') ? [] : await host())];
  } finally {
    client.close();
  }
};

const daemon = async (client: Incus, options: IncusOptions): Promise<Finding[]> => {
  const problems = (await examine(client, options)).map(({ text, mend = '' }) => problem('Incus', text, mend));
  const server = await client.get<Server>('/1.0').catch(() => undefined);
  if (server === undefined || problems.some(({ found }) => found.includes('does not trust'))) return problems;
  const { server_version: version, driver } = server.environment;
  return [
    ok('Incus', `${version} at ${options.incus}`),
    ...problems,
    await pool(client, options),
    await network(client, options),
    virtualMachines(driver),
    await images(client),
  ];
};

/** Below this share a pool is soon full, and copies of machines fail. */
const leastFree = 0.1;
const gib = 2 ** 30;

const pool = async (client: Incus, { incusPool, incusPoolSize }: IncusOptions): Promise<Finding> => {
  const check = 'storage pool';
  const found = await client.find<{ driver: string }>(`/1.0/storage-pools/${incusPool}`);
  if (found === undefined) return ok(check, `${incusPool} is made at the first start, ${incusPoolSize} on btrfs`);
  const { space } = await client.get<Space>(`/1.0/storage-pools/${incusPool}/resources`);
  const { used = 0, total = 0 } = space ?? {};
  const text = `${incusPool} on ${found.driver}, ${((total - used) / gib).toFixed(1)} of ${(total / gib).toFixed(1)} GiB free`;
  return total > 0 && total - used < total * leastFree
    ? warning(check, text, `incus storage set ${incusPool} size=${Math.ceil((total * 2) / gib)}GiB`)
    : ok(check, text);
};

const network = async (client: Incus, { incusNetwork }: IncusOptions): Promise<Finding> => {
  const check = 'bridge';
  const found = await client.find<{ config: Readonly<Record<string, string>> }>(`/1.0/networks/${incusNetwork}`);
  if (found === undefined) return ok(check, `${incusNetwork} is made at the first start`);
  const addresses = [found.config['ipv4.address'], found.config['ipv6.address']].filter((one) => one && one !== 'none');
  return ok(check, `${incusNetwork} with ${addresses.join(' and ')}`);
};

const virtualMachines = (driver: string): Finding =>
  driver.split(' | ').includes('qemu')
    ? ok('virtual machines', 'can run: --incus-type virtual-machine')
    : ok('virtual machines', 'cannot run here, containers can');

const images = async (client: Incus): Promise<Finding> => {
  const there = await listImages(client).catch(() => []);
  return there.length === 0
    ? warning('images', 'none: no instance can be created', 'sudo lateen images build debian_12')
    : ok('images', there.map(({ blueprintId }) => blueprintId).join(', '));
};

const host = async (): Promise<Finding[]> => [
  lxcfs(existsSync('/var/lib/lxcfs/proc/meminfo')),
  ...kernelLimits.map(({ name, least, why }) => kernelLimit(name, least, why, readLimit(name))),
  ...(await examineNetwork(release())),
];

export const lxcfs = (runs: boolean): Finding =>
  runs
    ? ok('lxcfs', 'runs')
    : warning(
        'lxcfs',
        "does not run: machines see the host's memory and CPUs",
        'sudo apt-get install lxcfs && sudo systemctl start lxcfs',
      );

/** With what a kernel begins with, about 18 machines run. */
const kernelLimits = [
  { name: 'fs.inotify.max_user_instances', least: 1024, why: 'machines beyond the first few do not boot' },
  { name: 'kernel.keys.maxkeys', least: 2000, why: 'logins fail when there are many machines' },
] as const;

const readLimit = (name: string): number | undefined => {
  try {
    return Number(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8'));
  } catch {
    return undefined;
  }
};

/** A limit that this kernel does not have cannot be reached. */
export const kernelLimit = (name: string, least: number, why: string, value: number | undefined): Finding =>
  value === undefined || value >= least
    ? ok(name, value === undefined ? 'no such limit' : String(value))
    : warning(
        name,
        `${value}: ${why}`,
        `echo ${name}=${least} | sudo tee -a /etc/sysctl.d/90-lateen.conf && sudo sysctl --system`,
      );
