import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineRefusal } from '../machine.ts';
import { CommandFailure, type Run } from './network/run.ts';
import type { NewVolume, Pool } from './volumes-pool.ts';

/** The stopped instance whose system disk is to be a volume. */
export interface SystemDisk {
  readonly instance: string;
  readonly type: string;
}

/** System disks of instances as volumes. A container has a folder for one: its files become an ext4 file system. */
export interface SystemDisks {
  /** Begins to make the volume, unless that is under way, and tells how far it is, in percent; 100 once, at its end. Throws what it has failed with. */
  make(name: string, volume: NewVolume, disk: SystemDisk): Promise<number>;
  /** Ends the work on the volume, if there is any, before it is removed. */
  cancel(name: string): Promise<void>;
  close(): Promise<void>;
}

interface Work {
  readonly abort: AbortController;
  readonly done: Promise<void>;
  percent(): Promise<number>;
  outcome?: 'made' | { readonly error: unknown };
}

export const createSystemDisks = (pool: Pool, run: Run): SystemDisks => {
  const works = new Map<string, Work>();

  const begin = (name: string, volume: NewVolume, { instance, type }: SystemDisk): Work => {
    const abort = new AbortController();
    const program = (command: string, args: readonly string[]) => run(command, args, '', abort.signal).catch(refuse);
    let bytes = 0;
    const fill = async (): Promise<void> => {
      const folder = pool.folder(instance, type);
      if (type !== 'container') {
        await program('cp', ['--reflink=auto', '--sparse=always', join(folder, 'root.img'), pool.file(name)]);
        return;
      }
      const root = join(folder, 'rootfs');
      bytes = Number.parseInt(await program('du', ['--summarize', '--one-file-system', '--block-size=1', root]), 10);
      await program('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', root, pool.file(name)]);
    };
    const make = async (): Promise<void> => {
      // A process that ended may have left one that still writes: it keeps the old file.
      await pool.make(name, volume);
      await fill();
      abort.signal.throwIfAborted();
      await pool.finish(name);
    };
    const work: Work = {
      abort,
      done: make().then(
        () => {
          work.outcome = 'made';
        },
        (error: unknown) => {
          work.outcome = { error };
        },
      ),
      async percent() {
        if (bytes === 0) return 0;
        const written = await stat(pool.file(name)).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        );
        return Math.min(99, Math.floor((100 * written) / bytes));
      },
    };
    works.set(name, work);
    return work;
  };
  const cancel = async (name: string): Promise<void> => {
    const work = works.get(name);
    work?.abort.abort();
    await work?.done;
    works.delete(name);
  };

  return {
    cancel,
    async make(name, volume, disk) {
      const work = works.get(name) ?? begin(name, volume, disk);
      if (work.outcome === undefined) return work.percent();
      works.delete(name);
      if (work.outcome === 'made') return 100;
      await pool.remove(name);
      throw work.outcome.error;
    },
    close: async () => void (await Promise.all([...works.keys()].map(cancel))),
  };
};

/** What a program says is wrong is so for ever: the files that it reads do not change. One that was killed says nothing. */
const refuse = (error: unknown): never => {
  if (error instanceof CommandFailure && error.code !== undefined) throw new EngineRefusal(error.message);
  throw error;
};
