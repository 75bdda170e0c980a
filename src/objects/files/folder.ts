import { closeSync, mkdirSync, openSync, readSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ids } from '../../ids.ts';
import { syncFolder } from '../../store/files.ts';
import { SharedSync } from '../../store/shared-sync.ts';

/** A file that is being written, under an id that no other ever had. */
export interface NewFile {
  readonly id: string;
  readonly handle: FileHandle;
}

/**
 * The files of objects, on the disk. A file is written in `incoming`, where it also is while the index gets to know it; then it moves into the folder
 * of the first two digits of its id. So what a crash leaves half done lies in `incoming`, and a start looks nowhere else. A file that was
 * settled never changes.
 */
export interface Folder {
  create(): Promise<NewFile>;
  /** On the disk, with its name; it is still in `incoming`. Closes it. */
  keep(file: NewFile): Promise<void>;
  /** Closes and removes a file that was not kept, or that the index did not want. */
  discard(file: NewFile): Promise<void>;
  /** The index knows it: it moves to its place. */
  settle(id: string): Promise<void>;
  /** To be read. Rejects with ENOENT when there is none. */
  open(id: string): Promise<FileHandle>;
  /** Some bytes of a file, at once: for few of them, where three trips to another thread cost more than the disk. Throws when they are not there. */
  readNow(id: string, first: number, length: number): Buffer;
  /** In bytes; undefined when there is none. */
  size(id: string): Promise<number | undefined>;
  /** Wherever they are; they do not come back after a power cut. One that is gone is not an error. */
  remove(ids: readonly string[]): Promise<void>;
  /** What lies in `incoming`. */
  incoming(): Promise<readonly string[]>;
  /** The first two digits of those that are settled. */
  shards(): Promise<readonly string[]>;
  /** The ids that begin so, in their order. */
  settled(shard: string): Promise<readonly string[]>;
}

const shardOf = (id: string): string => id.slice(0, 2);

/** Undefined for a file that is not there; any other trouble is thrown. */
const unlessMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};

/** Half of an object must not look like all of it. */
export const tooShort = (id: string): Error => new Error(`the file ${id} of an object is shorter than it was`);

/** As `syncFolder`, without keeping others waiting. */
const syncNames = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
};

export const openFolder = (path: string, ids: Ids): Folder => {
  const incoming = join(path, 'incoming');
  mkdirSync(incoming, { recursive: true, mode: 0o700 });
  syncFolder(path);
  const sync = new SharedSync(() => syncNames(incoming));
  const incomingPath = (id: string): string => join(incoming, id);
  const settledPath = (id: string): string => join(path, shardOf(id), id);

  /** Looks where a settled file is, and before that and after that where it comes from: it may be on its way. */
  const find = async <T>(id: string, look: (path: string) => Promise<T>): Promise<T> => {
    for (const place of [settledPath(id), incomingPath(id)]) {
      const found = await look(place).catch(unlessMissing);
      if (found !== undefined) return found;
    }
    return look(settledPath(id));
  };

  /** As `find`. */
  const openNow = (id: string): number => {
    for (const place of [settledPath(id), incomingPath(id)]) {
      try {
        return openSync(place, 'r');
      } catch (error) {
        unlessMissing(error as NodeJS.ErrnoException);
      }
    }
    return openSync(settledPath(id), 'r');
  };

  return {
    async create() {
      const id = ids.bytes(16).toString('hex');
      return { id, handle: await open(incomingPath(id), 'wx', 0o600) };
    },
    async keep({ handle }) {
      sync.mark();
      await Promise.all([handle.datasync(), sync.wait()]);
      await handle.close();
    },
    async discard({ id, handle }) {
      await handle.close();
      await rm(incomingPath(id), { force: true });
    },
    async settle(id) {
      const moved = () => rename(incomingPath(id), settledPath(id)).then(() => true);
      if (await moved().catch(unlessMissing)) return;
      await mkdir(join(path, shardOf(id)), { recursive: true, mode: 0o700 });
      await moved();
    },
    open: (id) => find(id, (place) => open(place, 'r')),
    readNow(id, first, length) {
      const handle = openNow(id);
      try {
        const bytes = Buffer.allocUnsafe(length);
        if (readSync(handle, bytes, 0, length, first) < length) throw tooShort(id);
        return bytes;
      } finally {
        closeSync(handle);
      }
    },
    size: (id) => find(id, (place) => stat(place)).then(({ size }) => size, unlessMissing),
    async remove(ids) {
      for (const id of ids) {
        const wasSettled = await unlink(settledPath(id)).then(() => true, unlessMissing);
        if (!wasSettled) await unlink(incomingPath(id)).catch(unlessMissing);
      }
      for (const shard of new Set(ids.map(shardOf))) await syncNames(join(path, shard)).catch(unlessMissing);
    },
    incoming: () => readdir(incoming),
    shards: async () => (await readdir(path)).filter((name) => name.length === 2).sort(),
    settled: async (shard) => ((await readdir(join(path, shard)).catch(unlessMissing)) ?? []).sort(),
  };
};
