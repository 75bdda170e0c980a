import { deletePart, partsAfter, uploadsBegunBy } from '../../store/records/object-uploads.ts';
import { deleteTrash, trashAfter } from '../../store/records/objects.ts';
import type { Tx } from '../../store/store.ts';
import { limits } from '../limits.ts';
import { ObjectRefusal } from '../store.ts';
import { changeBucket, type House, type Ledger } from './house.ts';
import { endUpload } from './uploads.ts';

/** Deletions that come together are swept together. */
const soonMs = 500;
/** On the machine's clock: uploads run out without anybody doing anything. */
const everyMs = 60_000;
const atATime = 200;

/** Removes from the disk what nobody has any more. */
export interface Sweeper {
  soon(): void;
  /** Everything that can be removed now; what somebody reads at the moment stays for the next time. */
  sweep(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export const createSweeper = (house: House, log: (line: Record<string, unknown>) => void): Sweeper => {
  const { store, clock, folder, inUse } = house;
  let timer: NodeJS.Timeout | undefined;
  let [stopped, wanted] = [true, false];
  let running: Promise<void> = Promise.resolve();

  // Files go before the rows that tell of them, so a crash on the way leaves rows, and they are swept again.
  const removeFiles = async (ids: readonly string[]): Promise<void> => {
    await folder.remove(ids);
    await store.write('objects', async (tx) => {
      for (const id of ids) await deleteTrash(tx, id);
    });
  };

  const removeParts = async (upload: string): Promise<void> => {
    for (;;) {
      const rows = await store.read((tx) => partsAfter(tx, upload, 0, atATime));
      await folder.remove(rows.flatMap(({ file }) => file ?? []));
      await store.write('objects', async (tx) => {
        for (const { number } of rows) await deletePart(tx, upload, number);
        if (rows.length < atATime) await deleteTrash(tx, upload);
      });
      if (rows.length < atATime) return;
    }
  };

  const emptyTrash = async (): Promise<void> => {
    let left = false;
    for (let after = ''; ; ) {
      const trash = await store.read((tx) => trashAfter(tx, after, atATime));
      if (trash.length === 0) break;
      // What is removed must be nobody's after a crash too, and nobody may be about to read it.
      await store.durable();
      await inUse.looked();
      const free = trash.filter(({ id }) => !inUse.isHeld(id));
      left ||= free.length < trash.length;
      await removeFiles(free.filter(({ parts }) => !parts).map(({ id }) => id));
      for (const { id, parts } of free) if (parts) await removeParts(id);
      if (trash.length < atATime) break;
      after = trash.at(-1)!.id;
    }
    if (left) soon();
  };

  const endOldUploads = async (): Promise<void> => {
    const old = await store.read((tx) => uploadsBegunBy(tx, clock.now() - limits.uploadMs, atATime));
    for (const { id, bucket, begunAt } of old) {
      const end = (tx: Tx, ledger: Ledger) => endUpload(tx, ledger, id);
      // What a bucket holds that is being deleted goes with it.
      await changeBucket(house, { id: bucket }, end, begunAt + limits.uploadMs).catch((error: unknown) => {
        if (!(error instanceof ObjectRefusal)) throw error;
      });
    }
    if (old.length === atATime) soon();
  };

  const sweep = (): Promise<void> => {
    const turn = async (): Promise<void> => {
      await endOldUploads();
      await emptyTrash();
    };
    const mine = running.then(turn, turn);
    running = mine;
    return mine;
  };

  const attempt = (): void => {
    timer = undefined;
    wanted = false;
    sweep()
      .catch((error: unknown) => log({ level: 'error', message: 'objects are not swept', error: String(error) }))
      .finally(() => wait(wanted ? soonMs : everyMs));
  };
  const wait = (ms: number): void => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(attempt, ms).unref();
  };
  const soon = (): void => {
    if (wanted) return;
    wanted = true;
    if (timer !== undefined) wait(soonMs);
  };

  return {
    soon,
    sweep,
    start() {
      stopped = false;
      wait(soonMs);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running.catch(() => {});
    },
  };
};
