import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineRefusal } from '../machine.ts';
import type { Run } from './network/run.ts';

/** Files as block devices of this host. */
export interface Loops {
  /** Where the device of this name is, as long as it is open: never the same number, always the same path. */
  path(name: string): string;
  /** Makes a device of the file, or finds the one that it is: there are never two. Answers whether the path leads elsewhere than before. */
  open(name: string, file: string): Promise<boolean>;
  /** Runs `meanwhile`, in which nobody can mount the device, and ends it. False, and nothing was run, while it is mounted. */
  close(name: string, file: string, meanwhile?: () => Promise<unknown>): Promise<boolean>;
  /** Whether something has the device of the file for itself: it is mounted, in whatever namespace. */
  isBusy(file: string): Promise<boolean>;
  /** Its number as in /proc/PID/mountinfo; undefined when the file is no device. */
  number(file: string): Promise<string | undefined>;
  /** Brings what was written to the device into the file. */
  flush(file: string): Promise<void>;
}

/** In a file system that ends with the host, as device numbers do: what is there after a reboot leads to no other's device. */
const defaultFolder = '/dev/lateen';

/** Loop devices, under names of their own in `folder`. Throws EngineRefusal for a file that is not there. */
export const createLoops = (run: Run, folder = defaultFolder): Loops => {
  const path = (name: string): string => join(folder, name);
  const list = async (file: string, column: string): Promise<string | undefined> => {
    const found = await run('losetup', ['--list', '--noheadings', '--output', column, '--associated', file]);
    return found.trim().split('\n')[0]?.trim() || undefined;
  };
  const find = (file: string): Promise<string | undefined> => list(file, 'NAME');

  return {
    path,
    async open(name, file) {
      await exists(file);
      // With nooverlap it finds the device that the file is already.
      const device = (await run('losetup', ['--find', '--show', '--nooverlap', '--direct-io=on', file])).trim();
      if ((await readlink(path(name)).catch(() => undefined)) === device) return false;
      await mkdir(folder, { recursive: true, mode: 0o755 });
      await symlink(device, `${path(name)}.new`).catch(unless('EEXIST'));
      await rename(`${path(name)}.new`, path(name));
      return true;
    },
    async close(name, file, meanwhile) {
      const device = await find(file);
      const claim = device === undefined ? undefined : await claimed(device);
      if (claim === 'busy') return false;
      try {
        await meanwhile?.();
        await rm(path(name), { force: true });
        // It goes when the claim does.
        if (device !== undefined) await run('losetup', ['--detach', device]);
      } finally {
        await claim?.close();
      }
      return true;
    },
    async isBusy(file) {
      const device = await find(file);
      if (device === undefined) return false;
      const claim = await claimed(device);
      if (claim === 'busy') return true;
      await claim.close();
      return false;
    },
    number: (file) => list(file, 'MAJ:MIN'),
    async flush(file) {
      const device = await find(file);
      if (device === undefined) return;
      const handle = await open(device, 'r+');
      await handle.sync().finally(() => handle.close());
    },
  };
};

/** The device, for nobody else to mount; 'busy' when somebody has. */
const claimed = (device: string): Promise<FileHandle | 'busy'> =>
  open(device, constants.O_RDONLY | constants.O_EXCL).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EBUSY') return 'busy';
    throw error;
  });

const exists = async (file: string): Promise<void> => {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new EngineRefusal(
      `There is no file ${file}. Disks of containers are files in a pool of btrfs or dir, of an Incus on this host.`,
    );
  });
  await handle.close();
};

const unless =
  (code: string) =>
  (error: NodeJS.ErrnoException): void => {
    if (error.code !== code) throw error;
  };
