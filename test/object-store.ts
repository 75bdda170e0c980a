import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { digestAll, digestOf } from '../src/objects/checksums/digests.ts';
import {
  type BucketRef,
  type ChecksumAlgorithm,
  type CreateUploadRequest,
  ObjectRefusal,
  type ObjectStore,
  type OpenObject,
  type PutRequest,
  type RefusalCode,
  type UploadRef,
} from '../src/objects/store.ts';

export const md5 = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('hex');

const sumOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array | string): string =>
  digestAll(digestOf(algorithm), Buffer.from(bytes)).toString('base64');

/** A request to put that text, or those bytes. */
export const puts = (key: string, bytes: string | Uint8Array, more: Partial<PutRequest> = {}): PutRequest => ({
  ...{ key, body: Readable.from([Buffer.from(bytes)]), headers: {}, metadata: {}, tags: [], publicRead: false },
  ...more,
});

/** All of it, closed afterwards. */
export const readAll = async (object: OpenObject, ...range: Parameters<OpenObject['read']>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of object.read(...range)) chunks.push(chunk as Buffer);
  object.close();
  return Buffer.concat(chunks);
};

export const textOf = async (store: ObjectStore, bucket: BucketRef, key: string, versionId?: string): Promise<string> =>
  (await readAll(await store.open(bucket, { key, versionId }))).toString();

/** What an upload is called by. */
export const beginUpload = async (
  store: ObjectStore,
  bucket: BucketRef,
  request: CreateUploadRequest,
): Promise<UploadRef> => {
  const { key, uploadId } = await store.createUpload(bucket, request);
  return { key, uploadId };
};

/** What a call refuses with; fails when it does not. */
export const refusalOf = async (call: Promise<unknown>): Promise<ObjectRefusal> => {
  const refusal = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(refusal instanceof ObjectRefusal)) throw refusal ?? new Error('it was not refused');
  return refusal;
};

const refused = async (call: Promise<unknown>, code: RefusalCode): Promise<void> => {
  expect((await refusalOf(call)).code).toBe(code);
};

interface Contract {
  readonly store: ObjectStore;
  /** A bucket of its own, which is there. */
  bucket(versioning?: BucketRef['versioning']): Promise<BucketRef>;
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const five = Buffer.alloc(5 * 2 ** 20, 'five');

/** What every store of objects does. `open` is called once, by the first test. */
export const testObjectStore = (open: () => Promise<Contract>): void => {
  let opened: Promise<Contract> | undefined;
  const contract = (): Promise<Contract> => {
    opened ??= open();
    return opened;
  };
  const begin = async (versioning: BucketRef['versioning'] = 'NeverEnabled') => {
    const { store, bucket } = await contract();
    return { store, bucket: await bucket(versioning) };
  };

  test('an object comes back as it went in', async () => {
    const { store, bucket } = await begin();
    const attributes = {
      headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
      metadata: { colour: 'grün' },
      tags: [{ key: 'a', value: 'b' }],
      publicRead: true,
    };
    const written = await store.put(bucket, puts('dir/ключ 🗝', 'hello', attributes));
    expect(written).toMatchObject({ versionId: 'null', etag: md5('hello'), size: 5 });
    const info = await store.head(bucket, { key: 'dir/ключ 🗝' });
    expect(info).toEqual({
      ...attributes,
      ...{ key: 'dir/ключ 🗝', versionId: 'null', size: 5, etag: md5('hello'), modifiedAt: written.modifiedAt },
    });
    const object = await store.open(bucket, { key: 'dir/ключ 🗝' });
    expect((await readAll(object, { first: 1, last: 3 })).toString()).toBe('ell');
    expect(await textOf(store, bucket, 'dir/ключ 🗝')).toBe('hello');
    expect(await object.part(1)).toMatchObject({ range: { first: 0, last: 4 } });
    expect(await object.part(2)).toBeUndefined();
  });

  test('an object without bytes is one', async () => {
    const { store, bucket } = await begin();
    await store.put(bucket, puts('empty', '', { size: 0 }));
    expect(await textOf(store, bucket, 'empty')).toBe('');
    expect(await store.list(bucket, { limit: 9 })).toMatchObject({
      objects: [{ key: 'empty', size: 0, etag: md5('') }],
    });
  });

  test('a range outside of the object is refused', async () => {
    const { store, bucket } = await begin();
    await store.put(bucket, puts('key', 'hello'));
    const object = await store.open(bucket, { key: 'key' });
    for (const range of [
      { first: 0, last: 5 },
      { first: 3, last: 2 },
      { first: -1, last: 2 },
    ])
      expect(() => object.read(range)).toThrow(ObjectRefusal);
    object.close();
    object.close();
  });

  test('what is not there, or cannot be', async () => {
    const { store, bucket } = await begin();
    await refused(store.head(bucket, { key: 'none' }), 'NoSuchKey');
    await refused(store.open(bucket, { key: 'none', versionId: 'null' }), 'NoSuchVersion');
    await refused(store.open(bucket, { key: 'none', versionId: 'x' }), 'InvalidArgument');
    await refused(store.put({ ...bucket, id: 'another' }, puts('key', 'x')), 'NoSuchBucket');
    await refused(store.list({ ...bucket, id: 'another' }, { limit: 1 }), 'NoSuchBucket');
    await refused(store.put(bucket, puts('é'.repeat(513), 'x')), 'KeyTooLongError');
    await refused(store.put(bucket, puts('a\0b', 'x')), 'InvalidArgument');
    await refused(store.put(bucket, puts('\ud800', 'x')), 'InvalidArgument');
    await store.put(bucket, puts('é'.repeat(512), 'long'));
    await store.put(bucket, puts('../../etc/passwd', 'here'));
    expect(await textOf(store, bucket, '../../etc/passwd')).toBe('here');
    expect(await store.delete(bucket, { key: 'none' })).toEqual({ deleteMarker: false });
  });

  test('bytes that are not what was said are refused, and nothing is left of them', async () => {
    const { store, bucket } = await begin();
    await store.put(bucket, puts('key', 'before'));
    const wrong: readonly [Partial<PutRequest>, RefusalCode][] = [
      [{ size: 4 }, 'IncompleteBody'],
      [{ size: 6 }, 'IncompleteBody'],
      [{ size: 6 * 2 ** 30 }, 'EntityTooLarge'],
      [{ md5: Buffer.from(md5('other'), 'hex').toString('base64') }, 'BadDigest'],
      [{ sha256: '00' }, 'XAmzContentSHA256Mismatch'],
      [{ checksum: { algorithm: 'CRC32C', value: sumOf('CRC32C', 'other') } }, 'BadDigest'],
      [{ checksum: { algorithm: 'SHA1', value: () => 'other' } }, 'BadDigest'],
    ];
    for (const [more, code] of wrong)
      await refused(store.put({ ...bucket, storageInGb: 100 }, puts('key', 'hello', more)), code);
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('cut off');
      })(),
    );
    await expect(store.put(bucket, puts('key', '', { body: broken }))).rejects.toThrow('cut off');
    expect(await textOf(store, bucket, 'key')).toBe('before');
  });

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    '%s is verified and kept',
    async (algorithm) => {
      const { store, bucket } = await begin();
      const value = sumOf(algorithm, 'hello');
      const checksum = { algorithm, value, type: 'FULL_OBJECT' };
      expect(await store.put(bucket, puts('told', 'hello', { checksum: { algorithm, value } }))).toMatchObject({
        checksum,
      });
      await store.put(bucket, puts('later', 'hello', { checksum: { algorithm, value: () => value } }));
      await store.put(bucket, puts('computed', 'hello', { checksum: { algorithm } }));
      for (const key of ['told', 'later', 'computed'])
        expect(await store.head(bucket, { key })).toMatchObject({ checksum });
      const { objects } = await store.list(bucket, { limit: 9 });
      for (const object of objects) expect(object.checksum).toEqual({ algorithm, type: 'FULL_OBJECT' });
    },
  );

  test('conditions of writes', async () => {
    const { store, bucket } = await begin('Enabled');
    const put = (text: string, conditions: PutRequest['conditions']) =>
      store.put(bucket, puts('key', text, { conditions }));
    await refused(put('x', { ifMatch: '*' }), 'NoSuchKey');
    await put('one', { ifNoneMatch: '*' });
    const { condition, code } = await refusalOf(put('two', { ifNoneMatch: '*' }));
    expect([code, condition]).toEqual(['PreconditionFailed', 'If-None-Match']);
    await refused(put('two', { ifMatch: md5('other') }), 'PreconditionFailed');
    await put('two', { ifMatch: md5('one') });
    await refused(store.delete(bucket, { key: 'key', ifMatch: md5('one') }), 'PreconditionFailed');
    await store.delete(bucket, { key: 'key', ifMatch: md5('two') });
    await refused(store.delete(bucket, { key: 'key', ifMatch: '*' }), 'PreconditionFailed');
    await refused(store.delete(bucket, { key: 'none', ifMatch: '*' }), 'NoSuchKey');
    await refused(put('three', { ifMatch: '*' }), 'NoSuchKey');
    await put('three', { ifNoneMatch: '*' });
    expect(await textOf(store, bucket, 'key')).toBe('three');
  });

  test('of writers that may only make what is not there, one does', async () => {
    const { store, bucket } = await begin();
    const conditions = { ifNoneMatch: '*' };
    const writers = ['a', 'b', 'c', 'd', 'e'];
    const outcomes = await Promise.allSettled(
      writers.map((text) => store.put(bucket, puts('key', text, { conditions }))),
    );
    const winners = writers.filter((_, at) => outcomes[at]?.status === 'fulfilled');
    expect(winners).toEqual([await textOf(store, bucket, 'key')]);
  });

  test('versions', async () => {
    const { store, bucket: enabled } = await begin('Enabled');
    const suspended: BucketRef = { ...enabled, versioning: 'Suspended' };
    const never: BucketRef = { ...enabled, versioning: 'NeverEnabled' };
    const show = async () => {
      const { versions } = await store.listVersions(enabled, { limit: 99 });
      return versions.map(({ versionId, latest, deleteMarker }) => [
        versionId === 'null' ? 'null' : 'id',
        ...(latest ? ['latest'] : []),
        ...(deleteMarker ? ['marker'] : []),
      ]);
    };
    await store.put(never, puts('key', 'before'));
    const [one, two] = [await store.put(enabled, puts('key', 'one')), await store.put(enabled, puts('key', 'two'))];
    expect(await show()).toEqual([['id', 'latest'], ['id'], ['null']]);
    expect(await textOf(store, enabled, 'key')).toBe('two');
    expect(await textOf(store, enabled, 'key', one.versionId)).toBe('one');
    expect(await textOf(store, enabled, 'key', 'null')).toBe('before');

    const marker = await store.delete(enabled, { key: 'key' });
    expect(marker).toEqual({ versionId: expect.stringMatching(/^.{32}$/), deleteMarker: true });
    const hidden = await refusalOf(store.head(enabled, { key: 'key' }));
    expect([hidden.code, hidden.marker?.versionId]).toEqual(['NoSuchKey', marker.versionId]);
    const asked = await refusalOf(store.head(enabled, { key: 'key', versionId: marker.versionId }));
    expect([asked.code, asked.marker?.versionId]).toEqual(['MethodNotAllowed', marker.versionId]);
    expect((await store.list(enabled, { limit: 9 })).objects).toEqual([]);
    expect(await show()).toEqual([['id', 'latest', 'marker'], ['id'], ['id'], ['null']]);

    expect(await store.delete(enabled, { key: 'key', versionId: marker.versionId })).toEqual({
      ...{ versionId: marker.versionId, deleteMarker: true },
    });
    expect(await textOf(store, enabled, 'key')).toBe('two');
    expect((await store.list(enabled, { limit: 9 })).objects).toHaveLength(1);

    await store.put(suspended, puts('key', 'null again'));
    expect(await show()).toEqual([['null', 'latest'], ['id'], ['id']]);
    expect(await store.delete(suspended, { key: 'key' })).toEqual({ versionId: 'null', deleteMarker: true });
    expect(await show()).toEqual([['null', 'latest', 'marker'], ['id'], ['id']]);
    await store.put(suspended, puts('key', 'third'));
    expect(await show()).toEqual([['null', 'latest'], ['id'], ['id']]);

    const gone = { key: 'key', versionId: two.versionId };
    expect(await store.delete(enabled, gone)).toEqual({ versionId: two.versionId, deleteMarker: false });
    expect(await store.delete(enabled, gone)).toEqual({ versionId: two.versionId, deleteMarker: false });
    await refused(store.head(enabled, gone), 'NoSuchVersion');
    expect(await show()).toEqual([['null', 'latest'], ['id']]);
  });

  test('a reader gets all of what it has opened, whatever happens to the key', async () => {
    const { store, bucket } = await begin();
    await store.put(bucket, puts('key', five));
    const [opened, begun] = [await store.open(bucket, { key: 'key' }), await store.open(bucket, { key: 'key' })];
    const reading = readAll(begun);
    await store.put(bucket, puts('key', 'new'));
    await store.delete(bucket, { key: 'key' });
    expect(md5(await readAll(opened))).toBe(md5(five));
    expect(md5(await reading)).toBe(md5(five));
  });

  test('many deletes at once, each as if alone', async () => {
    const { store, bucket } = await begin();
    for (const key of ['a', 'b', 'c']) await store.put(bucket, puts(key, key));
    const outcomes = await store.deleteMany(bucket, [
      { key: 'a' },
      { key: 'b', ifMatch: 'other' },
      { key: 'none' },
      { key: 'c', versionId: 'no id' },
      { key: 'c', versionId: 'null' },
    ]);
    expect(outcomes.map((outcome) => ('refusal' in outcome ? outcome.refusal.code : outcome.deleted))).toEqual([
      { deleteMarker: false },
      'PreconditionFailed',
      { deleteMarker: false },
      'InvalidArgument',
      { versionId: 'null', deleteMarker: false },
    ]);
    expect((await store.list(bucket, { limit: 9 })).objects.map(({ key }) => key)).toEqual(['b']);
  });

  test('a copy', async () => {
    const { store, bucket } = await begin('Enabled');
    const { bucket: other } = await begin();
    const attributes = { metadata: { a: '1' }, tags: [{ key: 't', value: '1' }], publicRead: true };
    const one = await store.put(bucket, puts('from', 'one', { ...attributes, checksum: { algorithm: 'CRC32' } }));
    await store.put(bucket, puts('from', 'two'));
    const source = { bucket, key: 'from', versionId: one.versionId };
    const copied = await store.copy(other, source, { key: 'to', publicRead: false });
    expect(copied).toMatchObject({ etag: md5('one'), sourceVersionId: one.versionId, versionId: 'null' });
    expect(await store.head(other, { key: 'to' })).toMatchObject({
      ...{ ...attributes, publicRead: false },
      checksum: { algorithm: 'CRC32', value: sumOf('CRC32', 'one'), type: 'FULL_OBJECT' },
    });
    await store.copy(bucket, source, { key: 'from', metadata: { b: '2' }, tags: [], publicRead: false });
    expect(await store.head(bucket, { key: 'from' })).toMatchObject({
      etag: md5('one'),
      metadata: { b: '2' },
      tags: [],
    });

    const failing = { ...source, conditions: { ifNoneMatch: [md5('one')] } };
    const refusal = await refusalOf(store.copy(other, failing, { key: 'to', publicRead: false }));
    expect([refusal.code, refusal.condition]).toEqual(['PreconditionFailed', 'x-amz-copy-source-if-none-match']);
    const { versionId } = await store.delete(bucket, { key: 'from' });
    await refused(store.copy(other, { bucket, key: 'from' }, { key: 'to', publicRead: false }), 'NoSuchKey');
    await refused(
      store.copy(other, { bucket, key: 'from', versionId }, { key: 'to', publicRead: false }),
      'InvalidRequest',
    );
  });

  test('tags and the ACL change, and nothing else does', async () => {
    const { store, bucket } = await begin('Enabled');
    const { versionId } = await store.put(bucket, puts('key', 'x', { metadata: { a: '1' } }));
    const before = await store.head(bucket, { key: 'key' });
    expect(await store.setTags(bucket, { key: 'key' }, [{ key: 'a', value: '' }])).toEqual({ versionId });
    await store.setPublicRead(bucket, { key: 'key', versionId }, true);
    expect(await store.head(bucket, { key: 'key' })).toEqual({
      ...before,
      ...{ tags: [{ key: 'a', value: '' }], publicRead: true },
    });
    await refused(store.setTags(bucket, { key: 'none' }, []), 'NoSuchKey');
  });

  test('listing by prefix, delimiter and page', async () => {
    const { store, bucket } = await begin();
    const keys = ['a', 'b/1', 'b/2/x', 'b/2/y', 'b/3', 'b0', 'c/1', 'c/2', 'd', '￿', '😀'];
    for (const key of [...keys].reverse()) await store.put(bucket, puts(key, 'x'));
    const all = async (request: { prefix?: string; delimiter?: string; after?: string }, limit: number) => {
      const entries: string[] = [];
      for (let after = request.after; ; ) {
        const page = await store.list(bucket, { ...request, limit, after });
        expect(page.objects.length + page.prefixes.length).toBeLessThanOrEqual(limit);
        entries.push(...[...page.objects.map(({ key }) => key), ...page.prefixes].sort(byBytes));
        if (page.next === undefined) return entries;
        after = page.next;
      }
    };
    const cases: readonly [Parameters<typeof all>[0], readonly string[]][] = [
      // The order is that of UTF-8, in which U+FFFF goes before U+1F600.
      [{}, keys],
      [{ prefix: 'b' }, ['b/1', 'b/2/x', 'b/2/y', 'b/3', 'b0']],
      [{ prefix: 'b/', delimiter: '/' }, ['b/1', 'b/2/', 'b/3']],
      [{ delimiter: '/' }, ['a', 'b/', 'b0', 'c/', 'd', '￿', '😀']],
      [{ delimiter: '/', after: 'b/' }, ['b0', 'c/', 'd', '￿', '😀']],
      [{ delimiter: '/', after: 'b/1' }, ['b0', 'c/', 'd', '￿', '😀']],
      [{ prefix: 'c/', after: 'a' }, ['c/1', 'c/2']],
      [{ prefix: 'c/', after: 'c/1' }, ['c/2']],
      [{ prefix: 'c/', after: 'd' }, []],
      [{ prefix: 'z' }, []],
      [{ delimiter: '/2/' }, ['a', 'b/1', 'b/2/', 'b/3', 'b0', 'c/1', 'c/2', 'd', '￿', '😀']],
    ];
    for (const [request, expected] of cases) {
      expect(await all(request, 1_000)).toEqual(expected);
      expect(await all(request, 1)).toEqual(expected);
      expect(await all(request, 3)).toEqual(expected);
    }
    expect(await store.list(bucket, { limit: 0 })).toEqual({ objects: [], prefixes: [] });
    expect((await store.list(bucket, { limit: keys.length })).next).toBeUndefined();
  });

  test('versions are listed page by page, also behind one that is gone', async () => {
    const { store, bucket } = await begin('Enabled');
    for (const key of ['a', 'b', 'b', 'b', 'c/1', 'c/2']) await store.put(bucket, puts(key, 'x'));
    const pages: string[][] = [];
    let [after, afterVersion]: (string | undefined)[] = [];
    for (;;) {
      const page = await store.listVersions(bucket, { limit: 2, delimiter: '/', after, afterVersion });
      pages.push([...page.versions.map(({ key, latest }) => `${key}${latest ? '!' : ''}`), ...page.prefixes]);
      if (page.next === undefined) break;
      ({ after, afterVersion } = page.next);
      await store.deleteMany(bucket, page.versions);
    }
    // Once the newest is gone, the next one is the newest.
    expect(pages).toEqual([['a!', 'b!'], ['b!', 'b'], ['c/']]);
    expect((await store.listVersions(bucket, { limit: 9 })).versions.map(({ key }) => key)).toEqual(['c/1', 'c/2']);
  });

  const partsOf = async (
    store: ObjectStore,
    bucket: BucketRef,
    ref: { key: string; uploadId: string },
    ...bytes: Buffer[]
  ) =>
    Promise.all(
      bytes.map(async (part, at) => {
        const { number, etag, checksum } = await store.putPart(bucket, {
          ...ref,
          ...{ number: at + 1, body: Readable.from([part]), size: part.length },
        });
        return { number, etag, checksum };
      }),
    );

  test('an object in parts', async () => {
    const { store, bucket } = await begin();
    const upload = await beginUpload(store, bucket, puts('big', '', { metadata: { a: '1' }, publicRead: true }));
    const parts = await partsOf(store, bucket, upload, five, five, Buffer.from('end'));
    await refused(store.head(bucket, { key: 'big' }), 'NoSuchKey');
    const listed = await store.listParts(bucket, upload, { limit: 2 });
    expect(listed.parts.map(({ number, size }) => [number, size])).toEqual([
      [1, five.length],
      [2, five.length],
    ]);
    expect(listed.next).toBe(2);
    expect((await store.listParts(bucket, upload, { limit: 2, after: 2 })).parts).toHaveLength(1);
    const written = await store.completeUpload(bucket, { ...upload, parts });
    const etag = `${md5(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))))}-3`;
    expect(written).toMatchObject({ etag, size: 2 * five.length + 3 });
    expect(await store.completeUpload(bucket, { ...upload, parts })).toEqual(written);
    const object = await store.open(bucket, { key: 'big' });
    expect(object.info).toMatchObject({ etag, parts: 3, metadata: { a: '1' }, publicRead: true });
    expect(await object.part(3)).toMatchObject({ range: { first: 2 * five.length, last: 2 * five.length + 2 } });
    expect(md5(await readAll(object))).toBe(md5(Buffer.concat([five, five, Buffer.from('end')])));
    const around = { first: five.length - 2, last: five.length + 1 };
    expect((await readAll(await store.open(bucket, { key: 'big' }), around)).toString()).toBe('vefi');
    const late = { ...upload, number: 9, body: Readable.from([Buffer.from('late')]) };
    await refused(store.putPart(bucket, late), 'NoSuchUpload');
    await refused(store.abortUpload(bucket, upload), 'NoSuchUpload');
    expect((await store.listUploads(bucket, { limit: 9 })).uploads).toEqual([]);
    const copy = await store.copy(bucket, { bucket, key: 'big' }, { key: 'whole', publicRead: false });
    expect(copy.etag).toBe(md5(Buffer.concat([five, five, Buffer.from('end')])));
  });

  test('parts that do not make an object', async () => {
    const { store, bucket } = await begin();
    const upload = await beginUpload(store, bucket, puts('key', ''));
    const parts = await partsOf(store, bucket, upload, Buffer.from('small'), Buffer.from('end'));
    const [one, two] = [parts[0]!, parts[1]!];
    const complete = (...parts: { number: number; etag: string }[]) =>
      store.completeUpload(bucket, { ...upload, parts });
    await refused(complete(one, two), 'EntityTooSmall');
    await refused(complete(two, one), 'InvalidPartOrder');
    await refused(complete(one, one), 'InvalidPartOrder');
    await refused(complete(), 'InvalidPart');
    await refused(complete({ ...one, etag: two.etag }), 'InvalidPart');
    await refused(complete(one, { ...two, number: 3 }), 'InvalidPart');
    await refused(store.completeUpload(bucket, { ...upload, key: 'other', parts: [one] }), 'NoSuchUpload');
    await refused(store.completeUpload(bucket, { ...upload, parts: [one], size: 4 }), 'InvalidRequest');
    await refused(store.completeUpload(bucket, { ...upload, parts: [one], conditions: { ifMatch: '*' } }), 'NoSuchKey');
    await refused(store.putPart(bucket, { ...upload, number: 10_001, body: Readable.from([]) }), 'InvalidArgument');
    const again = { ...upload, number: 2, body: Readable.from([Buffer.from('END')]) };
    const replaced = await store.putPart(bucket, again);
    await refused(complete(two), 'InvalidPart');
    expect(await complete(replaced)).toMatchObject({ size: 3 });
    expect(await textOf(store, bucket, 'key')).toBe('END');
  });

  test('checksums of parts', async () => {
    const { store, bucket } = await begin();
    const whole = Buffer.concat([five, Buffer.from('end')]);
    const run = async (algorithm: ChecksumAlgorithm, type: 'COMPOSITE' | 'FULL_OBJECT' | undefined) => {
      const request = { ...puts(algorithm, ''), checksumAlgorithm: algorithm, checksumType: type };
      const upload = await beginUpload(store, bucket, request);
      return { upload, parts: await partsOf(store, bucket, upload, five, Buffer.from('end')) };
    };
    for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
      const { upload, parts } = await run(algorithm, 'FULL_OBJECT');
      const checksum = { algorithm, value: sumOf(algorithm, whole) };
      const other = { algorithm, value: sumOf(algorithm, 'other') };
      await refused(store.completeUpload(bucket, { ...upload, parts, checksum: other }), 'BadDigest');
      expect(await store.completeUpload(bucket, { ...upload, parts, checksum })).toMatchObject({
        checksum: { ...checksum, type: 'FULL_OBJECT' },
      });
    }
    for (const algorithm of ['CRC32', 'SHA1', 'SHA256'] as const) {
      const { upload, parts } = await run(algorithm, undefined);
      const sums = [five, Buffer.from('end')].map((part) => Buffer.from(sumOf(algorithm, part), 'base64'));
      const value = `${sumOf(algorithm, Buffer.concat(sums))}-2`;
      const bare = parts.map(({ number, etag }) => ({ number, etag }));
      await refused(store.completeUpload(bucket, { ...upload, parts: bare }), 'InvalidRequest');
      const wrong = parts.map((part) => ({ ...part, checksum: parts[0]?.checksum }));
      await refused(store.completeUpload(bucket, { ...upload, parts: wrong }), 'InvalidPart');
      expect(await store.completeUpload(bucket, { ...upload, parts })).toMatchObject({
        checksum: { algorithm, value, type: 'COMPOSITE' },
      });
      const part = await (await store.open(bucket, { key: algorithm })).part(2);
      expect(part?.checksum).toEqual({ algorithm, value: sumOf(algorithm, 'end') });
    }
    await refused(run('SHA1', 'FULL_OBJECT'), 'InvalidRequest');
    await refused(run('CRC64NVME', 'COMPOSITE'), 'InvalidRequest');
    const upload = await beginUpload(store, bucket, { ...puts('key', ''), checksumAlgorithm: 'CRC32' });
    const other = { ...upload, number: 1, body: Readable.from([]), checksum: { algorithm: 'SHA1' } as const };
    await refused(store.putPart(bucket, other), 'InvalidRequest');
  });

  test('a part may be copied from an object', async () => {
    const { store, bucket } = await begin();
    await store.put(bucket, puts('from', 'hello'));
    const upload = await beginUpload(store, bucket, puts('to', ''));
    const source = { bucket, key: 'from' };
    const ref = { ...upload, number: 1 };
    await refused(store.copyPart(bucket, source, { ...ref, range: { first: 0, last: 5 } }), 'InvalidRange');
    const part = await store.copyPart(bucket, source, { ...ref, range: { first: 1, last: 2 } });
    expect(part).toMatchObject({ etag: md5('el'), size: 2, sourceVersionId: 'null' });
    await store.completeUpload(bucket, { ...upload, parts: [part] });
    expect(await textOf(store, bucket, 'to')).toBe('el');
  });

  test('uploads are listed page by page until they are over', async () => {
    const { store, bucket } = await begin();
    const begun = [];
    for (const key of ['a', 'b', 'b', 'c/1', 'c/2']) begun.push(await beginUpload(store, bucket, puts(key, '')));
    const names: string[] = [];
    let [after, afterUpload]: (string | undefined)[] = [];
    for (;;) {
      const page = await store.listUploads(bucket, { limit: 2, delimiter: '/', after, afterUpload });
      names.push(...page.uploads.map(({ uploadId }) => uploadId), ...page.prefixes);
      if (page.next === undefined) break;
      ({ after, afterUpload } = page.next);
    }
    expect(names).toEqual([...begun.slice(0, 3).map(({ uploadId }) => uploadId), 'c/']);
    await store.putPart(bucket, { ...begun[0]!, number: 1, body: Readable.from([Buffer.from('x')]) });
    await store.abortUpload(bucket, begun[0]!);
    await refused(store.listParts(bucket, begun[0]!, { limit: 1 }), 'NoSuchUpload');
    expect((await store.listUploads(bucket, { limit: 9, prefix: 'a' })).uploads).toEqual([]);
  });

  test('a bucket takes as much as its bundle has room for', async () => {
    const { store, bucket } = await begin();
    const small: BucketRef = { ...bucket, storageInGb: five.length / 2 ** 30 };
    await refused(store.put(small, puts('key', 'x', { size: five.length + 1 })), 'QuotaExceeded');
    await store.put(small, puts('key', five));
    await refused(store.put(small, puts('other', 'x')), 'QuotaExceeded');
    await store.put(small, puts('empty', ''));
    await store.put(small, puts('key', five));
    const upload = await beginUpload(store, small, puts('parts', ''));
    const part = { ...upload, number: 1, body: Readable.from([Buffer.from('x')]) };
    await refused(store.putPart(small, part), 'QuotaExceeded');
    await store.delete(small, { key: 'key' });
    await store.put(small, puts('other', five));
  });
};
