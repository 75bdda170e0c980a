import type { HostKeyAttributes } from '../../api/generated/types.ts';
import { describeHostKey } from '../../ssh/host-keys.ts';
import type { KeyType } from '../../ssh/public-key.ts';
import type { Incus } from './client.ts';

/** In the order in which GetInstanceAccessDetails lists them (F150). */
const kinds = ['rsa', 'ed25519', 'ecdsa'];

/**
 * The host keys of a Linux instance, from its own files; none before it has made them. An instance that began as a copy has its
 * source's keys until cloud-init, in its first boot, has made others: they are nobody's to trust.
 */
export const hostKeysOf = async (incus: Incus, instance: string): Promise<Omit<HostKeyAttributes, 'witnessedAt'>[]> => {
  const [hasCloudInit, begun, status] = await Promise.all([
    incus.readFile(instance, '/etc/cloud/cloud.cfg'),
    // Of this instance and no other, and from when it begins to make them.
    incus.readFile(instance, `/var/lib/cloud/instances/${instance}/sem/config_ssh`),
    incus.readFile(instance, '/var/lib/cloud/data/status.json'),
  ]);
  if (hasCloudInit !== undefined && !(begun !== undefined && hasMadeKeys(status))) return [];
  const files = await Promise.all(kinds.map((kind) => incus.readFile(instance, `/etc/ssh/ssh_host_${kind}_key.pub`)));
  return files.flatMap((file) => {
    const [algorithm, publicKey] = String(file ?? '').split(' ');
    if (algorithm === undefined || publicKey === undefined) return [];
    const { witnessedAt: _unwitnessed, ...key } = describeHostKey({ algorithm: algorithm as KeyType, publicKey }, 0);
    return [key];
  });
};

/** The stage that makes the keys is over. A file that is being written tells nothing yet. */
const hasMadeKeys = (status: Buffer | undefined): boolean => {
  try {
    const { v1 } = JSON.parse(String(status)) as { v1?: { init?: { finished?: number | null } } };
    return Boolean(v1?.init?.finished);
  } catch {
    return false;
  }
};
