import type { Tx } from '../store.ts';
import { type Slice, sliceOf, trashBytes } from './objects.ts';

/** A multipart upload that is under way. `body` is JSON text of whoever keeps it. */
export interface UploadRow {
  readonly id: string;
  readonly bucket: string;
  readonly name: string;
  readonly begunAt: number;
  readonly algorithm: string | null;
  readonly checksumType: string | null;
  readonly body: string;
}

/** A part of an upload, or of the object that the upload became: then it has a `start`, its place in the object. */
export interface PartRow {
  readonly upload: string;
  readonly number: number;
  /** Null when it has no bytes. */
  readonly file: string | null;
  readonly start: number | null;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
  /** By the algorithm of the upload. */
  readonly checksum: string | null;
}

const uploadColumns = 'id, bucket, name, begun_at as "begunAt", algorithm, checksum_type as "checksumType", body';
const partColumns = 'upload, number, file, start, size, etag, modified_at as "modifiedAt", checksum';

export const insertUpload = async (tx: Tx, row: UploadRow): Promise<void> => {
  await tx.run(
    'insert into object_upload (id, bucket, name, begun_at, algorithm, checksum_type, body) values (?, ?, ?, ?, ?, ?, ?)',
    ...[row.id, row.bucket, row.name, row.begunAt, row.algorithm, row.checksumType, row.body],
  );
};

export const findUpload = (tx: Tx, id: string): Promise<UploadRow | undefined> =>
  tx.get<UploadRow>(`select ${uploadColumns} from object_upload where id = ?`, id);

/** It is over: its parts are the object's, or go to the trash. */
export const deleteUpload = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from object_upload where id = ?', id);
};

/** With the parts. */
export const dropUpload = async (tx: Tx, id: string): Promise<void> => {
  await trashBytes(tx, { file: null, upload: id });
  await deleteUpload(tx, id);
};

/** By name, then by id. */
export const uploadsIn = (tx: Tx, bucket: string, slice: Slice): Promise<readonly UploadRow[]> => {
  const [condition, params] = sliceOf('id', slice);
  return tx.all<UploadRow>(
    `select ${uploadColumns} from object_upload where bucket = ? and ${condition} order by name, id limit ?`,
    ...[bucket, ...params, slice.limit],
  );
};

/** Those that were begun at `moment` (ms) or before, oldest first. */
export const uploadsBegunBy = (tx: Tx, moment: number, limit: number): Promise<readonly UploadRow[]> =>
  tx.all<UploadRow>(
    `select ${uploadColumns} from object_upload where begun_at <= ? order by begun_at, id limit ?`,
    moment,
    limit,
  );

/** In place of the one of its number, which goes to the trash. */
export const putPart = async (tx: Tx, row: PartRow): Promise<void> => {
  await dropPart(tx, row.upload, row.number);
  await tx.run(
    'insert into object_part (upload, number, file, start, size, etag, modified_at, checksum) values (?, ?, ?, ?, ?, ?, ?, ?)',
    ...[row.upload, row.number, row.file, row.start, row.size, row.etag, row.modifiedAt, row.checksum],
  );
};

export const dropPart = async (tx: Tx, upload: string, number: number): Promise<void> => {
  const part = await findPart(tx, upload, number);
  if (part !== undefined) await trashBytes(tx, { file: part.file, upload: null });
  await deletePart(tx, upload, number);
};

/** Its file is gone already, or in the trash. */
export const deletePart = async (tx: Tx, upload: string, number: number): Promise<void> => {
  await tx.run('delete from object_part where upload = ? and number = ?', upload, number);
};

export const findPart = (tx: Tx, upload: string, number: number): Promise<PartRow | undefined> =>
  tx.get<PartRow>(`select ${partColumns} from object_part where upload = ? and number = ?`, upload, number);

/** Those with greater numbers than `after`, in their order. */
export const partsAfter = (tx: Tx, upload: string, after: number, limit: number): Promise<readonly PartRow[]> =>
  tx.all<PartRow>(
    `select ${partColumns} from object_part where upload = ? and number > ? order by number limit ?`,
    ...[upload, after, limit],
  );

/** The parts of an object that the bytes from `first` to `last` are in. */
export const partsAt = (tx: Tx, upload: string, first: number, last: number): Promise<readonly PartRow[]> =>
  tx.all<PartRow>(
    `select ${partColumns} from object_part where upload = ? and start <= ? and start + size > ? order by number`,
    ...[upload, last, first],
  );

export const placePart = async (tx: Tx, upload: string, number: number, start: number): Promise<void> => {
  await tx.run('update object_part set start = ? where upload = ? and number = ?', start, upload, number);
};

/** What the parts of an upload that is under way come to. */
export const usageOfUpload = async (
  tx: Tx,
  upload: string,
): Promise<{ readonly parts: number; readonly bytes: number }> =>
  (await tx.get<{ parts: number; bytes: number }>(
    'select count(*) as parts, cast(coalesce(sum(size), 0) as bigint) as bytes from object_part where upload = ?',
    upload,
  ))!;
