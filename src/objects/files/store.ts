import type { Clock } from '../../clock.ts';
import type { Buckets } from '../../engines/buckets.ts';
import type { Ids } from '../../ids.ts';
import { findFile, isTrash } from '../../store/records/objects.ts';
import type { Store } from '../../store/store.ts';
import type { ObjectStore } from '../store.ts';
import { createBuckets } from './buckets.ts';
import { checkObjects, type ObjectReport } from './check.ts';
import { type Folder, openFolder } from './folder.ts';
import { createCollector } from './garbage.ts';
import type { House } from './house.ts';
import { InUse } from './in-use.ts';
import { createListings } from './listing.ts';
import { createObjectCalls } from './objects.ts';
import { createSweeper } from './sweeper.ts';
import { createUploadCalls } from './uploads.ts';

export interface FileStoreOptions {
  /** Where the index is. */
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Where the files are: for this process alone. */
  readonly folder: string;
  /** How long figures are shown, in ms. */
  readonly metricRetention: number;
  readonly log: (line: Record<string, unknown>) => void;
}

/** Objects as files, and all that is known of them in the database. */
export interface FileStore {
  readonly objects: ObjectStore;
  readonly buckets: Buckets;
  /** Removes what is deleted, and uploads whose time is over. It also happens by itself. */
  sweep(): Promise<void>;
  check(verify: boolean): Promise<ObjectReport>;
  /** Nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** Cleans up behind the process before, and begins to sweep. */
export const openFileStore = async (options: FileStoreOptions): Promise<FileStore> => {
  const { store, clock, ids, metricRetention, log } = options;
  const folder = openFolder(options.folder, ids);
  await recover(folder, store);
  const discarded = createCollector();
  const house: House = { store, clock, ids, folder, inUse: new InUse(), discarded, sweepSoon: () => sweeper.soon() };
  const sweeper = createSweeper(house, log);
  sweeper.start();
  return {
    objects: { ...createObjectCalls(house), ...createUploadCalls(house), ...createListings(house) },
    buckets: createBuckets(house, metricRetention),
    sweep: () => sweeper.sweep(),
    check: (verify) => checkObjects(house, verify),
    close: () => sweeper.stop(),
  };
};

/** What was on its way when the process before ended: what the index has moves on to its place, and the rest was never answered. */
const recover = async (folder: Folder, store: Store): Promise<void> => {
  for (const id of await folder.incoming()) {
    const [indexed, trashed] = await store.read(async (tx) => [await findFile(tx, id), await isTrash(tx, id)]);
    if (indexed !== undefined) await folder.settle(id);
    else if (!trashed) await folder.remove([id]);
  }
};
