/** Whatever is done to a bucket, it holds what a bucket in a few lines of memory holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { beginUpload, md5, puts, textOf } from '../../../test/object-store.ts';
import { chosenSeed } from '../../../test/random.ts';
import { WindableClock } from '../../clock.ts';
import { randomIds } from '../../ids.ts';
import { migrate } from '../../store/migrate.ts';
import { openSqlite } from '../../store/sqlite/store.ts';
import { type BucketRef, ObjectRefusal, type ObjectStore, type WriteConditions } from '../store.ts';
import { openFileStore } from './store.ts';

const place = mkdtempSync(join(tmpdir(), 'lateen-model-'));
const store = openSqlite(join(place, 'lateen.db'));
await migrate(store);
const files = await openFileStore({
  ...{ store, clock: new WindableClock(), ids: randomIds, folder: join(place, 'objects') },
  ...{ metricRetention: 1, log: (line) => expect(line).toBeUndefined() },
});
const { objects, buckets } = files;
afterAll(async () => {
  await files.close();
  await store.close();
  rmSync(place, { recursive: true });
});

/** Without a text it is a delete marker. */
interface Version {
  readonly key: string;
  readonly id: string;
  readonly text?: string;
}

/** Versions of all keys, newest first. */
class Model {
  versions: Version[] = [];
  versioning: BucketRef['versioning'] = 'NeverEnabled';

  newest(key: string): Version | undefined {
    return this.versions.find((version) => version.key === key);
  }

  /** Writes a version, or a marker. */
  add(key: string, id: string, text?: string): void {
    if (this.versioning !== 'Enabled') this.drop(key, 'null');
    this.versions.unshift({ key, id, ...(text === undefined ? {} : { text }) });
  }

  drop(key: string, id: string): void {
    this.versions = this.versions.filter((version) => version.key !== key || version.id !== id);
  }

  /** What a write under conditions is refused with. */
  refusal(key: string, { ifMatch, ifNoneMatch }: WriteConditions): string | undefined {
    const text = this.newest(key)?.text;
    if (ifMatch !== undefined && text === undefined) return 'NoSuchKey';
    const differs = ifMatch !== undefined && ifMatch !== md5(text ?? '');
    return differs || (ifNoneMatch !== undefined && text !== undefined) ? 'PreconditionFailed' : undefined;
  }
}

interface World {
  readonly model: Model;
  readonly store: ObjectStore;
  readonly bucket: BucketRef;
}

type Act = (world: World) => Promise<void>;

const keys = ['a', 'a/b', 'a/c', 'a/c/d', 'b', 'ä', '😀'];
const key = fc.constantFrom(...keys);
const text = fc.string({ maxLength: 8, unit: 'binary' });

const codeOf = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof ObjectRefusal) return error.code;
      throw error;
    },
  );

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(key, text).map(
    ([key, text]): Act =>
      async ({ model, store, bucket }) => {
        const { versionId } = await store.put(bucket, puts(key, text));
        model.add(key, versionId, text);
      },
  ),
  fc.tuple(key, text, fc.boolean()).map(
    ([key, text, none]): Act =>
      async ({ model, store, bucket }) => {
        const conditions: WriteConditions = none ? { ifNoneMatch: '*' } : { ifMatch: md5(text) };
        const expected = model.refusal(key, conditions);
        const putting = store.put(bucket, puts(key, text, { conditions }));
        expect(await codeOf(putting)).toBe(expected);
        if (expected === undefined) model.add(key, (await putting).versionId, text);
      },
  ),
  fc.tuple(key, text).map(
    ([key, text]): Act =>
      async ({ model, store, bucket }) => {
        const upload = await beginUpload(store, bucket, puts(key, ''));
        for (const bytes of ['replaced', text])
          await store.putPart(bucket, { ...upload, number: 1, body: Readable.from([Buffer.from(bytes)]) });
        const aside = await store.putPart(bucket, { ...upload, number: 2, body: Readable.from([Buffer.from(text)]) });
        const { versionId } = await store.completeUpload(bucket, { ...upload, parts: [aside] });
        model.add(key, versionId, text);
      },
  ),
  fc.tuple(key, key).map(
    ([from, to]): Act =>
      async ({ model, store, bucket }) => {
        const source = model.newest(from);
        const copying = store.copy(bucket, { bucket, key: from }, { key: to, publicRead: false });
        if (source?.text === undefined) expect(await codeOf(copying)).toBe('NoSuchKey');
        else model.add(to, (await copying).versionId, source.text);
      },
  ),
  key.map(
    (key): Act =>
      async ({ model, store, bucket }) => {
        const { versionId, deleteMarker } = await store.delete(bucket, { key });
        expect(deleteMarker).toBe(model.versioning !== 'NeverEnabled');
        if (versionId === undefined) model.drop(key, 'null');
        else model.add(key, versionId);
      },
  ),
  fc.nat().map(
    (at): Act =>
      async ({ model, store, bucket }) => {
        const version = model.versions[at % Math.max(1, model.versions.length)];
        if (version === undefined) return;
        const { key, id } = version;
        const deleteMarker = version.text === undefined;
        expect(await store.delete(bucket, { key, versionId: id })).toEqual({ versionId: id, deleteMarker });
        model.drop(key, id);
      },
  ),
  fc.array(key, { maxLength: 4 }).map(
    (some): Act =>
      async ({ model, store, bucket }) => {
        const requests = some.map((key) => ({ key, versionId: 'null' }));
        await store.deleteMany(bucket, requests);
        for (const key of some) model.drop(key, 'null');
      },
  ),
  fc.constantFrom('Enabled', 'Suspended').map(
    (versioning): Act =>
      async ({ model }) => {
        model.versioning = versioning;
      },
  ),
  fc.constant<Act>(() => files.sweep()),
);

const byBytes = (a: { key: string }, b: { key: string }): number =>
  Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

/** Everything that is told of the bucket. */
const compare = async ({ model, store, bucket }: World, limit: number): Promise<void> => {
  const sorted = model.versions.toSorted(byBytes);
  const versions = [];
  let [after, afterVersion]: (string | undefined)[] = [];
  do {
    const page = await store.listVersions(bucket, { limit, after, afterVersion });
    versions.push(...page.versions);
    ({ after, afterVersion } = page.next ?? {});
  } while (after !== undefined);
  expect(versions.map(({ key, versionId, latest, deleteMarker }) => [key, versionId, latest, deleteMarker])).toEqual(
    sorted.map((version) => {
      const { key, id, text } = version;
      return [key, id, version === model.newest(key), text === undefined];
    }),
  );
  const shown = sorted.filter((version) => version.text !== undefined && version === model.newest(version.key));
  const listed: string[] = [];
  for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
    const page = await store.list(bucket, { limit, after: next });
    listed.push(...page.objects.map(({ key }) => key));
    next = page.next;
  }
  expect(listed).toEqual(shown.map(({ key }) => key));
  for (const { key, id, text } of model.versions)
    if (text !== undefined) expect(await textOf(store, bucket, key, id)).toBe(text);
  const bytes = model.versions.reduce((sum, { text = '' }) => sum + Buffer.byteLength(text), 0);
  expect(await buckets.usage(bucket.id)).toEqual({ objects: model.versions.length, bytes });
};

test('a bucket holds what a model of it holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 25 }), fc.integer({ min: 1, max: 5 }), async (acts, limit) => {
      const id = randomIds.uuid();
      await buckets.create({ id, name: id, region: 'us-east-1' });
      const model = new Model();
      const world = (): World => ({
        ...{ model, store: objects },
        bucket: { id, versioning: model.versioning, storageInGb: 1 },
      });
      for (const act of acts) await act(world());
      await compare(world(), limit);
      await buckets.delete(id);
    }),
    { seed: chosenSeed(), numRuns: 60 },
  );
  await files.sweep();
  expect(await files.check(true)).toEqual({ files: 0, bytes: 0, findings: [], count: 0 });
});
