import { type InstanceKey, instanceRole } from '../../../../iam/instance-keys.ts';
import type { MetadataService } from '../../../machine.ts';

/** What a machine may learn of itself. What is absent is not there to be asked for. */
export interface MetadataFacts {
  /** Id of the machine's resource: a token holds for this machine alone. */
  readonly machine: string;
  /** As `i-0123456789abcdef0`. */
  readonly instanceId: string;
  /** The name that the machine has for itself. */
  readonly hostname: string;
  readonly zone: string;
  readonly region: string;
  readonly privateIp?: string | undefined;
  readonly publicIp?: string | undefined;
  readonly ipv6: readonly string[];
  readonly mac?: string | undefined;
  /** The network that the private address is of. */
  readonly privateCidr?: string | undefined;
  readonly accountId?: string | undefined;
  readonly imageId?: string | undefined;
  readonly instanceType?: string | undefined;
  /** As Node.js names it: x64, arm64. */
  readonly architecture?: string | undefined;
  /** When it was made, in ms. */
  readonly createdAt?: number | undefined;
  readonly publicKeys: readonly { readonly name: string; readonly key: string }[];
  readonly userData?: string | undefined;
  /** What it signs its requests for objects with: another one each time. */
  readonly key: () => InstanceKey;
  readonly options: MetadataService;
}

/** The text of a file, or what makes it whenever it is read. */
type File = string | (() => string);

/** A directory, or a file. What is undefined, and a directory of nothing, is not there. */
export interface Directory {
  readonly [name: string]: File | Directory | undefined;
}

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'arm64' };

/** The tree below a version, as machines of EC2 see it. */
export const metadataTree = (facts: MetadataFacts): Directory => ({
  dynamic: { 'instance-identity': { document: identityDocument(facts) } },
  'meta-data': {
    'ami-id': facts.imageId,
    hostname: facts.hostname,
    iam: { 'security-credentials': { [instanceRole]: () => credentials(facts.key()) } },
    'instance-id': facts.instanceId,
    'instance-life-cycle': 'on-demand',
    'instance-type': facts.instanceType,
    'local-hostname': facts.hostname,
    'local-ipv4': facts.privateIp,
    ipv6: facts.ipv6[0],
    mac: facts.mac,
    network: facts.mac === undefined ? undefined : { interfaces: { macs: { [facts.mac]: networkInterface(facts) } } },
    placement: { 'availability-zone': facts.zone, region: facts.region },
    'public-ipv4': facts.publicIp,
    'public-keys': Object.fromEntries(
      facts.publicKeys.map(({ name, key }, index) => [`${index}=${name}`, { 'openssh-key': key }]),
    ),
  },
  'user-data': facts.userData,
});

/** As EC2 has them, for SDKs to find. */
const credentials = ({ accessKeyId, secret, sessionToken, issuedAt, expiresAt }: InstanceKey): string =>
  JSON.stringify(
    {
      Code: 'Success',
      LastUpdated: stamp(issuedAt),
      Type: 'AWS-HMAC',
      AccessKeyId: accessKeyId,
      SecretAccessKey: secret,
      Token: sessionToken,
      Expiration: stamp(expiresAt),
    },
    undefined,
    2,
  );

const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const networkInterface = (facts: MetadataFacts): Directory => ({
  'device-number': '0',
  'ipv4-associations':
    facts.publicIp === undefined || facts.privateIp === undefined ? undefined : { [facts.publicIp]: facts.privateIp },
  ipv6s: facts.ipv6.length === 0 ? undefined : facts.ipv6.join('\n'),
  'local-hostname': facts.hostname,
  'local-ipv4s': facts.privateIp,
  mac: facts.mac,
  'owner-id': facts.accountId,
  'public-ipv4s': facts.publicIp,
  'subnet-ipv4-cidr-block': facts.privateCidr,
});

const identityDocument = (facts: MetadataFacts): string =>
  JSON.stringify(
    {
      accountId: facts.accountId,
      architecture: architectures[facts.architecture ?? ''],
      availabilityZone: facts.zone,
      imageId: facts.imageId,
      instanceId: facts.instanceId,
      instanceType: facts.instanceType,
      pendingTime: facts.createdAt === undefined ? undefined : stamp(facts.createdAt),
      privateIp: facts.privateIp,
      region: facts.region,
      version: '2017-09-30',
    },
    undefined,
    2,
  );

/** Text of the file, or the names in the directory, those of directories with a slash. Undefined when there is neither. */
export const lookUp = (tree: Directory, path: readonly string[]): string | undefined => {
  let found: File | Directory | undefined = tree;
  for (const [depth, name] of path.entries()) {
    if (typeof found !== 'object') return undefined;
    found = child(found, name, path[depth - 1]);
  }
  if (typeof found === 'function') return found();
  if (typeof found !== 'object') return found;
  const names = Object.entries(found).flatMap(([name, entry]) => listed(name, entry));
  return names.length === 0 ? undefined : names.sort().join('\n');
};

/** A key is listed as `0=name` and asked for as `0`. */
const child = (directory: Directory, name: string, parent: string | undefined): File | Directory | undefined => {
  const key = parent === 'public-keys' ? Object.keys(directory).find((full) => full.split('=')[0] === name) : name;
  return key !== undefined && Object.hasOwn(directory, key) ? directory[key] : undefined;
};

const listed = (name: string, entry: File | Directory | undefined): string[] => {
  if (entry === undefined) return [];
  if (typeof entry !== 'object') return [name];
  const entries = Object.values(entry).filter((value) => value !== undefined);
  if (entries.length === 0) return [];
  return [/^\d+=/.test(name) ? name : `${name}/`];
};
