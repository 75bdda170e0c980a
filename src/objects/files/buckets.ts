import type { Buckets } from '../../engines/buckets.ts';
import { sumUp } from '../../engines/simulated/sum-up.ts';
import {
  clearBucket,
  deleteObjectBucket,
  findObjectBucket,
  insertObjectBucket,
} from '../../store/records/object-buckets.ts';
import type { House } from './house.ts';
import { dailyUsage } from './usage.ts';

/** Rows that are deleted at a time, and times that one call deletes some. */
const [atATime, turns] = [500, 20];

/** What the control plane asks of the store: buckets themselves, and their counters. */
export const createBuckets = ({ store, clock, sweepSoon }: House, retentionMs: number): Buckets => ({
  create: ({ id }) =>
    store.write(`objects ${id}`, async (tx) => {
      await insertObjectBucket(tx, id, clock.now());
      return undefined;
    }),

  /** Nothing can be written to it any more from the first turn on. */
  async delete(id) {
    for (let turn = 0; turn < turns; turn++) {
      const more = await store.write(`objects ${id}`, async (tx) => {
        await deleteObjectBucket(tx, id);
        return clearBucket(tx, id, atATime);
      });
      sweepSoon();
      if (!more) return undefined;
    }
    return { until: clock.now() };
  },

  async usage(id) {
    const row = await store.read((tx) => findObjectBucket(tx, id));
    return { objects: row?.objects ?? 0, bytes: row?.bytes ?? 0 };
  },

  async metrics(id, query) {
    const now = clock.now();
    const days = await store.read(async (tx) => {
      const row = await findObjectBucket(tx, id);
      return row && dailyUsage(tx, row, Math.max(query.start, now - retentionMs), Math.min(query.end, now + 1));
    });
    return sumUp(query, (visit) => {
      for (const { at, objects, bytes } of days ?? []) visit(at, query.metric === 'BucketSizeBytes' ? bytes : objects);
    });
  },
});
