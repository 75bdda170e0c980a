import { readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from './network/run.ts';
import type { Loops } from './volumes-loop.ts';

/** Loop devices whose volumes were deleted in Incus: nothing else would ever end them. */
export interface LeftDevices {
  /** Of the devices that were opened on this host, by whomever. */
  names(): Promise<string[]>;
  /** Ends one whose file is not there any more. False, and nothing is done, when it is of another file, or that is still there. */
  drop(name: string, file: string): Promise<boolean>;
}

export const createLeftDevices = (run: Run, { path }: Pick<Loops, 'path'>): LeftDevices => ({
  names: () =>
    readdir(path('')).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return [];
    }),
  async drop(name, file) {
    const link = join(path(''), name);
    const device = await readlink(link).catch(() => undefined);
    if (device === undefined) return false;
    const known = await run('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE', device]).catch(() => '');
    if (known.trim() !== `${file} (deleted)`) return false;
    await rm(link, { force: true });
    // It goes when nobody has it mounted any more.
    await run('losetup', ['--detach', device]);
    return true;
  },
});
