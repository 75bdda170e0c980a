import { EngineRefusal, type VolumeSpec } from '../machine.ts';
import type { Incus } from './client.ts';
import { createInstances, type Instances, type KnownMachine, type LabelledInstance } from './instances.ts';
import { nameOf } from './labels.ts';
import type { Pool } from './volumes-pool.ts';
import type { SystemDisk } from './volumes-system.ts';

/** A volume that was taken along with a machine, by the device that it was. */
export interface TakenVolume {
  readonly path: string;
  readonly sizeInGb: number;
}

/** What stays known of a machine's copy. */
export interface KnownCopy extends KnownMachine {
  readonly volumes: readonly TakenVolume[];
  /** It is there only until its system disk, which is the snapshot, is a volume. */
  readonly systemDisk?: boolean | undefined;
}

/** What machines have their system disk as. */
export const systemPath = '/dev/xvda';

/** The volume of a snapshot: its only one, or that which a machine had at the device `path`. */
export const volumeNameOf = (snapshot: string, path?: string): string =>
  [nameOf('snapshot', snapshot), ...(path?.split('/').slice(2) ?? [])].join('-');

export const knownCopy = ({ known }: LabelledInstance): KnownCopy => known as KnownCopy;

/** The instance that a new machine is a copy of. Throws EngineRefusal when there is none. */
export const sourceOfMachine = async (incus: Incus, owner: string, snapshot: string): Promise<LabelledInstance> => {
  const found = await createInstances(incus, owner, 'snapshot').find(snapshot);
  if (found === undefined || knownCopy(found).systemDisk) throw absent(snapshot);
  return found;
};

/** What a new volume is made of: another volume, or the system disk of an instance. Throws EngineRefusal when it is not there. */
export const sourceOfVolume = async (
  { copies, pool }: { readonly copies: Instances; readonly pool: Pool },
  { snapshot, path }: NonNullable<VolumeSpec['from']>,
): Promise<SystemDisk | { readonly volume: string }> => {
  if (path === undefined || path !== systemPath) {
    const volume = volumeNameOf(snapshot, path);
    if ((await pool.find(volume)) === undefined) throw absent(snapshot, path);
    return { volume };
  }
  const copy = await copies.find(snapshot);
  if (copy === undefined) throw absent(snapshot);
  return { instance: copy.name, type: copy.type };
};

export const absent = (snapshot: string, path?: string): EngineRefusal =>
  new EngineRefusal(
    `Incus has no snapshot ${nameOf('snapshot', snapshot)}${path === undefined ? '' : ` with ${path}`}.`,
  );
