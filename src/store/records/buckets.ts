import type { Tx } from '../store.ts';
import { columns, type ResourceRow } from './resources.ts';

/** The bucket of that name, of whatever account and Region. */
export const findBucket = (tx: Tx, name: string): Promise<ResourceRow | undefined> =>
  tx.get<ResourceRow>(`select ${columns} from resource where kind = 'Bucket' and name = ?`, name);

/** Of an account in all Regions, by name; times in ms. */
export const bucketsOf = (
  tx: Tx,
  account: string,
): Promise<readonly { readonly name: string; readonly region: string; readonly createdAt: number }[]> =>
  tx.all(
    `select name, region, created_at as "createdAt" from resource where kind = 'Bucket' and account = ? order by name`,
    account,
  );

/** `bucket` is the id of the resource; times in ms. What it was used for last is null until it was used. */
export interface BucketKeyRow {
  readonly id: string;
  readonly bucket: string;
  readonly status: 'Active' | 'Inactive';
  readonly createdAt: number;
  readonly usedAt: number | null;
  readonly usedRegion: string | null;
  readonly usedService: string | null;
}

const keyColumns =
  'id, bucket, status, created_at as "createdAt", used_at as "usedAt", used_region as "usedRegion", used_service as "usedService"';

export const insertBucketKey = async (
  tx: Tx,
  { id, bucket, status, createdAt }: Pick<BucketKeyRow, 'id' | 'bucket' | 'status' | 'createdAt'>,
): Promise<void> => {
  await tx.run(
    'insert into bucket_key (id, bucket, status, created_at) values (?, ?, ?, ?)',
    ...[id, bucket, status, createdAt],
  );
};

export const findBucketKey = (tx: Tx, id: string): Promise<BucketKeyRow | undefined> =>
  tx.get<BucketKeyRow>(`select ${keyColumns} from bucket_key where id = ?`, id);

/** Oldest first. */
export const bucketKeysOf = (tx: Tx, bucket: string): Promise<readonly BucketKeyRow[]> =>
  tx.all<BucketKeyRow>(`select ${keyColumns} from bucket_key where bucket = ? order by created_at, id`, bucket);

export const deleteBucketKey = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from bucket_key where id = ?', id);
};

export const deleteBucketKeysOf = async (tx: Tx, bucket: string): Promise<void> => {
  await tx.run('delete from bucket_key where bucket = ?', bucket);
};

export const setBucketKeyUse = async (
  tx: Tx,
  id: string,
  use: { readonly at: number; readonly region: string; readonly service: string },
): Promise<void> => {
  await tx.run(
    'update bucket_key set used_at = ?, used_region = ?, used_service = ? where id = ?',
    ...[use.at, use.region, use.service, id],
  );
};

/** The account has its first bucket, at `since` (ms), unless it had one before. */
export const beginPublicAccessSync = async (tx: Tx, account: string, since: number): Promise<void> => {
  await tx.run(
    'insert into public_access_sync (account, since) values (?, ?) on conflict (account) do nothing',
    account,
    since,
  );
};

/** When the account had its first bucket; undefined when it never had one. */
export const publicAccessSyncSince = async (tx: Tx, account: string): Promise<number | undefined> =>
  (await tx.get<{ since: number }>('select since from public_access_sync where account = ?', account))?.since;
