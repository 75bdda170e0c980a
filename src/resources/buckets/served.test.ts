import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bucket } from '../../api/generated/types.ts';
import { createCatalogue } from '../../catalogue.ts';
import { WindableClock } from '../../clock.ts';
import type { BucketDesk, Right, Visitor } from '../../engines/buckets.ts';
import { rootOf } from '../../iam/principal.ts';
import { randomIds } from '../../ids.ts';
import { migrate } from '../../store/migrate.ts';
import { bucketKeysOf, findBucketKey, insertBucketKey } from '../../store/records/buckets.ts';
import { deleteResource, findById, insertResource, type ResourceRow } from '../../store/records/resources.ts';
import { putSecret } from '../../store/records/secrets.ts';
import { createSeal } from '../../store/seal.ts';
import { openSqlite } from '../../store/sqlite/store.ts';
import type { Store } from '../../store/store.ts';
import { testPostgres } from '../../store/testing.ts';
import type { BucketInner } from './noun.ts';
import { createBucketDesk } from './served.ts';

const folder = mkdtempSync(join(tmpdir(), 'lateen-buckets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const sqlite = {
  name: 'SQLite',
  open: async () => openSqlite(join(folder, 'lateen.db')),
  remove: async () => {},
};

const [owner, partner, stranger] = ['111111111111', '222222222222', '333333333333'];
const bucketRow = (name: string, body: Bucket, inner: BucketInner = {}, account = owner): ResourceRow => ({
  ...{ id: randomIds.uuid(), account, region: 'us-east-1', kind: 'Bucket', name, state: 'OK', createdAt: 0 },
  ...{ body: JSON.stringify({ name, bundleId: 'medium_1_0', ...body }), inner: JSON.stringify(inner) },
});

const instance = randomIds.uuid();
const photos = bucketRow(
  'photos',
  {
    accessRules: { getObject: 'private', allowPublicOverrides: true },
    accessLogConfig: { enabled: true, destination: 'logs' },
    objectVersioning: 'Enabled',
    readonlyAccessAccounts: [partner],
  },
  { receivers: [{ id: instance, name: 'web' }], cors: { rules: [{ allowedMethods: ['GET'], allowedOrigins: ['*'] }] } },
);
const site = bucketRow('site', { accessRules: { getObject: 'public', allowPublicOverrides: false } });
const vault = bucketRow('vault', { accessRules: { getObject: 'private', allowPublicOverrides: false } }, {}, stranger);
const key = 'AKIAPHOTOS2345672345';

describe.each([sqlite, testPostgres()])('on $name', ({ open, remove }) => {
  const clock = new WindableClock(0);
  const seal = createSeal(randomIds.bytes(32), randomIds);
  let store: Store;
  let desk: BucketDesk;

  beforeAll(async () => {
    store = await open();
    await migrate(store);
    await store.write(owner, async (tx) => {
      for (const row of [photos, site, vault]) expect(await insertResource(tx, row)).toBe(true);
      await insertBucketKey(tx, { id: key, bucket: photos.id, status: 'Active', createdAt: 0 });
      await insertBucketKey(tx, { id: 'AKIAINACTIVE23456723', bucket: photos.id, status: 'Inactive', createdAt: 0 });
      for (const id of [key, 'AKIAINACTIVE23456723']) await putSecret(tx, seal, photos.id, id, 'its secret');
    });
    const root = rootOf(owner);
    const keyring = {
      find: (accessKeyId: string) =>
        accessKeyId === 'AKIAROOT'
          ? { accessKeyId, secret: 'of the account', account: owner, arn: root.arn, principal: root }
          : undefined,
    };
    const instanceKeys = { open: () => undefined };
    desk = createBucketDesk({ store, seal, clock, catalogue: createCatalogue(), keyring, instanceKeys });
  });
  afterAll(async () => {
    await store.close();
    await remove();
  });

  test('a bucket is found by its name alone, with all that its objects are served by', async () => {
    expect(await desk.bucketOf('photos')).toEqual({
      ...{ id: photos.id, name: 'photos', account: owner, region: 'us-east-1' },
      accessRules: { getObject: 'private', allowPublicOverrides: true },
      readers: [partner],
      instances: [instance],
      versioning: 'Enabled',
      storageInGb: 100,
      accessLog: { destination: 'logs', prefix: '' },
      cors: [{ allowedMethods: ['GET'], allowedOrigins: ['*'] }],
    });
    expect(await desk.bucketOf('vault')).toMatchObject({ account: stranger, accessLog: undefined, cors: [] });
    expect(await desk.bucketOf('nobody')).toBeUndefined();
  });

  test('F376 no second bucket gets a name, whoever asks', async () => {
    const second = { ...bucketRow('photos', {}), account: stranger, region: 'eu-west-1' };
    expect(await store.write(stranger, (tx) => insertResource(tx, second))).toBe(false);
  });

  test('a name and a key are looked up by an index, so that neither costs more with size', async () => {
    if (store.dialect.name !== 'sqlite') return;
    const planOf = (sql: string) => store.read((tx) => tx.all<{ detail: string }>(`explain query plan ${sql}`));
    expect(await planOf("select * from resource where kind = 'Bucket' and name = 'photos'")).toMatchObject([
      { detail: expect.stringContaining('USING INDEX resource_bucket (name=?)') },
    ]);
    expect(await planOf("select * from bucket_key where id = 'key'")).toMatchObject([
      { detail: expect.stringMatching(/USING INDEX .* \(id=\?\)/) },
    ]);
  });

  test('keys of buckets and of accounts sign, and no others', async () => {
    expect(await desk.signerOf(key)).toMatchObject({
      ...{ accessKeyId: key, secret: 'its secret', account: owner },
      visitor: { kind: 'bucket', bucket: photos.id },
    });
    expect(await desk.signerOf('AKIAROOT')).toMatchObject({
      secret: 'of the account',
      visitor: { kind: 'account', account: owner },
    });
    expect(await desk.signerOf('AKIAINACTIVE23456723')).toBeUndefined();
    expect(await desk.signerOf('AKIANOBODY')).toBeUndefined();
  });

  test('F380 F383 F384 F394 who may do what', async () => {
    const rights = (visitor: Visitor, bucket: string, publicRead = false): Promise<Right[]> =>
      desk
        .bucketOf(bucket)
        .then((found) =>
          (['list', 'read', 'write'] as const).filter((r) => desk.may(visitor, r, found!, { publicRead })),
        );
    const all = ['list', 'read', 'write'];
    const anyone: Visitor = { kind: 'anyone' };
    const account = (id: string): Visitor => ({ kind: 'account', account: id });
    const ofPhotos: Visitor = { kind: 'bucket', bucket: photos.id };

    expect(await rights(account(owner), 'photos')).toEqual(all);
    expect(await rights(account(partner), 'photos')).toEqual(['list', 'read']);
    expect(await rights(account(stranger), 'photos')).toEqual([]);
    expect(await rights(ofPhotos, 'photos')).toEqual(all);
    expect(await rights(ofPhotos, 'vault')).toEqual([]);
    expect(await rights({ kind: 'instance', instance }, 'photos')).toEqual(all);
    expect(await rights({ kind: 'instance', instance: randomIds.uuid() }, 'photos')).toEqual([]);
    expect(await rights({ kind: 'instance', instance }, 'vault')).toEqual([]);
    expect(await rights(anyone, 'photos')).toEqual([]);

    for (const visitor of [anyone, account(stranger), ofPhotos])
      expect(await rights(visitor, 'site')).toContain('read');
    expect(await rights(anyone, 'site')).toEqual(['read']);
    expect(await rights(anyone, 'photos', true)).toEqual(['read']);
    expect(await rights(anyone, 'vault', true)).toEqual([]);
    const found = (await desk.bucketOf('vault'))!;
    expect(desk.may(anyone, 'read', found)).toBe(false);
  });

  test('F392 the last use of a key is written down, once a minute and at once from another Region', async () => {
    const use = () => store.read((tx) => findBucketKey(tx, key));
    expect(await use()).toMatchObject({ usedAt: null, usedRegion: null, usedService: null });
    await desk.used(key, 'us-east-1');
    const first = (await use())?.usedAt;
    expect(await use()).toMatchObject({ usedAt: expect.any(Number), usedRegion: 'us-east-1', usedService: 's3' });
    clock.windTo(clock.now() + 30_000);
    await desk.used(key, 'us-east-1');
    expect((await use())?.usedAt).toBe(first);
    await desk.used(key, 'eu-west-1');
    expect((await use())?.usedRegion).toBe('eu-west-1');
    clock.windTo(clock.now() + 60_000);
    await desk.used(key, 'eu-west-1');
    expect((await use())?.usedAt).toBeGreaterThan(first! + 60_000);
    await desk.used('AKIANOBODY', 'us-east-1');
    expect(await store.read((tx) => bucketKeysOf(tx, photos.id))).toHaveLength(2);
  });

  test('the keys of a bucket that is gone sign nothing', async () => {
    await store.write(owner, async (tx) => deleteResource(tx, (await findById(tx, photos.id))!));
    expect(await desk.signerOf(key)).toBeUndefined();
    expect(await desk.bucketOf('photos')).toBeUndefined();
  });
});
