import type { Tx } from '../../store/store.ts';
import { type BucketRef, type ChecksumAlgorithm, type Incoming, ObjectRefusal } from '../store.ts';
import { changeBucket, type House, type Ledger } from './house.ts';
import { type Received, receive } from './receive.ts';

/** What has come and lies on the disk, for the index to know it by. */
export type Arrived = Pick<Received, 'size' | 'etag' | 'checksum'> & { readonly file: string | null };

/**
 * Takes a body in and tells the index of it: file, its name on the disk, index, answer. When the index
 * refuses, nothing is left.
 */
export const takeIn = async <T>(
  house: House,
  bucket: BucketRef,
  incoming: Incoming,
  algorithm: ChecksumAlgorithm | undefined,
  record: (tx: Tx, ledger: Ledger, arrived: Arrived) => Promise<T>,
): Promise<T> => {
  const { folder, inUse } = house;
  const { file, ...received } = await receive(house, incoming, algorithm);
  // From before the index knows it until it is in its place: a write that comes right behind would have it removed under way.
  const release = inUse.hold(file?.id ?? '');
  try {
    if (file !== undefined) await folder.keep(file);
    const result = await changeBucket(house, bucket, async (tx, ledger) => {
      const result = await record(tx, ledger, { ...received, file: file?.id ?? null });
      ledger.checkRoom(bucket);
      return result;
    });
    if (file !== undefined) await folder.settle(file.id);
    return result;
  } catch (error) {
    // After a failure of disk or database nobody knows whether the index has it: it stays where the next start looks.
    if (file !== undefined) await (error instanceof ObjectRefusal ? folder.discard(file) : file.handle.close());
    throw error;
  } finally {
    release();
    house.sweepSoon();
  }
};
