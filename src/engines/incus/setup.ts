import { examineBridge, prepareBridge } from './bridge.ts';
import { type Incus, IncusError } from './client.ts';
import { type IncusOptions, incusDefaults, project } from './config.ts';
import { label } from './labels.ts';
import { unlessThere } from './refusals.ts';

/** Something that keeps machines from running here, and the one command that mends it. */
export interface Finding {
  readonly text: string;
  readonly mend?: string | undefined;
}

type Wanted = Pick<IncusOptions, 'incus' | 'incusPool' | 'incusPoolSize' | 'incusNetwork' | 'incusType' | 'ipv6Prefix'>;

interface Server {
  readonly auth: string;
  readonly environment: {
    readonly driver: string;
    readonly storage_supported_drivers: readonly { readonly Name: string }[] | null;
  };
}

/** What is wrong with the daemon for Lateen, worst first; empty when a start will go through. Changes nothing. */
export const examine = async (incus: Incus, wanted: Wanted): Promise<Finding[]> => {
  let server: Server;
  try {
    server = await incus.get<Server>('/1.0');
  } catch (error) {
    return [unreachable(error as Error, wanted)];
  }
  if (server.auth !== 'trusted') {
    return [
      {
        text: `Incus at ${wanted.incus} does not trust this client's certificate.`,
        mend: 'incus config trust add-certificate CERTIFICATE-FILE',
      },
    ];
  }
  return [
    ...examineUser(wanted),
    ...examineTypes(server, wanted),
    ...(await examinePool(incus, server, wanted)),
    ...(await examineBridge(incus, wanted)),
  ];
};

const unreachable = (error: Error, { incus }: Wanted): Finding => {
  if (error instanceof IncusError) return { text: `Incus at ${incus} refuses: ${error.message}` };
  if (incus.startsWith('https://')) return { text: error.message };
  if (error.message.includes('EACCES'))
    return {
      text: `${error.message}. Only root and the group of the socket may use it.`,
      mend: 'sudo lateen start --engine incus',
    };
  return {
    text: `${error.message}. Either it is not installed, or it does not run, or its socket is elsewhere (--incus).`,
    mend: 'sudo scripts/install-incus.sh && sudo systemctl start incus',
  };
};

const examineUser = ({ incus }: Wanted): Finding[] =>
  incus.startsWith('https://') || process.getuid?.() === 0
    ? []
    : [
        {
          text: 'Addresses, firewalls and disks of machines are set on the host, which only root may.',
          mend: 'sudo lateen start --engine incus',
        },
      ];

const examineTypes = ({ environment: { driver } }: Server, { incusType }: Wanted): Finding[] => {
  const drivers = driver.split(' | ');
  if (incusType === 'container' ? drivers.includes('lxc') : drivers.includes('qemu')) return [];
  return [
    incusType === 'container'
      ? { text: 'This Incus makes no containers.', mend: 'sudo scripts/install-incus.sh' }
      : {
          text: `This Incus makes no virtual machines: it has ${driver || 'no driver'}. It takes /dev/kvm, vhost_vsock and QEMU.`,
          mend: 'sudo apt-get install incus',
        },
  ];
};

const isOurPool = ({ incusPool }: Pick<Wanted, 'incusPool'>): boolean => incusPool === incusDefaults.incusPool;

const examinePool = async (incus: Incus, { environment }: Server, wanted: Wanted): Promise<Finding[]> => {
  if ((await incus.find(poolPath(wanted))) !== undefined) return [];
  if (!isOurPool(wanted)) {
    return [
      {
        text: `Incus has no storage pool ${wanted.incusPool}.`,
        mend: `incus storage create ${wanted.incusPool} btrfs size=${wanted.incusPoolSize}`,
      },
    ];
  }
  return environment.storage_supported_drivers?.some(({ Name }) => Name === 'btrfs')
    ? []
    : [{ text: 'Incus cannot make a btrfs storage pool here.', mend: 'sudo apt-get install btrfs-progs' }];
};

const poolPath = ({ incusPool }: Pick<Wanted, 'incusPool'>): string => `/1.0/storage-pools/${incusPool}`;

/**
 * Makes what is not there yet: project, pool and bridge, with the owner's label. To be called when `examine` finds nothing. The answer
 * is the IPv6 network of machines, if they have one.
 */
export const prepare = async (incus: Incus, wanted: Wanted, owner: string): Promise<string | undefined> => {
  const ours = { [label.owner]: owner };
  await makeProject(incus, ours);
  if ((await incus.find(poolPath(wanted))) === undefined) {
    const config = { ...ours, size: wanted.incusPoolSize };
    await unlessThere(incus.post('/1.0/storage-pools', { name: wanted.incusPool, driver: 'btrfs', config }));
  }
  return prepareBridge(incus, wanted, owner);
};

/** Of its own, so that a listing has nothing in it but Lateen's, and images of others stay apart. */
export const makeProject = async (incus: Incus, labels: Readonly<Record<string, string>> = {}): Promise<void> => {
  if ((await incus.find(`/1.0/projects/${project}`)) !== undefined) return;
  const own = ['images', 'profiles', 'storage.volumes', 'storage.buckets'];
  const config = {
    'features.networks': 'false',
    ...Object.fromEntries(own.map((feature) => [`features.${feature}`, 'true'])),
    ...labels,
  };
  await unlessThere(incus.post('/1.0/projects', { name: project, description: 'Machines of Lateen', config }));
};
