import type { Clock } from '../../clock.ts';
import type { Ids } from '../../ids.ts';
import {
  type BucketRow,
  findObjectBucket,
  insertObjectBucket,
  saveObjectBucket,
} from '../../store/records/object-buckets.ts';
import { findById } from '../../store/records/resources.ts';
import type { Store, Tx } from '../../store/store.ts';
import { type BucketRef, ObjectRefusal } from '../store.ts';
import type { Folder } from './folder.ts';
import type { Discarded } from './garbage.ts';
import type { InUse } from './in-use.ts';
import { keepUsage } from './usage.ts';

/** What all parts of the store share. */
export interface House {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly folder: Folder;
  readonly inUse: InUse;
  readonly discarded: Discarded;
  /** There may be something in the trash. */
  sweepSoon(): void;
}

/** What a change does to the counters of its bucket. */
export class Ledger {
  readonly bucket: BucketRow;
  #seq: number;
  #objects: number;
  #bytes: number;

  constructor(bucket: BucketRow) {
    this.bucket = bucket;
    this.#seq = bucket.seq;
    this.#objects = bucket.objects;
    this.#bytes = bucket.bytes;
  }

  /** The number of a write, greater than all before in this bucket. */
  next(): number {
    this.#seq += 1;
    return this.#seq;
  }

  add(objects: number, bytes: number): void {
    this.#objects += objects;
    this.#bytes += bytes;
  }

  /** Throws `QuotaExceeded` when the bucket has become fuller than it may be. */
  checkRoom(bucket: BucketRef): void {
    if (this.#bytes > roomOf(bucket) && this.#bytes > this.bucket.bytes) throw noRoom();
  }

  get changed(): boolean {
    const { seq, objects, bytes } = this.bucket;
    return seq !== this.#seq || objects !== this.#objects || bytes !== this.#bytes;
  }

  /** The row after the change. */
  row(changedAt: number): BucketRow {
    return { ...this.bucket, seq: this.#seq, objects: this.#objects, bytes: this.#bytes, changedAt };
  }
}

const roomOf = ({ storageInGb }: BucketRef): number => storageInGb * 2 ** 30;

const noRoom = (): ObjectRefusal =>
  new ObjectRefusal('QuotaExceeded', "The bucket has no room for this. Its bundle's storage is used up.");

const noBucket = (): ObjectRefusal => new ObjectRefusal('NoSuchBucket', 'The specified bucket does not exist');

/** The counters of a bucket: a bucket that the control plane has and that was never used may have none yet. Throws `NoSuchBucket`. */
const openLedger = async (tx: Tx, id: string): Promise<Ledger> => {
  const known = await findObjectBucket(tx, id);
  if (known !== undefined) return new Ledger(known);
  const row = await findById(tx, id);
  if (row?.kind !== 'Bucket') throw noBucket();
  await insertObjectBucket(tx, id, row.createdAt);
  return new Ledger((await findObjectBucket(tx, id))!);
};

/** Throws `NoSuchBucket`. */
export const checkBucket = async (tx: Tx, id: string): Promise<void> => {
  if ((await findObjectBucket(tx, id)) !== undefined) return;
  if ((await findById(tx, id))?.kind !== 'Bucket') throw noBucket();
};

/** As `Ledger.checkRoom`, before the bytes come that the bucket would grow by. */
export const checkGrowth = async (tx: Tx, bucket: BucketRef, growth: number): Promise<void> => {
  if (growth <= 0) return;
  const { bytes } = (await findObjectBucket(tx, bucket.id)) ?? { bytes: 0 };
  if (bytes + growth > roomOf(bucket)) throw noRoom();
};

/**
 * One change of what a bucket holds, with its counters, in one transaction. It is on the disk when it answers; what it refuses is told
 * of a state that is on the disk.
 */
export const changeBucket = async <T>(
  { store, clock, sweepSoon }: House,
  { id }: Pick<BucketRef, 'id'>,
  body: (tx: Tx, ledger: Ledger) => Promise<T>,
  at = clock.now(),
): Promise<T> => {
  try {
    const result = await store.write(`objects ${id}`, async (tx) => {
      const ledger = await openLedger(tx, id);
      const result = await body(tx, ledger);
      if (!ledger.changed) return result;
      const row = ledger.row(Math.max(at, ledger.bucket.changedAt));
      await keepUsage(tx, ledger.bucket, row.changedAt);
      await saveObjectBucket(tx, row);
      return result;
    });
    sweepSoon();
    return result;
  } finally {
    await store.durable();
  }
};

/** A look at the index, in a transaction of its own. A refusal tells of what is on the disk. */
export const lookFirst = async <T>(
  { store }: Pick<House, 'store'>,
  bucket: Pick<BucketRef, 'id'>,
  body: (tx: Tx) => Promise<T>,
): Promise<T> => {
  try {
    return await store.read(async (tx) => {
      await checkBucket(tx, bucket.id);
      return body(tx);
    });
  } catch (error) {
    await store.durable();
    throw error;
  }
};

/** As `lookFirst`, where what was seen is the answer. */
export const lookAt: typeof lookFirst = async (house, bucket, body) => {
  const result = await lookFirst(house, bucket, body);
  await house.store.durable();
  return result;
};
