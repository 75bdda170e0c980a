import { createHash } from 'node:crypto';
import type { InstanceInner } from '../../resources/instances/noun.ts';
import type { ListedInstance } from '../../store/records/newest-instances.ts';
import type { Instance, Operation, Tag } from '../generated/types.ts';
import { flavorId, imageId } from './uuid5.ts';

/** The key of the tag that keeps the description, which Lightsail has no place for. */
export const descriptionTag = 'bycloud:description';

/** A description as the value of a tag, which has fewer signs: the others are `=` and two hexadecimal digits for each byte. */
export const escapeDescription = (text: string): string =>
  text.replace(/[^\p{L}\p{N} +\-._:/@]/gu, (sign) =>
    [...Buffer.from(sign)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );

const readDescription = (value = ''): string =>
  value.replace(/(=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString());

interface Shown {
  readonly status: string;
  readonly vm_state: string;
  readonly task_state: string | null;
  readonly power_state: string;
}

/** What may be the matter with an instance, in ByCloud's four words for it (bycloud.md 4). */
const situations = {
  building: { status: 'BUILD', vm_state: 'BUILDING', task_state: 'spawning', power_state: 'NOSTATE' },
  starting: { status: 'SHUTOFF', vm_state: 'STOPPED', task_state: 'powering-on', power_state: 'SHUTDOWN' },
  running: { status: 'ACTIVE', vm_state: 'ACTIVE', task_state: null, power_state: 'RUNNING' },
  rebooting: { status: 'REBOOT', vm_state: 'ACTIVE', task_state: 'rebooting', power_state: 'RUNNING' },
  stopping: { status: 'ACTIVE', vm_state: 'ACTIVE', task_state: 'powering-off', power_state: 'RUNNING' },
  stopped: { status: 'SHUTOFF', vm_state: 'STOPPED', task_state: null, power_state: 'SHUTDOWN' },
} as const satisfies Record<string, Shown>;

const situationOf = (row: ListedInstance, inner: InstanceInner): Shown => {
  if (row.state === 'pending') return inner.launchedAt === undefined ? situations.building : situations.starting;
  if (row.state === 'running') return row.rebooting ? situations.rebooting : situations.running;
  return row.state === 'stopping' ? situations.stopping : situations.stopped;
};

const address = (addr: string, version: 4 | 6, type: 'fixed' | 'floating', mac_addr: string) => ({
  ...{ addr, version, type, mac_addr },
});

/** The instance as ByCloud shows it; `region` is the code of its Region there. */
export const viewOf = (row: ListedInstance, region: string) => {
  const body = JSON.parse(row.body) as Instance;
  const inner = JSON.parse(row.inner) as InstanceInner;
  const { id, name } = row;
  const disks = body.hardware?.disks ?? [];
  const tags = body.tags ?? [];
  return {
    id,
    crn: `crn:${region}:compute:instance:${id}`,
    name,
    description: readDescription(tags.find(({ key }) => key === descriptionTag)?.value),
    ...situationOf(row, inner),
    flavor: {
      id: flavorId(body.bundleId ?? ''),
      name: body.bundleId ?? '',
      vcpus: body.hardware?.cpuCount ?? 0,
      ram: Math.round((body.hardware?.ramSizeInGb ?? 0) * 1024),
      disk: disks.find(({ isSystemDisk }) => isSystemDisk)?.sizeInGb ?? 0,
    },
    image:
      body.blueprintId === undefined
        ? null
        : { id: imageId(body.blueprintId), name: body.blueprintName ?? body.blueprintId },
    addresses: addressesOf(body, macOf(id)),
    security_groups: [{ name: 'default' }],
    volumes_attached: disks
      .filter(({ isSystemDisk }) => !isSystemDisk)
      .map(({ arn = '', path = '' }) => ({
        id: arn.slice(arn.lastIndexOf('/') + 1),
        device: path,
        delete_on_termination: false,
      })),
    key_names: body.sshKeyName === undefined ? [] : [body.sshKeyName],
    metadata: Object.fromEntries(tags.filter(isMetadata).map(({ key, value }) => [key, value])),
    tags: tags.filter((tag) => !tag.value && tag.key !== descriptionTag).map(({ key }) => key),
    created_at: rfc3339(row.createdAt),
    updated_at: rfc3339(changedAt(row)),
    launched_at: inner.launchedAt === undefined ? null : rfc3339(inner.launchedAt),
    terminated_at: null,
  };
};

/** Tags with a value are metadata, and those without are tags. */
export const isMetadata = ({ key, value }: Tag): boolean => !!value && key !== descriptionTag;

const addressesOf = ({ privateIpAddress, publicIpAddress, ipv6Addresses = [] }: Instance, mac: string) => {
  const fixed = [
    ...(privateIpAddress === undefined ? [] : [address(privateIpAddress, 4, 'fixed', mac)]),
    ...ipv6Addresses.map((addr) => address(addr, 6, 'fixed', mac)),
  ];
  return {
    ...(fixed.length === 0 ? {} : { private: fixed }),
    ...(publicIpAddress === undefined ? {} : { public: [address(publicIpAddress, 4, 'floating', mac)] }),
  };
};

const macOf = (id: string): string => {
  const [a, b, c] = createHash('sha256').update(id).digest('hex').match(/../g)!;
  return `fa:16:3e:${a}:${b}:${c}`;
};

const changedAt = ({ createdAt, lastOperation }: ListedInstance): number => {
  const { statusChangedAt = 0 } = lastOperation === null ? {} : (JSON.parse(lastOperation) as Operation);
  return Math.max(createdAt, statusChangedAt * 1000);
};

/** Whole seconds. */
const rfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
