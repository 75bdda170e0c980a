import { dirname, join } from 'node:path';
import { EngineRefusal, type VolumeSpec } from '../machine.ts';
import type { Incus } from './client.ts';
import { addressOf, type IncusOptions, project } from './config.ts';
import { complete } from './instances.ts';
import { type Kind, label, labelsOf } from './labels.ts';
import { refusing } from './refusals.ts';

/** What stays known of a volume in its labels. */
export interface KnownVolume {
  readonly sizeInGb: number;
  /** Of a disk, and of no snapshot. */
  readonly name?: string | undefined;
  readonly zone?: string | undefined;
  /** The machine that has it, the device that it is there, and whether it is one of this host, too. */
  readonly on?: { readonly machine: string; readonly path: string; readonly loop: boolean } | undefined;
}

export interface PoolVolume {
  /** As Incus calls it. */
  readonly name: string;
  /** Id of the disk or of the snapshot. */
  readonly id: string;
  readonly kind: Kind;
  readonly known: KnownVolume;
}

/** What a volume is to be, whose it is, and the name of the one that it is a copy of; blank without. */
export interface NewVolume {
  readonly kind: Kind;
  readonly id: string;
  readonly known: KnownVolume;
  readonly from?: string | undefined;
}

/** Block volumes of this Lateen in its pool. Those of others are not seen, and never touched. */
export interface Pool {
  /** Undefined when there is none, or it was not made to its end. */
  find(name: string): Promise<PoolVolume | undefined>;
  list(): Promise<PoolVolume[]>;
  /** Also what was not made to its end, which is not `whole`. */
  all(): Promise<(PoolVolume & { readonly whole: boolean })[]>;
  /** Whether there is one of this name, whosever it is. */
  exists(name: string): Promise<boolean>;
  /** Makes it anew, whatever was begun under the name. It is found after `finish`. What fails leaves nothing. */
  make(name: string, volume: NewVolume): Promise<void>;
  finish(name: string): Promise<void>;
  save(name: string, known: KnownVolume): Promise<void>;
  /** Also what was not made to its end. */
  remove(name: string): Promise<void>;
  /** Its bytes. Throws EngineRefusal when Incus is on another host. */
  file(name: string): string;
  /** The folder of an instance in the pool. The same holds. */
  folder(instance: string, type: string): string;
}

interface IncusVolume {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

const folders: Readonly<Record<string, string>> = { container: 'containers', 'virtual-machine': 'virtual-machines' };

export const createPool = (incus: Incus, owner: string, options: IncusOptions): Pool => {
  const base = `/1.0/storage-pools/${options.incusPool}/volumes/custom`;
  const path = (name: string): string => `${base}/${name}`;
  const isOurs = ({ config }: IncusVolume): boolean => config[label.owner] === owner && config[complete] === 'true';
  const described = ({ name, config }: IncusVolume): PoolVolume => ({
    name,
    id: config[label.id] ?? '',
    kind: config[label.kind] as Kind,
    known: JSON.parse(config[label.spec] ?? '{}') as KnownVolume,
  });
  const patch = (name: string, config: Readonly<Record<string, string>>): Promise<unknown> =>
    refusing(incus.patch(path(name), { config }));
  const remove = async (name: string): Promise<void> => {
    const found = await incus.find<IncusVolume>(path(name));
    if (found === undefined) return;
    if (found.config[label.owner] !== owner) throw new EngineRefusal(`The volume ${name} in Incus is not ours.`);
    await incus.delete(path(name));
  };
  const inPool = (...parts: readonly string[]): string => {
    const address = addressOf(options);
    if (!('socket' in address))
      throw new EngineRefusal('Disks of containers are devices of this host: its own Incus is needed, at a socket.');
    return join(dirname(address.socket), 'storage-pools', options.incusPool, ...parts);
  };

  return {
    async find(name) {
      const found = await incus.find<IncusVolume>(path(name));
      return found && isOurs(found) ? described(found) : undefined;
    },
    async list() {
      return (await incus.get<IncusVolume[]>(`${base}?recursion=1`)).filter(isOurs).map(described);
    },
    async all() {
      const all = await incus.get<IncusVolume[]>(`${base}?recursion=1`);
      return all
        .filter(({ config }) => config[label.owner] === owner)
        .map((volume) => ({ ...described(volume), whole: isOurs(volume) }));
    },
    exists: async (name) => (await incus.find(path(name))) !== undefined,
    async make(name, { kind, id, known, from }) {
      await remove(name);
      const config = {
        ...labelsOf(owner, kind, id),
        [label.spec]: JSON.stringify(known),
        size: `${known.sizeInGb}GiB`,
      };
      const source = { type: 'copy', name: from, pool: options.incusPool, volume_only: true };
      const order = { name, content_type: 'block', config, ...(from === undefined ? {} : { source }) };
      await refusing(incus.post(base, order)).catch(async (error: unknown) => {
        await remove(name);
        throw error;
      });
    },
    finish: async (name) => void (await patch(name, { [complete]: 'true' })),
    save: async (name, known) => void (await patch(name, { [label.spec]: JSON.stringify(known) })),
    remove,
    file: (name) => inPool('custom', `${project}_${name}`, 'root.img'),
    folder: (instance, type) => inPool(folders[type] ?? type, `${project}_${instance}`),
  };
};

/** What is known of a new disk. */
export const knownVolume = ({ name, zone, sizeInGb }: VolumeSpec): KnownVolume => ({ name, zone, sizeInGb });
