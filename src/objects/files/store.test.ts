import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { beginUpload, puts, readAll, refusalOf, testObjectStore, textOf } from '../../../test/object-store.ts';
import { WindableClock } from '../../clock.ts';
import { randomIds } from '../../ids.ts';
import { loadState, resetState, saveState } from '../../store/dump.ts';
import { migrate } from '../../store/migrate.ts';
import { findNewest } from '../../store/records/objects.ts';
import { insertResource } from '../../store/records/resources.ts';
import { openSqlite } from '../../store/sqlite/store.ts';
import type { Store } from '../../store/store.ts';
import { testPostgres } from '../../store/testing.ts';
import { limits } from '../limits.ts';
import type { BucketRef } from '../store.ts';
import { type FileStore, openFileStore } from './store.ts';

const folders: string[] = [];
const endings: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of endings.reverse()) await end();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-objects-'));
  folders.push(folder);
  return folder;
};

const dayMs = 86_400_000;
/** Ten in the morning of 1 January 2027. */
const morning = Date.UTC(2027, 0, 1, 10);

const openOver = async (store: Store, folder = newFolder(), now = () => morning) => {
  const clock = new WindableClock(0, now);
  const lines: object[] = [];
  const options = { store, clock, ids: randomIds, folder, metricRetention: 455 * dayMs };
  const files = await openFileStore({ ...options, log: (line) => lines.push(line) });
  return { files, clock, folder, lines };
};

const openOnSqlite = async (place = newFolder()) => {
  const store = openSqlite(join(place, 'lateen.db'));
  await migrate(store);
  const opened = await openOver(store, join(place, 'objects'));
  const close = async () => {
    await opened.files.close();
    await store.close();
  };
  return { ...opened, store, place, close };
};

const newBucket = async ({ buckets }: FileStore, versioning: BucketRef['versioning'] = 'NeverEnabled') => {
  const id = randomIds.uuid();
  await buckets.create({ id, name: id, region: 'us-east-1' });
  return { id, versioning, storageInGb: 1 };
};

const contractOf = (files: FileStore) => ({
  store: files.objects,
  bucket: (versioning?: BucketRef['versioning']) => newBucket(files, versioning),
});

describe('on SQLite', () => {
  testObjectStore(async () => {
    const { files, close } = await openOnSqlite();
    endings.push(close);
    return contractOf(files);
  });
});

describe('on PostgreSQL', () => {
  testObjectStore(async () => {
    const postgres = testPostgres();
    const store = await postgres.open();
    await migrate(store);
    const { files } = await openOver(store);
    endings.push(async () => {
      await files.close();
      await store.close();
      await postgres.remove();
    });
    return contractOf(files);
  });
});

/** The names of all files, wherever they are. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

const chunked = (text: string) => Readable.from([Buffer.from(text)]);

test('what is deleted or overwritten leaves the disk, but not under a reader', async () => {
  const { files, folder, close } = await openOnSqlite();
  const { objects } = files;
  const bucket = await newBucket(files);
  const long = 'one'.repeat(100_000);
  await objects.put(bucket, puts('key', long));
  const upload = await beginUpload(objects, bucket, puts('big', ''));
  const part = await objects.putPart(bucket, { ...upload, number: 7, body: chunked('part') });
  await objects.putPart(bucket, { ...upload, number: 8, body: chunked('left out') });
  await objects.completeUpload(bucket, { ...upload, parts: [part] });
  const readers = await Promise.all(['key', 'big'].map((key) => objects.open(bucket, { key })));
  const begun = readers[0]!.read();
  await objects.put(bucket, puts('key', 'two'));
  await objects.delete(bucket, { key: 'big' });
  await files.sweep();
  expect(filesIn(folder)).toHaveLength(3);
  const [one, big] = await Promise.all(readers.map((reader) => readAll(reader)));
  expect(`${one}` === long).toBe(true);
  expect(`${big}`).toBe('part');
  await files.sweep();
  // A stream that was begun holds it for itself.
  expect(filesIn(folder)).toHaveLength(2);
  let length = 0;
  for await (const chunk of begun) length += (chunk as Buffer).length;
  expect(length).toBe(long.length);
  await new Promise((resolve) => setImmediate(resolve));
  await files.sweep();
  expect(filesIn(folder)).toHaveLength(1);
  expect(await textOf(objects, bucket, 'key')).toBe('two');
  expect(await files.check(true)).toEqual({ files: 1, bytes: 3, findings: [], count: 0 });
  await close();
});

test('a start cleans up what the process before was about to do', async () => {
  const first = await openOnSqlite();
  const bucket = await newBucket(first.files);
  await first.files.objects.put(bucket, puts('key', 'kept'));
  await first.files.objects.put(bucket, puts('gone', 'gone'));
  await first.files.objects.delete(bucket, { key: 'gone' });
  await first.close();
  const { folder } = first;
  const [shard = ''] = readdirSync(folder).filter((name) => name.length === 2);
  const settled = readdirSync(folder).flatMap((name) => (name.length === 2 ? readdirSync(join(folder, name)) : []));
  // As after a crash between the answer of the index and the move, and one amid a body.
  for (const id of settled) renameSync(join(folder, id.slice(0, 2), id), join(folder, 'incoming', id));
  writeFileSync(join(folder, 'incoming', `${shard}${'0'.repeat(30)}`), 'half');
  const second = await openOnSqlite(first.place);
  expect(await textOf(second.files.objects, bucket, 'key')).toBe('kept');
  await second.files.sweep();
  expect(filesIn(folder)).toHaveLength(1);
  expect(readdirSync(join(folder, 'incoming'))).toEqual([]);
  await second.close();
});

test('an upload that nobody completes is gone when its time is over', async () => {
  const { files, clock, folder, close } = await openOnSqlite();
  const { objects, buckets } = files;
  const bucket = await newBucket(files);
  const old = await beginUpload(objects, bucket, puts('old', ''));
  await objects.putPart(bucket, { ...old, number: 1, body: chunked('part') });
  clock.windTo(morning + limits.uploadMs - 1);
  const young = await beginUpload(objects, bucket, puts('young', ''));
  await files.sweep();
  expect(await buckets.usage(bucket.id)).toEqual({ objects: 1, bytes: 4 });
  clock.windTo(morning + limits.uploadMs);
  await files.sweep();
  expect((await objects.listUploads(bucket, { limit: 9 })).uploads).toEqual([expect.objectContaining(young)]);
  expect(await buckets.usage(bucket.id)).toEqual({ objects: 0, bytes: 0 });
  expect(filesIn(folder)).toEqual([]);
  await close();
});

test('the usage at each midnight, however far the clock is wound', async () => {
  const { files, clock, close } = await openOnSqlite();
  const { objects, buckets } = files;
  const bucket = await newBucket(files);
  const midnight = morning - 10 * 3_600_000;
  const read = async (metric: 'BucketSizeBytes' | 'NumberOfObjects') => {
    const query = { metric, start: midnight - dayMs, end: midnight + 30 * dayMs, period: dayMs };
    return (await buckets.metrics(bucket.id, query)).map(({ at, sum }) => [(at - midnight) / dayMs, sum]);
  };
  expect(await read('NumberOfObjects')).toEqual([]);
  clock.windTo(midnight + dayMs);
  expect(await read('NumberOfObjects')).toEqual([[1, 0]]);
  await objects.put(bucket, puts('a', 'aaa'));
  await objects.put(bucket, puts('b', 'bb'));
  clock.windTo(midnight + 4 * dayMs + 1);
  await objects.delete(bucket, { key: 'a' });
  clock.windTo(midnight + 5 * dayMs);
  expect(await read('BucketSizeBytes')).toEqual([
    [1, 0],
    [2, 5],
    [3, 5],
    [4, 5],
    [5, 2],
  ]);
  expect(await read('NumberOfObjects')).toEqual([
    [1, 0],
    [2, 2],
    [3, 2],
    [4, 2],
    [5, 1],
  ]);
  clock.windTo(midnight + 900 * dayMs);
  await objects.put(bucket, puts('c', 'c'));
  const query = { metric: 'BucketSizeBytes', start: 0, end: clock.now(), period: dayMs } as const;
  const kept = await buckets.metrics(bucket.id, query);
  expect(kept).toHaveLength(455);
  expect(new Set(kept.map(({ sum }) => sum))).toEqual(new Set([2]));
  await close();
});

test('a bucket goes with all that it holds', async () => {
  const { files, folder, store, close } = await openOnSqlite();
  const { objects, buckets } = files;
  const [bucket, other] = [await newBucket(files, 'Enabled'), await newBucket(files)];
  for (const key of ['a', 'b', 'a']) await objects.put(bucket, puts(key, key));
  await objects.put(other, puts('stays', 'x'));
  const upload = await beginUpload(objects, bucket, puts('upload', ''));
  await objects.putPart(bucket, { ...upload, number: 1, body: chunked('part') });
  await objects.delete(bucket, { key: 'a' });
  expect(await buckets.usage(bucket.id)).toEqual({ objects: 5, bytes: 7 });
  expect(await buckets.delete(bucket.id)).toBeUndefined();
  expect(await buckets.delete(bucket.id)).toBeUndefined();
  expect((await refusalOf(objects.put(bucket, puts('a', 'x')))).code).toBe('NoSuchBucket');
  await files.sweep();
  expect(filesIn(folder)).toHaveLength(1);
  for (const table of ['object_version', 'object_upload', 'object_part', 'object_trash', 'object_bucket']) {
    const { rows } = (await store.read((tx) => tx.get<{ rows: number }>(`select count(*) as rows from ${table}`)))!;
    expect([table, rows]).toEqual([table, ['object_version', 'object_bucket'].includes(table) ? 1 : 0]);
  }
  await close();
});

test('whatever index and files differ in is found', async () => {
  const { files, folder, store, close } = await openOnSqlite();
  const bucket = await newBucket(files);
  const names = ['good', 'missing', 'short', 'changed'];
  for (const key of names) await files.objects.put(bucket, puts(key, key));
  const fileOf = async (name: string): Promise<string> => {
    const row = await store.read((tx) => findNewest(tx, bucket.id, name));
    return join(folder, row!.file!.slice(0, 2), row!.file!);
  };
  expect(await files.check(true)).toMatchObject({ files: 4, count: 0 });
  rmSync(await fileOf('missing'));
  writeFileSync(await fileOf('short'), 'x');
  writeFileSync(await fileOf('changed'), 'CHANGED');
  writeFileSync(join(folder, (await fileOf('good')).slice(folder.length + 1, folder.length + 3), 'stray'), 'x');
  await store.write('x', (tx) => tx.run('update object_bucket set bytes = 3'));
  const found = [
    expect.stringMatching(/^file \w+ of missing in bucket .* is missing$/),
    expect.stringMatching(/^file \w+ of short in bucket .* has 1 bytes, and should have 5$/),
    'file stray belongs to no object',
    `bucket ${bucket.id} counts 4 objects of 3 bytes, and there are 4 of 23`,
  ];
  const tellings = async (verify: boolean) =>
    (await files.check(verify)).findings.map(({ subject, problem }) => `${subject} ${problem}`).sort();
  const told = await tellings(false);
  expect(told).toHaveLength(found.length);
  expect(told).toEqual(expect.arrayContaining(found));
  const changed = expect.stringMatching(/^file \w+ of changed in bucket .* has other bytes than were stored$/);
  expect(await tellings(true)).toEqual(expect.arrayContaining([...found, changed]));
  await close();
});

test('a saved state brings buckets back, and what they hold by their ids at most', async () => {
  const { files, folder, store, close } = await openOnSqlite();
  const { objects } = files;
  const id = randomIds.uuid();
  const bucket = { id, versioning: 'NeverEnabled', storageInGb: 1 } as const;
  const saved = join(newFolder(), 'saved.jsonl');
  const load = () =>
    loadState(
      store,
      saved,
      () => (sealed) => sealed,
      async () => {},
    );
  await store.write('x', (tx) =>
    insertResource(tx, {
      ...{ id, account: '111111111111', region: 'us-east-1', kind: 'Bucket', name: 'photos', state: 'OK' },
      ...{ createdAt: morning, body: '{}', inner: '{}' },
    }),
  );
  // Nobody has made it for the store: the first write does.
  await objects.put(bucket, puts('key', 'one'));
  await saveState(store, saved, { clockOffset: 0, key: '' });
  await objects.put(bucket, puts('key', 'two'));
  await load();
  expect(await textOf(objects, bucket, 'key')).toBe('two');
  await resetState(store, {});
  expect((await refusalOf(objects.head(bucket, { key: 'key' }))).code).toBe('NoSuchBucket');
  await files.sweep();
  expect(filesIn(folder)).toEqual([]);
  await load();
  expect((await objects.list(bucket, { limit: 1 })).objects).toEqual([]);
  await objects.put(bucket, puts('key', 'three'));
  expect(await files.check(true)).toMatchObject({ files: 1, count: 0 });
  await close();
});
