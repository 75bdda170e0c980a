import type { Tx } from '../store.ts';
import { dropUpload } from './object-uploads.ts';
import { deleteVersion } from './objects.ts';

/** What a bucket holds, in numbers. Times are ms of Lateen's clock. */
export interface BucketRow {
  readonly id: string;
  /** Counts the writes. */
  readonly seq: number;
  /** Versions, markers and parts of unfinished uploads. */
  readonly objects: number;
  readonly bytes: number;
  readonly begunAt: number;
  readonly changedAt: number;
}

const columns = 'id, seq, objects, bytes, begun_at as "begunAt", changed_at as "changedAt"';

export const findObjectBucket = (tx: Tx, id: string): Promise<BucketRow | undefined> =>
  tx.get<BucketRow>(`select ${columns} from object_bucket where id = ?`, id);

/** Nothing is done for one that is there already. */
export const insertObjectBucket = async (tx: Tx, id: string, now: number): Promise<void> => {
  await tx.run(
    'insert into object_bucket (id, seq, objects, bytes, begun_at, changed_at) values (?, 0, 0, 0, ?, ?) on conflict (id) do nothing',
    ...[id, now, now],
  );
};

export const saveObjectBucket = async (tx: Tx, row: BucketRow): Promise<void> => {
  await tx.run(
    'update object_bucket set seq = ?, objects = ?, bytes = ?, changed_at = ? where id = ?',
    ...[row.seq, row.objects, row.bytes, row.changedAt, row.id],
  );
};

export const deleteObjectBucket = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from object_bucket where id = ?', id);
  await tx.run('delete from object_usage where bucket = ?', id);
};

/** What a bucket held from the midnight `at` on, until the next of these rows. */
export interface UsageRow {
  readonly at: number;
  readonly objects: number;
  readonly bytes: number;
}

export const insertUsage = async (tx: Tx, bucket: string, { at, objects, bytes }: UsageRow): Promise<void> => {
  await tx.run(
    `insert into object_usage (bucket, at, objects, bytes) values (?, ?, ?, ?)
     on conflict (bucket, at) do update set objects = excluded.objects, bytes = excluded.bytes`,
    ...[bucket, at, objects, bytes],
  );
};

/** Oldest first. */
export const usageOf = (tx: Tx, bucket: string): Promise<readonly UsageRow[]> =>
  tx.all<UsageRow>('select at, objects, bytes from object_usage where bucket = ? order by at', bucket);

/** What no midnight from `moment` on needs. */
export const forgetUsage = async (tx: Tx, bucket: string, moment: number): Promise<void> => {
  await tx.run(
    `delete from object_usage where bucket = ? and at <
     (select max(at) from object_usage where bucket = ? and at <= ?)`,
    ...[bucket, bucket, moment],
  );
};

/**
 * Takes the rows of up to `limit` objects or uploads of a bucket away, and their files to the trash. Answers whether there may be more.
 */
export const clearBucket = async (tx: Tx, bucket: string, limit: number): Promise<boolean> => {
  const versions = await tx.all<{ name: string; age: number; file: string | null; upload: string | null }>(
    'select name, age, file, upload from object_version where bucket = ? order by name, age limit ?',
    ...[bucket, limit],
  );
  for (const version of versions) await deleteVersion(tx, { bucket, ...version });
  const uploads = await tx.all<{ id: string }>('select id from object_upload where bucket = ? limit ?', bucket, limit);
  for (const { id } of uploads) await dropUpload(tx, id);
  return versions.length === limit || uploads.length === limit;
};

/** The buckets whose counters are wrong: of all versions, and of the parts of uploads that are under way. */
export const miscounted = async (tx: Tx): Promise<readonly { readonly id: string; readonly problem: string }[]> => {
  const rows = await tx.all<{ id: string; objects: number; bytes: number; found: number; size: number }>(
    `select bucket.id, bucket.objects, bucket.bytes, coalesce(sum(held.found), 0) as found,
       cast(coalesce(sum(held.size), 0) as bigint) as size
     from object_bucket as bucket left join (
       select bucket as id, count(*) as found, sum(size) as size from object_version group by bucket
       union all select upload.bucket, count(*), sum(part.size) from object_part as part
       join object_upload as upload on upload.id = part.upload group by upload.bucket) as held on held.id = bucket.id
     group by bucket.id, bucket.objects, bucket.bytes`,
  );
  return rows
    .filter(({ objects, bytes, found, size }) => objects !== Number(found) || bytes !== size)
    .map(({ id, objects, bytes, found, size }) => ({
      id,
      problem: `counts ${objects} objects of ${bytes} bytes, and there are ${found} of ${size}`,
    }));
};

/** What buckets hold that are no resources any more goes. */
export const dropStrayObjects = async (tx: Tx): Promise<void> => {
  const stray = 'bucket not in (select id from resource)';
  await tx.run(
    `insert into object_trash (id, parts) select file, 0 from object_version where file is not null and ${stray}`,
  );
  await tx.run(
    `insert into object_trash (id, parts) select upload, 1 from object_version where upload is not null and ${stray}`,
  );
  await tx.run(`insert into object_trash (id, parts) select id, 1 from object_upload where ${stray}`);
  for (const table of ['object_version', 'object_upload', 'object_usage'])
    await tx.run(`delete from ${table} where ${stray}`);
  await tx.run('delete from object_bucket where id not in (select id from resource)');
};
