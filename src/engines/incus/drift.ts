import type { Finding, Kept, Told } from '../machine.ts';
import type { Incus } from './client.ts';
import { complete, type IncusInstance, knownIn } from './instances.ts';
import { type Kind, label, nameOf } from './labels.ts';
import { states } from './machines.ts';
import type { AddressBook } from './metadata.ts';
import type { Network, NetworkedMachine } from './network/network.ts';
import type { LeftDevices } from './volumes-left.ts';
import type { Pool } from './volumes-pool.ts';

export interface DriftWorld {
  readonly incus: Incus;
  readonly owner: string;
  readonly pool: Pool;
  readonly left: LeftDevices;
  readonly book: AddressBook;
  readonly network: Pick<Network, 'remains' | 'restore' | 'remove' | 'set' | 'started'>;
  readonly networked: (known: ReturnType<typeof knownIn>) => NetworkedMachine;
}

/** What Incus has with our label, and what this host keeps for it: the engine's part of `list` and `mend`. */
export const createDrift = (world: DriftWorld) => {
  const { incus, owner, pool, left, book, network, networked } = world;
  const path = (name: string): string => `/1.0/instances/${name}`;
  const ours = async (): Promise<IncusInstance[]> => {
    const all = await incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
    return all.filter(({ config }) => config[label.owner] === owner);
  };
  const machinesAmong = (all: readonly IncusInstance[]): IncusInstance[] =>
    all.filter((instance) => {
      const { config, name } = instance;
      return config[label.kind] === 'machine' && config[complete] === 'true' && name === properName(instance);
    });

  /** One that has another name is not found by its own: somebody has renamed it, or copied it with its labels. */
  const rename = async (all: readonly IncusInstance[]): Promise<Finding[]> => {
    const names = new Set(all.map(({ name }) => name));
    const found: Finding[] = [];
    for (const instance of all) {
      const [name, proper] = [instance.name, properName(instance)];
      if (name === proper) continue;
      const is = `${name} in Incus is ${proper} of Lateen`;
      if (names.has(proper))
        found.push({ text: `${name} in Incus is a copy of ${proper}, and nobody's.`, mended: false });
      else if (instance.status !== 'Stopped')
        found.push({ text: `${is}, renamed. Stop it in Incus, and it gets its name back.`, mended: false });
      else {
        await incus.post(path(name), { name: proper });
        names.add(proper);
        found.push({ text: `${is}, renamed. It has its name again.`, mended: true });
      }
    }
    return found;
  };

  const mendNetwork = async (before: readonly string[], all: readonly IncusInstance[]): Promise<Finding[]> => {
    const machines = new Map(
      machinesAmong(all).map((instance) => [knownIn(instance).id, networked(knownIn(instance))]),
    );
    const found: Finding[] = [];
    for (const id of before) {
      if (machines.has(id) || (await incus.find(path(nameOf('machine', id)))) !== undefined) continue;
      book.remove(id);
      await network.remove(id);
      found.push({
        text: `The addresses of the machine ${nameOf('machine', id)} were set, and it is gone.`,
        mended: true,
      });
    }
    for (const [id, machine] of machines) if (!book.has(id)) book.put(machine);
    if (!(await network.remains())) {
      await network.restore(withoutDoubles(all, [...machines.values()]));
      found.push({ text: 'Somebody had taken the rules of the network away. They are there again.', mended: true });
    }
    await network.started();
    return found;
  };

  /** Devices of files that are gone with their volumes. Those of other pools are others' to judge. */
  const mendLoops = async (): Promise<Finding[]> => {
    const found: Finding[] = [];
    for (const name of await left.names()) {
      if (await pool.exists(name)) continue;
      if (await left.drop(name, pool.file(name)))
        found.push({ text: `The device of the volume ${name} was left, and it is gone.`, mended: true });
    }
    return found;
  };

  return {
    async *list(): AsyncGenerator<Kept> {
      for (const instance of await ours()) {
        const { config, name, status } = instance;
        const [id, kind] = [config[label.id] ?? '', config[label.kind]];
        if (name !== properName(instance)) continue;
        const whole = config[complete] === 'true';
        if (kind === 'snapshot') yield { kind, id, whole };
        else yield { kind: 'machine', id, whole, state: states[status], told: toldIn(instance) };
      }
      for (const { id, kind, whole } of await pool.all())
        yield { kind: kind === 'snapshot' ? 'snapshot' : 'volume', id, whole };
    },
    async mend(): Promise<readonly Finding[]> {
      const before = book.machines();
      const renamed = await rename(await ours());
      return [...renamed, ...(await mendNetwork(before, await ours())), ...(await mendLoops())];
    },
  };
};

const properName = ({ config }: IncusInstance): string =>
  nameOf((config[label.kind] ?? 'machine') as Kind, config[label.id] ?? '');

const toldIn = (instance: IncusInstance): Told => {
  const { addresses, firewall, metadata } = knownIn(instance);
  return { addresses, firewall, metadata };
};

/**
 * A machine that was stopped may still be down with the address that another has by now: each address is only that of one, and of one
 * that runs first.
 */
export const withoutDoubles = (
  all: readonly IncusInstance[],
  machines: readonly NetworkedMachine[],
): NetworkedMachine[] => {
  const running = new Set(all.flatMap((instance) => (instance.status === 'Stopped' ? [] : [knownIn(instance).id])));
  const taken = new Set<string>();
  return [...machines]
    .sort((one, other) => Number(running.has(other.id)) - Number(running.has(one.id)))
    .map(({ publicIp, ...machine }) => {
      if (publicIp === undefined || taken.has(publicIp)) return machine;
      taken.add(publicIp);
      return { ...machine, publicIp };
    });
};
