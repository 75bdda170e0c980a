import { type BucketRow, forgetUsage, insertUsage, usageOf } from '../../store/records/object-buckets.ts';
import type { Tx } from '../../store/store.ts';

const dayMs = 86_400_000;
/** Longer than any figures are kept. */
const keptMs = 500 * dayMs;

/** The first midnight (UTC) behind a moment. */
const midnightAfter = (moment: number): number => (Math.floor(moment / dayMs) + 1) * dayMs;

/**
 * Before the first change of a day: what the bucket held since its last change stood at all midnights between. So nothing has to happen at
 * midnight, and the figures are right however far the clock is wound.
 */
export const keepUsage = async (tx: Tx, bucket: BucketRow, now: number): Promise<void> => {
  const at = midnightAfter(bucket.changedAt);
  if (now < at) return;
  await insertUsage(tx, bucket.id, { at, objects: bucket.objects, bytes: bucket.bytes });
  await forgetUsage(tx, bucket.id, now - keptMs);
};

/** A midnight, and what the bucket held then. */
export interface DailyUsage {
  readonly at: number;
  readonly objects: number;
  readonly bytes: number;
}

/** Every midnight from `start` to before `end` that the bucket was there at, oldest first. */
export const dailyUsage = async (tx: Tx, bucket: BucketRow, start: number, end: number): Promise<DailyUsage[]> => {
  const rows = [
    { ...bucket, at: bucket.begunAt, objects: 0, bytes: 0 },
    ...(await usageOf(tx, bucket.id)),
    { ...bucket, at: midnightAfter(bucket.changedAt) },
  ];
  const days: DailyUsage[] = [];
  let next = 0;
  for (let at = Math.ceil(Math.max(start, bucket.begunAt) / dayMs) * dayMs; at < end; at += dayMs) {
    while (rows[next + 1] !== undefined && rows[next + 1]!.at <= at) next += 1;
    const { objects, bytes } = rows[next]!;
    days.push({ at, objects, bytes });
  }
  return days;
};
