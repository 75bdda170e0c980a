import type { Tx } from '../store.ts';

/** One version of an object, or a delete marker. Flags are 0 or 1, `body` is JSON text of whoever keeps it. */
export interface VersionRow {
  readonly bucket: string;
  readonly name: string;
  /** Counts down with every write to the bucket: the smallest is the newest. */
  readonly age: number;
  readonly version: string;
  /** Whether a listing of objects shows it: the newest of its name, and no marker. */
  readonly shown: number;
  readonly marker: number;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
  /** Where its bytes are: a file, or the parts of an upload. Neither when there are none. */
  readonly file: string | null;
  readonly upload: string | null;
  /** How many parts it has, of an upload. */
  readonly parts: number | null;
  readonly algorithm: string | null;
  readonly checksumType: string | null;
  readonly checksum: string | null;
  readonly body: string;
}

/** What a listing needs of a version. */
export type ListedRow = Omit<VersionRow, 'bucket' | 'body' | 'file' | 'upload' | 'parts' | 'checksum'>;

/**
 * Where a listing goes on: from `name` on, or behind it and whatever it has several of, or, with `within`, behind that one of its
 * versions or uploads.
 */
export interface Cursor {
  readonly name: string;
  readonly behind: boolean;
  readonly within?: number | string | undefined;
}

/** A piece of a listing: names from the cursor to before `end`, which is absent when there is no end. */
export interface Slice {
  readonly from: Cursor;
  readonly end: string | undefined;
  readonly limit: number;
}

/** The condition of a slice and what it binds, over the columns `name` and `column`. */
export const sliceOf = (
  column: string,
  { from, end }: Slice,
): readonly [condition: string, params: (string | number)[]] => {
  const { name, behind, within } = from;
  const [start, params] =
    within === undefined ? [`name ${behind ? '>' : '>='} ?`, [name]] : [`(name, ${column}) > (?, ?)`, [name, within]];
  return end === undefined ? [start, params] : [`${start} and name < ?`, [...params, end]];
};

const listed =
  'name, age, version, shown, marker, size, etag, modified_at as "modifiedAt", algorithm, checksum_type as "checksumType"';
const columns = `bucket, ${listed}, file, upload, parts, checksum, body`;

/** The newest version of a name, be it a marker. */
export const findNewest = (tx: Tx, bucket: string, name: string): Promise<VersionRow | undefined> =>
  tx.get<VersionRow>(
    `select ${columns} from object_version where bucket = ? and name = ? order by age limit 1`,
    bucket,
    name,
  );

export const findVersion = (tx: Tx, bucket: string, name: string, version: string): Promise<VersionRow | undefined> =>
  tx.get<VersionRow>(
    `select ${columns} from object_version where bucket = ? and name = ? and version = ?`,
    bucket,
    name,
    version,
  );

export const findVersionOfUpload = (tx: Tx, upload: string): Promise<VersionRow | undefined> =>
  tx.get<VersionRow>(`select ${columns} from object_version where upload = ?`, upload);

/** As the newest of its name. */
export const insertVersion = async (tx: Tx, row: VersionRow): Promise<void> => {
  await tx.run(
    'update object_version set shown = 0 where bucket = ? and name = ? and shown = 1',
    ...[row.bucket, row.name],
  );
  await tx.run(
    `insert into object_version (bucket, name, age, version, shown, marker, size, etag, modified_at, file, upload, parts, algorithm,
     checksum_type, checksum, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[row.bucket, row.name, row.age, row.version, row.shown, row.marker, row.size, row.etag, row.modifiedAt],
    ...[row.file, row.upload, row.parts, row.algorithm, row.checksumType, row.checksum, row.body],
  );
};

/** What it had goes to the trash, and the newest of those that are left is shown, unless it is a marker. */
export const deleteVersion = async (
  tx: Tx,
  row: Pick<VersionRow, 'bucket' | 'name' | 'age' | 'file' | 'upload'>,
): Promise<void> => {
  const { bucket, name, age } = row;
  await tx.run('delete from object_version where bucket = ? and name = ? and age = ?', bucket, name, age);
  await trashBytes(tx, row);
  await tx.run(
    `update object_version set shown = 1 where bucket = ? and name = ? and marker = 0 and shown = 0 and age =
     (select min(age) from object_version where bucket = ? and name = ?)`,
    ...[bucket, name, bucket, name],
  );
};

/** One file, or all parts of an upload: nobody has them any more. */
export const trashBytes = async (tx: Tx, { file, upload }: Pick<VersionRow, 'file' | 'upload'>): Promise<void> => {
  if (file !== null) await tx.run('insert into object_trash (id, parts) values (?, 0)', file);
  if (upload !== null) await tx.run('insert into object_trash (id, parts) values (?, 1)', upload);
};

export const setVersionBody = async (tx: Tx, { bucket, name, age }: VersionRow, body: string): Promise<void> => {
  await tx.run('update object_version set body = ? where bucket = ? and name = ? and age = ?', body, bucket, name, age);
};

/** By name: the newest versions that are no markers. */
export const shownVersions = (tx: Tx, bucket: string, slice: Slice): Promise<readonly ListedRow[]> => {
  const [condition, params] = sliceOf('age', slice);
  return tx.all<ListedRow>(
    `select ${listed} from object_version where bucket = ? and shown = 1 and ${condition} order by name limit ?`,
    ...[bucket, ...params, slice.limit],
  );
};

/** By name, newest first. */
export const allVersions = (tx: Tx, bucket: string, slice: Slice): Promise<readonly ListedRow[]> => {
  const [condition, params] = sliceOf('age', slice);
  return tx.all<ListedRow>(
    `select ${listed} from object_version where bucket = ? and ${condition} order by name, age limit ?`,
    ...[bucket, ...params, slice.limit],
  );
};

/** A file that nobody has any more, or, with `parts` 1, an upload whose parts nobody has. */
export interface Trashed {
  readonly id: string;
  readonly parts: number;
}

export const trashAfter = (tx: Tx, id: string, limit: number): Promise<readonly Trashed[]> =>
  tx.all<Trashed>('select id, parts from object_trash where id > ? order by id limit ?', id, limit);

/** It is gone from the disk. */
export const deleteTrash = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from object_trash where id = ?', id);
};

export const isTrash = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.get('select 1 as found from object_trash where id = ?', id)) !== undefined;

/** What the index says of a file: its size and MD5, and whose it is. Without a bucket it is on its way out. */
export interface IndexedFile {
  readonly file: string;
  readonly size: number;
  readonly etag: string;
  readonly bucket: string | null;
  readonly name: string | null;
}

const indexedFiles = (ofVersion: string, ofPart: string): string =>
  `select file, size, etag, bucket, name from object_version where ${ofVersion} union all
   select part.file, part.size, part.etag, coalesce(version.bucket, upload.bucket), coalesce(version.name, upload.name)
   from object_part as part left join object_version as version on version.upload = part.upload
   left join object_upload as upload on upload.id = part.upload where ${ofPart}`;

export const findFile = (tx: Tx, file: string): Promise<IndexedFile | undefined> =>
  tx.get<IndexedFile>(indexedFiles('file = ?', 'part.file = ?'), file, file);

/** Those behind `after` and before `end`, in their order. */
export const filesBetween = (tx: Tx, after: string, end: string, limit: number): Promise<readonly IndexedFile[]> =>
  tx.all<IndexedFile>(
    `${indexedFiles('file > ? and file < ?', 'part.file > ? and part.file < ?')} order by 1 limit ?`,
    ...[after, end, after, end, limit],
  );
