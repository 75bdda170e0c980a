import type { Bucket, CreateBucketCommandInput, GetBucketsCommandInput } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { objectsUrl } from '../objects.ts';

const server = await startServer({ args: ['--quota', 'bucketsPerAccount=50'] });
const api = lightsail(server);
const admin = apiOf(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const broken = (message: RegExp) => refusal('ValidationException', message);
const gone = refusal('NotFoundException', 'The Bucket does not exist');
const [hour, day] = [3_600_000, 86_400_000];

const create = async (bucketName: string, more: Partial<CreateBucketCommandInput> = {}, of = api): Promise<Bucket> => {
  const { bucket, operations } = await of.createBucket({ bucketName, bundleId: 'small_1_0', ...more });
  expect(await finished(of, operations)).toMatchObject([{ status: 'Succeeded' }]);
  return bucket!;
};

const getBucket = async (bucketName: string, more: GetBucketsCommandInput = {}): Promise<Bucket> =>
  (await api.getBuckets({ bucketName, ...more })).buckets![0]!;

const now = async (): Promise<number> => (await admin.control('GetClock')).now as number;

/** Winds the clock to the beginning of the next month (UTC). */
const nextMonth = async (): Promise<void> => {
  const today = new Date(await now());
  const next = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 1);
  await admin.control('AdvanceClock', { ms: next - today.getTime() + hour });
};

const operationOf = (type: string, name: string, more: object = {}) => ({
  id: expect.any(String),
  resourceName: name,
  resourceType: 'Bucket',
  createdAt: expect.any(Date),
  statusChangedAt: expect.any(Date),
  location: { availabilityZone: 'all', regionName: 'us-east-1' },
  operationType: type,
  operationDetails: '',
  status: 'Succeeded',
  isTerminal: true,
  ...more,
});

test('F382 F383 F379 a bucket is made private, of a bundle, and is shown as it is', async () => {
  const { bucket, operations } = await api.createBucket({
    bucketName: 'plain',
    bundleId: 'small_1_0',
    tags: [{ key: 'team', value: 'web' }],
  });
  const expected = {
    resourceType: 'Bucket',
    accessLogConfig: { enabled: false },
    accessRules: { allowPublicOverrides: false, getObject: 'private' },
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:111111111111:Bucket\/[0-9a-f-]{36}$/),
    bundleId: 'small_1_0',
    createdAt: expect.any(Date),
    url: `${objectsUrl(server)}/plain/`,
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    name: 'plain',
    supportCode: '111111111111/plain',
    tags: [{ key: 'team', value: 'web' }],
    objectVersioning: 'NeverEnabled',
    ableToUpdateBundle: true,
    readonlyAccessAccounts: [],
    state: { code: 'OK' },
  };
  expect(bucket).toEqual(expected);
  const { operationDetails: _, ...started } = operationOf('CreateBucket', 'plain', {
    status: 'Started',
    isTerminal: false,
  });
  expect(operations).toEqual([started]);
  await finished(api, operations);
  expect(await getBucket('plain')).toEqual(expected);
});

test('F373 F374 F544 a name has 3 to 54 lower-case letters, digits and hyphens, and a bundle is needed', async () => {
  for (const bucketName of ['ab', 'a'.repeat(55), 'Photos', '-photos', 'photos-', 'my.photos', 'my_photos'])
    await expect(create(bucketName), bucketName).rejects.toMatchObject(broken(/at 'bucketName'/));
  // The published example of this call has capitals.
  await expect(api.getBucketAccessKeys({ bucketName: 'DOC-EXAMPLE-BUCKET' })).rejects.toMatchObject(
    broken(/at 'bucketName'/),
  );
  expect(await create(`a${'-'.repeat(52)}9`)).toMatchObject({ state: { code: 'OK' } });
  const { error, message } = await admin.ask('CreateBucket', { bucketName: 'bare' });
  expect({ error, message }).toMatchObject({
    error: 'ValidationException',
    message: expect.stringContaining("at 'bundleId'"),
  });
  await expect(create('bare', { bundleId: 'nano_3_0' })).rejects.toMatchObject(
    invalid('The bundle nano_3_0 is not available for buckets.'),
  );
});

test('F376 a name is unique across accounts and Regions, and free again once its bucket is deleted', async () => {
  await create('taken');
  const other = await newAccount(server, 'other');
  const [elsewhere, theirs] = [lightsail(server, 'eu-west-1'), lightsail(other)];
  for (const someone of [api, elsewhere, theirs])
    await expect(create('taken', {}, someone)).rejects.toMatchObject(
      invalid('The bucket name taken is already in use.'),
    );
  await expect(theirs.getBuckets({ bucketName: 'taken' })).rejects.toMatchObject(gone);
  await expect(elsewhere.deleteBucket({ bucketName: 'taken' })).rejects.toMatchObject(gone);
  expect((await api.deleteBucket({ bucketName: 'taken' })).operations).toEqual([operationOf('DeleteBucket', 'taken')]);
  expect(await create('taken', {}, theirs)).toMatchObject({ url: `${objectsUrl(server)}/taken/` });
  // Within a scope, names are those of all kinds.
  await launch(api, 'web');
  await expect(create('web')).rejects.toMatchObject(invalid('Some names are already in use: web'));
});

test('F375 F378 F379 versioning is enabled at creation or later, and suspended once it was', async () => {
  expect(await create('versions', { enableObjectVersioning: true })).toMatchObject({ objectVersioning: 'Enabled' });
  const version = async (bucketName: string, versioning: string) =>
    (await api.updateBucket({ bucketName, versioning })).bucket?.objectVersioning;
  expect(await version('versions', 'Suspended')).toBe('Suspended');
  expect(await version('versions', 'Enabled')).toBe('Enabled');
  await create('no-versions');
  expect(await version('no-versions', 'Suspended')).toBe('NeverEnabled');
  expect(await version('no-versions', 'Enabled')).toBe('Enabled');
  await expect(version('no-versions', 'NeverEnabled')).rejects.toMatchObject(
    invalid('The versioning NeverEnabled is not valid.'),
  );
});

test('F383 F384 each access rule is changed by itself', async () => {
  await create('rules');
  const update = async (accessRules: Bucket['accessRules']) => {
    const { bucket, operations } = await api.updateBucket({ bucketName: 'rules', accessRules });
    expect(operations).toEqual([operationOf('UpdateBucket', 'rules')]);
    return bucket?.accessRules;
  };
  expect(await update({ allowPublicOverrides: true })).toEqual({ getObject: 'private', allowPublicOverrides: true });
  expect(await update({ getObject: 'public' })).toEqual({ getObject: 'public', allowPublicOverrides: true });
  expect((await getBucket('rules')).accessRules).toEqual({ getObject: 'public', allowPublicOverrides: true });
  await expect(update({ getObject: 'secret' as never })).rejects.toMatchObject(broken(/at 'accessRules.getObject'/));
});

test('F380 up to ten accounts may read, whatever their ids look like', async () => {
  await create('readers');
  const update = async (readonlyAccessAccounts: string[]) =>
    (await api.updateBucket({ bucketName: 'readers', readonlyAccessAccounts })).bucket?.readonlyAccessAccounts;
  expect(await update(['222222222222', 'partner'])).toEqual(['222222222222', 'partner']);
  await api.updateBucket({ bucketName: 'readers', versioning: 'Enabled' });
  expect((await getBucket('readers')).readonlyAccessAccounts).toEqual(['222222222222', 'partner']);
  expect(await update([])).toEqual([]);
  const eleven = Array.from({ length: 11 }, (_, i) => `${i}`);
  await expect(update(eleven)).rejects.toMatchObject(broken(/at 'readonlyAccessAccounts'/));
  await expect(update([' '])).rejects.toMatchObject(broken(/readonlyAccessAccounts/));
  expect(await update(eleven.slice(1))).toHaveLength(10);
});

test('F385 F386 F387 access logs go to a bucket of the same account and Region, until it is deleted', async () => {
  await create('logged');
  await create('logs');
  const log = async (accessLogConfig: object, bucketName = 'logged') =>
    (await api.updateBucket({ bucketName, accessLogConfig: accessLogConfig as never })).bucket?.accessLogConfig;
  await expect(log({ destination: 'logs' })).rejects.toMatchObject(broken(/at 'accessLogConfig.enabled'/));
  await expect(log({ enabled: true })).rejects.toMatchObject(invalid(/^Access logs need a destination/));
  await expect(log({ enabled: true, destination: 'nowhere' })).rejects.toMatchObject(gone);
  await expect(log({ enabled: true, destination: 'logs', prefix: 'a b' })).rejects.toMatchObject(broken(/prefix/));
  await create('far-logs', {}, lightsail(server, 'eu-west-1'));
  await expect(log({ enabled: true, destination: 'far-logs' })).rejects.toMatchObject(gone);
  const on = { enabled: true, destination: 'logs', prefix: 'of/logged/' };
  expect(await log(on)).toEqual(on);
  expect((await getBucket('logged')).accessLogConfig).toEqual(on);
  for (const more of [{ destination: 'logs' }, { prefix: 'of/' }])
    await expect(log({ enabled: false, ...more })).rejects.toMatchObject(invalid(/must be omitted/));
  expect(await log({ enabled: false })).toEqual({ enabled: false });
  const own = { enabled: true, destination: 'logs' };
  expect(await log(own, 'logs')).toEqual(own);
  expect(await log(own)).toEqual(own);
  await api.deleteBucket({ bucketName: 'logs' });
  expect((await getBucket('logged')).accessLogConfig).toEqual({ enabled: false });
  expect((await admin.control('CheckState')).findings).toEqual([]);
});

test('CORS is set as a whole, within the bounds of object storage, and is shown of one bucket that is asked for', async () => {
  await create('shared');
  const rule = { id: 'all', allowedMethods: ['GET'], allowedOrigins: ['https://*.example.com'], maxAgeSeconds: 60 };
  const update = async (...rules: object[]) =>
    (await api.updateBucket({ bucketName: 'shared', cors: { rules: rules as never } })).bucket?.cors;
  expect(await update(rule)).toEqual({ rules: [rule] });
  expect((await api.updateBucket({ bucketName: 'shared', versioning: 'Enabled' })).bucket).not.toHaveProperty('cors');
  expect(await getBucket('shared')).not.toHaveProperty('cors');
  expect((await getBucket('shared', { includeCors: true })).cors).toEqual({ rules: [rule] });
  await expect(api.getBuckets({ includeCors: true })).rejects.toMatchObject(invalid(/^CORS is shown of one bucket/));
  const other = { ...rule, id: 'other' };
  for (const [rules, message] of [
    [[rule, rule], /^Two CORS rules have the same id/],
    [[rule, { ...other, allowedMethods: [] }], /^The CORS rule 2 allows no methods/],
    [[{ ...rule, allowedOrigins: [] }], /^The CORS rule 1 allows no origins/],
    [[{ ...rule, allowedOrigins: ['*.example.*'] }], /more than one \* in \*\.example/],
    [[{ ...rule, allowedHeaders: ['x-*-*'] }], /more than one \* in x-/],
    [[{ ...rule, exposeHeaders: ['x-*'] }], /exposes a header with a \*/],
    [[{ ...rule, maxAgeSeconds: -1 }], /negative maximum age/],
    [[{ ...rule, allowedOrigins: ['o'.repeat(70_000)] }], /up to 64 KB/],
  ] as const)
    await expect(update(...rules)).rejects.toMatchObject(invalid(message));
  await expect(update({ ...rule, allowedMethods: ['PATCH'] })).rejects.toMatchObject(broken(/allowedMethods/));
  expect(await update()).toEqual({ rules: [] });
});

test('F381 the bundle is changed once in a month', async () => {
  await create('growing');
  const change = (bundleId: string) => api.updateBucketBundle({ bucketName: 'growing', bundleId });
  await expect(change('small_1_0')).rejects.toMatchObject(
    invalid('The Bucket growing has the bundle small_1_0 already.'),
  );
  await expect(change('huge_1_0')).rejects.toMatchObject(invalid('The bundle huge_1_0 is not available for buckets.'));
  const { operations } = await change('medium_1_0');
  expect(operations).toEqual([operationOf('UpdateBucketBundle', 'growing', { operationDetails: 'medium_1_0' })]);
  expect(await getBucket('growing')).toMatchObject({ bundleId: 'medium_1_0', ableToUpdateBundle: false });
  await expect(change('large_1_0')).rejects.toMatchObject(
    invalid('The bundle of the Bucket growing was changed in this month already.'),
  );
  await nextMonth();
  expect((await getBucket('growing')).ableToUpdateBundle).toBe(true);
  await change('large_1_0');
  expect(await getBucket('growing')).toMatchObject({ bundleId: 'large_1_0', ableToUpdateBundle: false });
});

test('F382 a bucket that could not be made is of an unknown state, and can be deleted', async () => {
  await admin.control('OrderFault', { step: 'CreateBucket/create', permanent: true, message: 'no room' });
  const { operations } = await api.createBucket({ bucketName: 'half-made', bundleId: 'small_1_0' });
  expect(await finished(api, operations)).toMatchObject([{ status: 'Failed', errorDetails: 'no room' }]);
  expect((await getBucket('half-made')).state).toEqual({ code: 'Unknown', message: expect.any(String) });
  await api.deleteBucket({ bucketName: 'half-made' });
  expect((await create('half-made')).state).toEqual({ code: 'OK' });
});

test('F388 F389 F390 F391 F392 a bucket has up to two access keys, whose secrets are shown once', async () => {
  await create('locked');
  const { accessKey, operations } = await api.createBucketAccessKey({ bucketName: 'locked' });
  expect(accessKey).toEqual({
    accessKeyId: expect.stringMatching(/^AKIA[A-Z0-9]{16}$/),
    secretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
    status: 'Active',
    createdAt: expect.any(Date),
  });
  expect(operations).toEqual([operationOf('CreateBucketAccessKey', 'locked')]);
  const second = (await api.createBucketAccessKey({ bucketName: 'locked' })).accessKey!;
  await expect(api.createBucketAccessKey({ bucketName: 'locked' })).rejects.toMatchObject(
    invalid(/your maximum limit of Lightsail bucket access keys : 2\./),
  );
  const { secretAccessKey: _, ...shown } = accessKey!;
  const { accessKeys } = await api.getBucketAccessKeys({ bucketName: 'locked' });
  expect(accessKeys).toHaveLength(2);
  expect(accessKeys).toContainEqual({ ...shown, lastUsed: { region: 'N/A', serviceName: 'N/A' } });
  const { text } = await admin.ask('GetBucketAccessKeys', { bucketName: 'locked' });
  expect(text).not.toMatch(/secret/i);
  expect(second.accessKeyId).not.toBe(accessKey?.accessKeyId);
});

test('F393 a key is deleted by its id and the name of its bucket', async () => {
  for (const name of ['own', 'foreign']) await create(name);
  const { accessKeyId } = (await api.createBucketAccessKey({ bucketName: 'own' })).accessKey!;
  const { error } = await admin.ask('DeleteBucketAccessKey', { accessKeyId });
  expect(error).toBe('ValidationException');
  await expect(api.deleteBucketAccessKey({ bucketName: 'foreign', accessKeyId })).rejects.toMatchObject(
    refusal('NotFoundException', 'The AccessKey does not exist'),
  );
  const { operations } = await api.deleteBucketAccessKey({ bucketName: 'own', accessKeyId });
  expect(operations).toEqual([operationOf('DeleteBucketAccessKey', 'own')]);
  expect((await api.getBucketAccessKeys({ bucketName: 'own' })).accessKeys).toEqual([]);
  await expect(api.getBucketAccessKeys({ bucketName: 'nobody' })).rejects.toMatchObject(gone);
});

test('F394 F395 instances of the Region are let in and kept out, on both sides', async () => {
  await create('open');
  await launch(api, 'app');
  const set = (resourceName: string, access: 'allow' | 'deny') =>
    api.setResourceAccessForBucket({ bucketName: 'open', resourceName, access });
  const receivers = async () => (await getBucket('open', { includeConnectedResources: true })).resourcesReceivingAccess;
  expect((await set('app', 'allow')).operations).toEqual([
    operationOf('SetResourceAccessForBucket', 'open', { operationDetails: 'app' }),
    operationOf('SetResourceAccessForBucket', 'app', {
      resourceType: 'Instance',
      operationDetails: 'open',
      location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
    }),
  ]);
  await set('app', 'allow');
  expect(await receivers()).toEqual([{ name: 'app', resourceType: 'Instance' }]);
  expect(await getBucket('open')).not.toHaveProperty('resourcesReceivingAccess');
  const { buckets } = await api.getBuckets({ includeConnectedResources: true });
  expect(buckets?.find(({ name }) => name === 'open')?.resourcesReceivingAccess).toHaveLength(1);
  await set('app', 'deny');
  await set('app', 'deny');
  expect(await receivers()).toEqual([]);
  await finished(api, (await api.stopInstance({ instanceName: 'app' })).operations);
  await set('app', 'allow');
  await expect(set('plain', 'allow')).rejects.toMatchObject(refusal('NotFoundException', /Instance does not exist/));
  await launch(lightsail(server, 'eu-west-1'), 'far');
  await expect(set('far', 'allow')).rejects.toMatchObject(refusal('NotFoundException', /Instance does not exist/));
  await api.deleteInstance({ instanceName: 'app' });
  expect(await receivers()).toEqual([]);
});

test('F377 what has keys or instances goes by force only, and takes them along', async () => {
  await launch(api, 'client');
  await create('needed');
  const { accessKeyId } = (await api.createBucketAccessKey({ bucketName: 'needed' })).accessKey!;
  await api.setResourceAccessForBucket({ bucketName: 'needed', resourceName: 'client', access: 'allow' });
  const remove = (forceDelete?: boolean) => api.deleteBucket({ bucketName: 'needed', forceDelete });
  await expect(remove()).rejects.toMatchObject(
    invalid('The Bucket needed cannot be deleted: it has access keys and instances with access.'),
  );
  await api.deleteBucketAccessKey({ bucketName: 'needed', accessKeyId });
  await expect(remove(false)).rejects.toMatchObject(invalid(/it has instances with access\.$/));
  await api.createBucketAccessKey({ bucketName: 'needed' });
  await remove(true);
  await expect(api.getBuckets({ bucketName: 'needed' })).rejects.toMatchObject(gone);
  await create('needed');
  expect((await api.getBucketAccessKeys({ bucketName: 'needed' })).accessKeys).toEqual([]);
  expect((await getBucket('needed', { includeConnectedResources: true })).resourcesReceivingAccess).toEqual([]);
  expect((await admin.control('CheckState')).findings).toEqual([]);
});

test('F396-F400 the sync of the account-level block is on hold for an hour after the first bucket, and then in sync', async () => {
  const someone = lightsail(await newAccount(server, 'newcomer'));
  const sync = async () => (await someone.getBuckets({})).accountLevelBpaSync;
  const nothing = { bpaImpactsLightsail: false, status: 'NeverSynced' };
  expect(await sync()).toEqual(nothing);
  await create('first-of-all', {}, someone);
  expect(await sync()).toEqual({ ...nothing, message: 'SYNC_ON_HOLD' });
  await admin.control('AdvanceClock', { ms: hour + 1_000 });
  const synced = { bpaImpactsLightsail: false, status: 'InSync', lastSyncedAt: expect.any(Date) };
  const first = await sync();
  expect(first).toEqual(synced);
  await someone.deleteBucket({ bucketName: 'first-of-all' });
  await admin.control('AdvanceClock', { ms: hour });
  expect((await sync())?.lastSyncedAt?.getTime()).toBe(first!.lastSyncedAt!.getTime() + hour);
});

test('F401 GetBuckets lists those of the Region, page by page, or the one that is named', async () => {
  const small = await startServer({ args: ['--page-size', '2'] });
  const there = lightsail(small);
  for (const name of ['one', 'two', 'three']) await create(name, {}, there);
  await create('abroad', {}, lightsail(small, 'eu-west-1'));
  const first = await there.getBuckets({});
  expect(first.buckets?.map(({ name }) => name)).toEqual(['one', 'two']);
  const { nextPageToken: pageToken, accountLevelBpaSync } = first;
  expect(accountLevelBpaSync).toMatchObject({ status: 'NeverSynced' });
  expect(await there.getBuckets({ pageToken })).toMatchObject({ buckets: [{ name: 'three' }] });
  expect((await there.getBuckets({ bucketName: 'two' })).buckets).toMatchObject([{ name: 'two' }]);
  await expect(there.getBuckets({ bucketName: 'abroad' })).rejects.toMatchObject(gone);
  await small.stop();
});

test('F402 metrics are of each day, from the first midnight of the bucket on', async () => {
  await create('measured');
  const start = await now();
  const read = async (metricName: 'BucketSizeBytes' | 'NumberOfObjects', unit: 'Bytes' | 'Count') => {
    const { metricData = [], ...rest } = await api.getBucketMetricData({
      ...{ bucketName: 'measured', metricName, unit, period: 86_400, statistics: ['Maximum', 'Average'] },
      ...{ startTime: new Date(Math.floor(start / day) * day), endTime: new Date(start + 10 * day) },
    });
    expect(rest.metricName).toBe(metricName);
    return metricData;
  };
  expect(await read('BucketSizeBytes', 'Bytes')).toEqual([]);
  await admin.control('AdvanceClock', { ms: 2 * day });
  const midnights = [1, 2].map((days) => new Date((Math.floor(start / day) + days) * day));
  for (const [metric, unit] of [
    ['BucketSizeBytes', 'Bytes'],
    ['NumberOfObjects', 'Count'],
  ] as const)
    expect(await read(metric, unit)).toEqual(
      midnights.map((timestamp) => ({ timestamp, unit, maximum: 0, average: 0 })),
    );
  await expect(read('NumberOfObjects', 'Bytes')).rejects.toMatchObject(invalid(/unit Bytes is not valid/));
});

test('a bucket is tagged, costs its bundle, and counts for the quota', async () => {
  const few = await startServer({ args: ['--quota', 'bucketsPerAccount=1'] });
  const there = lightsail(few);
  await create('only', {}, there);
  await expect(create('another', {}, there)).rejects.toMatchObject(invalid(/maximum limit of Lightsail buckets : 1\./));
  await there.tagResource({ resourceName: 'only', tags: [{ key: 'team', value: 'web' }] });
  expect((await there.getBuckets({})).buckets?.[0]?.tags).toEqual([{ key: 'team', value: 'web' }]);
  const control = apiOf(few);
  const at = async () => new Date((await control.control('GetClock')).now as number);
  const startTime = await at();
  await control.control('AdvanceClock', { ms: 2 * hour });
  const { resourcesBudgetEstimate = [] } = await there.getCostEstimate({
    ...{ resourceName: 'only', startTime, endTime: await at() },
  });
  const { usageType, resultsByTime = [] } = resourcesBudgetEstimate[0]?.costEstimates?.[0] ?? {};
  expect(usageType).toBe('BucketUsage:small_1_0');
  expect(resultsByTime.reduce((sum, { usageCost = 0 }) => sum + usageCost, 0)).toBeCloseTo(2 / 744, 4);
  await few.stop();
});
