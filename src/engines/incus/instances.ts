import { EngineRefusal, type MachineSpec } from '../machine.ts';
import type { Incus } from './client.ts';
import { type Kind, label, nameOf } from './labels.ts';

/** An instance as Incus describes it, as far as Lateen reads it. */
export interface IncusInstance {
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly architecture: string;
  /** ISO time. */
  readonly created_at: string;
  /** ISO time of the last start; year 0 or 1970 before the first. */
  readonly last_used_at: string;
  readonly config: Readonly<Record<string, string>>;
  readonly devices: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What stays known of a machine in its labels; the rest of its MachineSpec is config of the instance itself. */
export type KnownMachine = Pick<
  MachineSpec,
  | 'id'
  | 'name'
  | 'zone'
  | 'network'
  | 'blueprintId'
  | 'username'
  | 'size'
  | 'addresses'
  | 'firewall'
  | 'metadata'
  | 'authorizedKeys'
>;

export interface LabelledInstance extends IncusInstance {
  readonly id: string;
  readonly known: KnownMachine;
}

/** Instances of this Lateen. Those of others are not seen, whatever they are called. */
export interface Instances {
  path(id: string): string;
  /** Undefined when there is none, or it was not made to its end. */
  find(id: string): Promise<LabelledInstance | undefined>;
  /** Throws EngineRefusal when there is none. */
  expect(id: string): Promise<LabelledInstance>;
  list(): Promise<LabelledInstance[]>;
  /** Writes what is known down anew, with what else is to be changed. */
  save(id: string, known: KnownMachine, also?: { config?: object; devices?: object }): Promise<void>;
}

/** Set at the very end of a creation. What lacks it was cut short, and is nobody's machine. */
export const complete = 'user.lateen.complete';

/** Whether `owner` has made it, and to its end. */
export const isOf = ({ config }: IncusInstance, owner: string, kind: Kind): boolean =>
  config[label.owner] === owner && config[label.kind] === kind && config[complete] === 'true';

export const knownIn = ({ config }: IncusInstance): KnownMachine => JSON.parse(config[label.spec] ?? '{}');

/** The instances of one kind that `owner` has made. */
export const createInstances = (incus: Incus, owner: string, kind: Kind = 'machine'): Instances => {
  const path = (id: string): string => `/1.0/instances/${nameOf(kind, id)}`;
  const isOurs = (instance: IncusInstance): boolean => isOf(instance, owner, kind);
  const labelled = (instance: IncusInstance): LabelledInstance => ({
    ...instance,
    id: instance.config[label.id] ?? '',
    known: knownIn(instance),
  });
  const find = async (id: string): Promise<LabelledInstance | undefined> => {
    const instance = await incus.find<IncusInstance>(path(id));
    return instance && isOurs(instance) ? labelled(instance) : undefined;
  };

  return {
    path,
    find,
    async expect(id) {
      const found = await find(id);
      if (found === undefined) throw new EngineRefusal(`Incus has no ${kind} ${nameOf(kind, id)}.`);
      return found;
    },
    async list() {
      const all = await incus.get<IncusInstance[]>('/1.0/instances?recursion=1');
      return all.filter(isOurs).map(labelled);
    },
    save: async (id, known, { config, devices } = {}) =>
      void (await incus.patch(path(id), {
        config: { ...config, [label.spec]: JSON.stringify(known) },
        ...(devices && { devices }),
      })),
  };
};

/** Waits for what the daemon still does to an instance, as after a call that was cut off by the end of Lateen's process. */
export const settleOperations = async (incus: Incus, path: string): Promise<void> => {
  const groups = await incus.get<Readonly<Record<string, readonly Operation[]>>>('/1.0/operations?recursion=1');
  const running = Object.values(groups)
    .flat()
    .filter(({ resources }) => resources?.instances?.some((instance) => instance.split('?')[0] === path));
  for (const { id } of running) await incus.find(`/1.0/operations/${id}/wait?timeout=60`);
};

interface Operation {
  readonly id: string;
  readonly resources: { readonly instances?: readonly string[] } | null;
}
