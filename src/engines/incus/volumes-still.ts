import { constants } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineRefusal } from '../machine.ts';
import type { Incus } from './client.ts';
import type { LabelledInstance } from './instances.ts';
import { CommandFailure, type Run } from './network/run.ts';
import type { Loops } from './volumes-loop.ts';

/** How long a machine may be held still, in ms, and one of its file systems may take to come to rest, in seconds. */
const longest = 60_000;
const restSeconds = 20;
/** How often a machine that does not come to rest is told again, in ms. */
const nudgeMs = 500;

/** The file system of a device in a machine, as seen from the host. */
export interface Mount {
  /** MAJ:MIN */
  readonly device: string;
  /** As the machine sees it. */
  readonly folder: string;
}

/** Holds machines and their disks still while they are copied. */
export interface Stillness {
  /**
   * Runs `copy` while nothing is written to the files that the machine has as disks; with `whole`, nothing in the machine runs either,
   * so that all of them are of one moment. Throws EngineRefusal when the copy takes too long to wait for.
   */
  hold<T>(
    machine: LabelledInstance | undefined,
    files: readonly string[],
    whole: boolean,
    copy: () => Promise<T>,
  ): Promise<T>;
  /** Lets everything go on, also what a process that has ended has left still. */
  thaw(machine: LabelledInstance, files: readonly string[]): Promise<void>;
  mountsOf(machine: LabelledInstance, file: string): Promise<Mount[]>;
}

/** What `Stillness` looks at of this host; tests have another. */
export interface Host {
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  /** Gives `use` a path to the folder that nobody can lead elsewhere, when it is on the device; otherwise does nothing. */
  visit(folder: string, device: string, use: (path: string) => Promise<unknown>): Promise<boolean>;
}

const thisHost: Host = {
  read: (file) => readFile(file, 'utf8'),
  write: (file, text) => writeFile(file, text),
  async visit(folder, device, use) {
    const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(() => undefined);
    if (handle === undefined) return false;
    try {
      // The machine says where its mounts are, and it may have put a link to the host's own there.
      if (numberOf((await handle.stat()).dev) !== device) return false;
      await use(`/proc/${process.pid}/fd/${handle.fd}`);
      return true;
    } finally {
      await handle.close();
    }
  },
};

/** MAJ:MIN of what stat calls a device: makedev(3). */
const numberOf = (dev: number): string => `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;

export const createStillness = (incus: Incus, run: Run, loops: Loops, host: Host = thisHost): Stillness => {
  const path = ({ name }: LabelledInstance): string => `/1.0/instances/${name}/state`;
  const statusOf = async (machine: LabelledInstance): Promise<string> =>
    (await incus.get<{ readonly status: string }>(path(machine))).status;
  const rootOf = async (machine: LabelledInstance): Promise<string | undefined> => {
    const { pid } = await incus.get<{ readonly pid: number }>(path(machine));
    return machine.type === 'container' && pid > 0 ? `/proc/${pid}` : undefined;
  };
  const mountsOf = async (machine: LabelledInstance, file: string): Promise<Mount[]> => {
    const [number, root] = await Promise.all([loops.number(file), rootOf(machine)]);
    if (number === undefined || root === undefined) return [];
    return parseMounts(await host.read(join(root, 'mountinfo'))).filter(({ device }) => device === number);
  };
  /** Once for each file system that is there: it is at rest in all its mounts at once. */
  const visit = async (machine: LabelledInstance, file: string, use: (path: string) => Promise<unknown>) => {
    const root = await rootOf(machine);
    if (root === undefined) return;
    for (const { device, folder } of await mountsOf(machine, file))
      if (await host.visit(join(root, 'root', folder), device, use)) return;
  };
  const turn = (machine: LabelledInstance, action: 'freeze' | 'unfreeze'): Promise<unknown> =>
    incus.put(path(machine), { action, timeout: restSeconds });
  /**
   * A kernel with control groups of version 1 tells each process once, and misses one that begins another at that moment: the whole
   * machine would hang half asleep, and Incus with it, until it is told again.
   */
  const tell = async (machine: LabelledInstance, state: 'FROZEN' | 'THAWED'): Promise<void> => {
    const root = await rootOf(machine);
    const groups = root === undefined ? '' : await host.read(join(root, 'cgroup'));
    const [, group] = /^\d+:freezer:(\/.+)$/m.exec(groups) ?? [];
    if (group !== undefined) await host.write(join('/sys/fs/cgroup/freezer', group, 'freezer.state'), state);
  };
  const freeze = async (machine: LabelledInstance): Promise<void> => {
    let isOver = false;
    const frozen = turn(machine, 'freeze').finally(() => {
      isOver = true;
    });
    for (let left = (restSeconds * 1_000) / nudgeMs; left > 0; left -= 1) {
      await Promise.race([frozen, sleep(nudgeMs)]);
      if (isOver) return;
      await tell(machine, 'FROZEN');
    }
    frozen.catch(() => {});
    throw new Error(`${machine.name} does not come to rest.`);
  };
  const unfreeze = async (machine: LabelledInstance): Promise<void> => {
    for (let left = (restSeconds * 1_000) / nudgeMs; left > 0; left -= 1) {
      const status = await statusOf(machine);
      if (status === 'Frozen') return void (await turn(machine, 'unfreeze'));
      if (status !== 'Freezing') return;
      await tell(machine, 'FROZEN');
      await sleep(nudgeMs);
    }
    await tell(machine, 'THAWED');
  };
  const rest = (place: string) => run('timeout', [String(restSeconds), 'fsfreeze', '--freeze', place]);
  const wake = (place: string) => run('fsfreeze', ['--unfreeze', place]).catch(unlessAwake);
  const thaw = async (machine: LabelledInstance, files: readonly string[]): Promise<void> => {
    const awake = await Promise.allSettled(files.map((file) => visit(machine, file, wake)));
    await unfreeze(machine);
    for (const result of awake) if (result.status === 'rejected') throw result.reason;
  };

  const flush = async (files: readonly string[]): Promise<void> => {
    for (const file of files) await loops.flush(file);
  };
  const holdAlone: Stillness['hold'] = async (machine, files, whole, copy) => {
    const status = machine && (await statusOf(machine));
    if (machine === undefined || status === 'Stopped') {
      await flush(files);
      return copy();
    }
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      // Whatever fails here is tried again at the end of the copy.
      thaw(machine, files).catch(() => {});
    }, longest);
    try {
      if (whole && status !== 'Frozen') await freeze(machine);
      for (const file of files) await visit(machine, file, rest);
      await flush(files);
      const copied = await copy();
      if (!late) return copied;
    } finally {
      clearTimeout(limit);
      await thaw(machine, files);
    }
    throw new EngineRefusal(
      `${machine.name} was to be held still for longer than ${longest / 1_000} seconds. Its storage pool copies slowly: stop the machine first.`,
    );
  };
  const last = new Map<string, Promise<unknown>>();

  return {
    mountsOf,
    thaw,
    /** One after another for each machine: the first to end would wake what the next one copies. */
    hold(machine, files, whole, copy) {
      const name = machine?.name ?? '';
      const held = (last.get(name) ?? Promise.resolve()).then(() => holdAlone(machine, files, whole, copy));
      if (machine === undefined) return held;
      const over: Promise<void> = held.then(noop, noop).then(() => {
        if (last.get(name) === over) last.delete(name);
      });
      last.set(name, over);
      return held;
    },
  };
};

const noop = (): void => {};

/** The lines of a mountinfo: proc_pid_mountinfo(5). Blanks in paths are octal there. */
export const parseMounts = (text: string): Mount[] =>
  text.split('\n').flatMap((line) => {
    const [, , device, , folder] = line.split(' ');
    if (device === undefined || folder === undefined) return [];
    return [
      {
        device,
        folder: folder.replaceAll(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8))),
      },
    ];
  });

/** It says so of a file system that nothing has frozen. */
const unlessAwake = (error: unknown): void => {
  if (!(error instanceof CommandFailure && /Invalid argument/.test(error.message))) throw error;
};
