import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineRefusal } from '../machine.ts';
import type { Incus } from './client.ts';
import type { LabelledInstance } from './instances.ts';
import { CommandFailure, type Run } from './network/run.ts';
import type { Loops } from './volumes-loop.ts';

/** How long a machine may be held still, in ms, and one of its file systems may take to come to rest, in seconds. */
const longest = 60_000;
const restSeconds = 20;

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
  /** Gives `use` a path to the folder that nobody can lead elsewhere, when it is on the device; otherwise does nothing. */
  visit(folder: string, device: string, use: (path: string) => Promise<unknown>): Promise<boolean>;
}

const thisHost: Host = {
  read: (file) => readFile(file, 'utf8'),
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
  const rest = (place: string) => run('timeout', [String(restSeconds), 'fsfreeze', '--freeze', place]);
  const wake = (place: string) => run('fsfreeze', ['--unfreeze', place]).catch(unlessAwake);
  const thaw = async (machine: LabelledInstance, files: readonly string[]): Promise<void> => {
    const awake = await Promise.allSettled(files.map((file) => visit(machine, file, wake)));
    const { status } = await incus.get<{ readonly status: string }>(path(machine));
    if (status === 'Frozen') await turn(machine, 'unfreeze');
    for (const result of awake) if (result.status === 'rejected') throw result.reason;
  };

  return {
    mountsOf,
    thaw,
    async hold(machine, files, whole, copy) {
      const flush = async (): Promise<void> => {
        for (const file of files) await loops.flush(file);
      };
      if (machine === undefined || !['Running', 'Frozen'].includes(machine.status)) {
        await flush();
        return copy();
      }
      let late = false;
      const limit = setTimeout(() => {
        late = true;
        // Whatever fails here is tried again at the end of the copy.
        thaw(machine, files).catch(() => {});
      }, longest);
      try {
        if (whole && machine.status === 'Running') await turn(machine, 'freeze');
        for (const file of files) await visit(machine, file, rest);
        await flush();
        const copied = await copy();
        if (!late) return copied;
      } finally {
        clearTimeout(limit);
        await thaw(machine, files);
      }
      throw new EngineRefusal(
        `${machine.name} was to be held still for longer than ${longest / 1_000} seconds. Its storage pool copies slowly: stop the machine first.`,
      );
    },
  };
};

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
