import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { miscounted } from '../../store/records/object-buckets.ts';
import { filesBetween, findFile, type IndexedFile, isTrash } from '../../store/records/objects.ts';
import type { House } from './house.ts';

/** Something that index and files differ in. */
export interface ObjectFinding {
  /** A file by its id, or a bucket by that of its resource. */
  readonly subject: string;
  /** Reads after it. */
  readonly problem: string;
}

export interface ObjectReport {
  /** How many files were looked at. */
  readonly files: number;
  readonly bytes: number;
  /** The first of them. */
  readonly findings: readonly ObjectFinding[];
  /** How many there are. */
  readonly count: number;
}

const mostFindings = 1_000;
const atATime = 500;

/**
 * Compares index and files, while both are in use: what differs is looked at again before it is told, and what is held is about to change. With `verify`
 * every file is read, and its MD5 compared.
 */
export const checkObjects = async (house: House, verify: boolean): Promise<ObjectReport> => {
  const { store, folder, inUse } = house;
  const findings: ObjectFinding[] = [];
  let [files, bytes, count] = [0, 0, 0];
  const tell = (subject: string, problem: string): void => {
    count += 1;
    if (count <= mostFindings) findings.push({ subject, problem });
  };

  const compare = async (indexed: IndexedFile): Promise<void> => {
    if (indexed.bucket === null) return;
    files += 1;
    bytes += indexed.size;
    const problem = await problemOf(house, indexed, verify);
    if (problem === undefined) return;
    const still = await store.read((tx) => findFile(tx, indexed.file));
    if (still === undefined || still.bucket === null) return;
    tell(`file ${indexed.file} of ${still.name} in bucket ${still.bucket}`, problem);
  };

  for (let shard = 0; shard < 256; shard++) {
    const [start, end] = [hex(shard), shard === 255 ? 'g' : hex(shard + 1)];
    for (let after = start; ; ) {
      const found = await store.read((tx) => filesBetween(tx, after, end, atATime));
      for (const indexed of found) await compare(indexed);
      if (found.length < atATime) break;
      after = found.at(-1)!.file;
    }
    for (const id of await folder.settled(start)) {
      const known = await store.read(async (tx) => (await findFile(tx, id)) !== undefined || (await isTrash(tx, id)));
      if (known || inUse.isHeld(id)) continue;
      // It may be gone by now, but for one that no sweep would find where it is.
      if (id.startsWith(start) && (await folder.size(id)) === undefined) continue;
      files += 1;
      tell(`file ${id}`, 'belongs to no object');
    }
  }
  for (const { id, problem } of await store.read(miscounted)) tell(`bucket ${id}`, problem);
  return { files, bytes, findings, count };
};

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

const problemOf = async ({ folder }: House, { file, size, etag }: IndexedFile, verify: boolean) => {
  const found = await folder.size(file);
  if (found === undefined) return 'is missing';
  if (found !== size) return `has ${found} bytes, and should have ${size}`;
  if (!verify) return undefined;
  const hash = createHash('md5');
  const handle = await folder.open(file);
  await pipeline(handle.createReadStream(), hash);
  return hash.digest('hex') === etag ? undefined : 'has other bytes than were stored';
};
