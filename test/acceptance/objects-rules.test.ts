import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { newAccount } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { bucketKey, codeOf, newBucket, objectsUrl, plainRequest, presigned, s3 } from '../objects.ts';

const server = await startServer();
const api = apiOf(server);
const owner = s3(server);
const refused = (code: string) => expect.toSatisfy((error) => codeOf(error) === code, code);
const denied = refused('AccessDenied');

test('F388 the key of a bucket is good for its objects, until it is deleted, and its use is shown', async () => {
  const Bucket = await newBucket(server, 'keyed');
  const other = await newBucket(server, 'other');
  const key = await bucketKey(server, Bucket);
  const client = s3(key);
  await client.putObject({ Bucket, Key: 'a', Body: 'x' });
  expect((await client.listObjectsV2({ Bucket })).KeyCount).toBe(1);
  await expect(client.getObject({ Bucket: other, Key: 'a' })).rejects.toEqual(denied);
  await expect(client.putObject({ Bucket: other, Key: 'a', Body: 'x' })).rejects.toEqual(denied);
  await expect(client.listBuckets({})).rejects.toEqual(denied);
  const { accessKeys } = await api.call('GetBucketAccessKeys', { bucketName: Bucket });
  expect(accessKeys).toMatchObject([
    { lastUsed: { region: 'us-east-1', serviceName: 's3', lastUsedDate: expect.any(Number) } },
  ]);
  await api.call('DeleteBucketAccessKey', { bucketName: Bucket, accessKeyId: key.accessKeyId });
  await expect(client.listObjectsV2({ Bucket })).rejects.toEqual(refused('InvalidAccessKeyId'));
  await expect(s3({ ...server, secret: 'wrong' }).listObjectsV2({ Bucket })).rejects.toEqual(
    refused('SignatureDoesNotMatch'),
  );
});

test('F383 F384 what is public: nothing, single objects, everything; never the list', async () => {
  const Bucket = await newBucket(server, 'showcase');
  await owner.putObject({ Bucket, Key: 'plain', Body: 'plain' });
  const see = async (path: string) => (await plainRequest(server, 'GET', path)).status;
  expect(await see('/showcase/plain')).toBe(403);
  await expect(owner.putObject({ Bucket, Key: 'shown', Body: 'shown', ACL: 'public-read' })).rejects.toEqual(denied);
  await api.call('UpdateBucket', {
    bucketName: Bucket,
    accessRules: { getObject: 'private', allowPublicOverrides: true },
  });
  await owner.putObject({ Bucket, Key: 'shown', Body: 'shown', ACL: 'public-read' });
  expect(await plainRequest(server, 'GET', '/showcase/shown')).toMatchObject({ status: 200, text: 'shown' });
  expect((await owner.getObjectAcl({ Bucket, Key: 'shown' })).Grants).toHaveLength(2);
  expect(await see('/showcase/plain')).toBe(403);
  expect(await see('/showcase/missing')).toBe(403);
  await owner.putObjectAcl({
    Bucket,
    Key: 'plain',
    GrantRead: 'uri="http://acs.amazonaws.com/groups/global/AllUsers"',
  });
  expect(await see('/showcase/plain')).toBe(200);
  await owner.putObjectAcl({ Bucket, Key: 'plain', ACL: 'private' });
  expect(await see('/showcase/plain')).toBe(403);
  await api.call('UpdateBucket', {
    bucketName: Bucket,
    accessRules: { getObject: 'private', allowPublicOverrides: false },
  });
  expect(await see('/showcase/shown')).toBe(403);
  await api.call('UpdateBucket', {
    bucketName: Bucket,
    accessRules: { getObject: 'public', allowPublicOverrides: false },
  });
  expect(await see('/showcase/plain')).toBe(200);
  expect(await plainRequest(server, 'GET', '/showcase/?list-type=2')).toMatchObject({
    status: 403,
    code: 'AccessDenied',
  });
  expect(await plainRequest(server, 'PUT', '/showcase/new', { body: 'x' })).toMatchObject({
    status: 403,
    code: 'AccessDenied',
  });
  expect(await plainRequest(server, 'GET', '/showcase/plain?response-content-type=text/html')).toMatchObject({
    code: 'InvalidRequest',
  });
});

test('F380 other accounts read and list, where they are let, and change nothing', async () => {
  const Bucket = await newBucket(server, 'lent');
  await owner.putObject({ Bucket, Key: 'a', Body: 'x' });
  const them = await newAccount(server, 'guests');
  const guest = s3(them);
  await expect(guest.getObject({ Bucket, Key: 'a' })).rejects.toEqual(denied);
  await expect(guest.getObject({ Bucket, Key: 'b' })).rejects.toEqual(denied);
  await api.call('UpdateBucket', { bucketName: Bucket, readonlyAccessAccounts: [them.account] });
  expect(await (await guest.getObject({ Bucket, Key: 'a' })).Body!.transformToString()).toBe('x');
  await expect(guest.getObject({ Bucket, Key: 'b' })).rejects.toEqual(refused('NoSuchKey'));
  expect((await guest.listObjectsV2({ Bucket })).KeyCount).toBe(1);
  await expect(guest.putObject({ Bucket, Key: 'a', Body: 'y' })).rejects.toEqual(denied);
  await expect(guest.deleteObject({ Bucket, Key: 'a' })).rejects.toEqual(denied);
  await expect(guest.copyObject({ Bucket, Key: 'c', CopySource: `${Bucket}/a` })).rejects.toEqual(denied);
  expect((await guest.listBuckets({})).Buckets ?? []).toEqual([]);
});

test('F378 versioning that is switched on and suspended counts from the next request on', async () => {
  const Bucket = await newBucket(server, 'switched');
  const put = async (Body: string) => (await owner.putObject({ Bucket, Key: 'k', Body })).VersionId;
  expect(await put('0')).toBeUndefined();
  await api.call('UpdateBucket', { bucketName: Bucket, versioning: 'Enabled' });
  expect(await put('1')).toMatch(/^\S{20,}$/);
  expect((await owner.getBucketVersioning({ Bucket })).Status).toBe('Enabled');
  await api.call('UpdateBucket', { bucketName: Bucket, versioning: 'Suspended' });
  expect(await put('2')).toBe('null');
  const { Versions } = await owner.listObjectVersions({ Bucket });
  expect(Versions!.map(({ VersionId }) => VersionId === 'null')).toEqual([true, false]);
});

test('pages of other origins: preflight and what they may read', async () => {
  const Bucket = await newBucket(server, 'web');
  await owner.putObject({ Bucket, Key: 'a', Body: 'x' });
  const ask = (headers: Record<string, string>) => plainRequest(server, 'OPTIONS', '/web/a', { headers });
  const get = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' };
  expect(await ask(get)).toMatchObject({ status: 403, code: 'AccessForbidden' });
  await expect(owner.getBucketCors({ Bucket })).rejects.toEqual(refused('NoSuchCORSConfiguration'));
  const rule = {
    allowedMethods: ['GET', 'PUT'],
    allowedOrigins: ['https://*.example.com'],
    allowedHeaders: ['x-amz-*'],
    exposeHeaders: ['ETag'],
    maxAgeSeconds: 60,
  };
  await api.call('UpdateBucket', { bucketName: Bucket, cors: { rules: [rule] } });
  expect(await ask({ ...get, 'access-control-request-headers': 'X-Amz-Date, x-amz-acl' })).toMatchObject({
    status: 200,
    headers: {
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-amz-date, x-amz-acl',
      'access-control-max-age': '60',
    },
  });
  expect((await ask({ ...get, 'access-control-request-headers': 'authorization' })).code).toBe('AccessForbidden');
  expect((await ask({ ...get, origin: 'https://example.org' })).code).toBe('AccessForbidden');
  expect((await ask({ ...get, 'access-control-request-method': 'PATCH' })).code).toBe('BadRequest');
  expect((await ask({})).code).toBe('BadRequest');
  const path = presigned(server, 'GET', '/web/a');
  const seen = await plainRequest(server, 'GET', path, { headers: { origin: get.origin } });
  expect(seen).toMatchObject({
    status: 200,
    headers: { 'access-control-allow-origin': get.origin, 'access-control-expose-headers': 'ETag' },
  });
  const other = await plainRequest(server, 'GET', path, { headers: { origin: 'https://evil.example' } });
  expect(other.headers).not.toHaveProperty('access-control-allow-origin');
  // The page must be able to read why it was refused.
  const no = await plainRequest(server, 'GET', '/web/a', { headers: { origin: get.origin } });
  expect(no).toMatchObject({ status: 403, headers: { 'access-control-allow-origin': get.origin } });
  expect((await owner.getBucketCors({ Bucket })).CORSRules).toMatchObject([
    { AllowedMethods: ['GET', 'PUT'], MaxAgeSeconds: 60 },
  ]);
});

test('F386 F387 access logs lie in their destination after a stop', async () => {
  const logged = await startServer();
  const api = apiOf(logged);
  const client = s3(logged);
  await newBucket(logged, 'watched');
  await newBucket(logged, 'logs');
  await api.call('UpdateBucket', {
    bucketName: 'watched',
    accessLogConfig: { enabled: true, destination: 'logs', prefix: 'of/watched/' },
  });
  await client.putObject({ Bucket: 'watched', Key: 'a b', Body: 'hello' });
  await plainRequest(logged, 'GET', '/watched/secret?x="y"', {
    headers: { 'user-agent': 'a "tool"\\', referer: 'http://here' },
  });
  await client.getObject({ Bucket: 'watched', Key: 'a b' }).then(({ Body }) => Body!.transformToString());
  expect(await logged.stop()).toBe(0);
  const again = await startServer({ data: logged.data });
  const reader = s3(again);
  const { Contents } = await reader.listObjectsV2({ Bucket: 'logs' });
  expect(Contents!.map(({ Key }) => Key)).toEqual([
    expect.stringMatching(/^of\/watched\/\d{4}(-\d\d){5}-[0-9A-F]{16}$/),
  ]);
  const got = await reader.getObject({ Bucket: 'logs', Key: Contents![0]!.Key! });
  const lines = (await got.Body!.transformToString()).trimEnd().split('\n');
  const fields = lines.map((line) => line.match(/\[[^\]]*\]|"[^"]*"|\S+/g)!);
  expect(fields.map(({ length }) => length)).toEqual([26, 26, 26]);
  expect(fields.map((line) => [line[6], line[7], line[9], line[10], line[11], line[12]])).toEqual([
    ['REST.PUT.OBJECT', 'a%2520b', '200', '-', '-', '5'],
    ['REST.GET.OBJECT', 'secret', '403', 'AccessDenied', expect.any(String), '-'],
    ['REST.GET.OBJECT', 'a%2520b', '200', '-', '5', '5'],
  ]);
  expect(fields[0]![2]).toMatch(/^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\]$/);
  expect(fields[1]!.slice(15, 17)).toEqual(['"http://here"', '"a %22tool%22%5C"']);
});

test('the address that a bucket shows is one that answers', async () => {
  await newBucket(server, 'found');
  await owner.putObject({ Bucket: 'found', Key: 'a', Body: 'x' });
  const { buckets } = await api.call('GetBuckets', { bucketName: 'found' });
  expect(buckets).toMatchObject([{ url: `${objectsUrl(server)}/found/` }]);
  expect((await fetch(`${buckets![0]!.url}a`)).status).toBe(403);
});

test('F377 a bucket that holds something is deleted by force only, and with all that it held', async () => {
  const Bucket = await newBucket(server, 'full');
  await owner.putObject({ Bucket, Key: 'a', Body: 'x' });
  expect(await api.ask('DeleteBucket', { bucketName: Bucket })).toMatchObject({ error: 'InvalidInputException' });
  await api.call('DeleteBucket', { bucketName: Bucket, forceDelete: true });
  await expect(owner.getObject({ Bucket, Key: 'a' })).rejects.toEqual(refused('NoSuchBucket'));
  await newBucket(server, Bucket);
  expect((await owner.listObjectsV2({ Bucket })).KeyCount).toBe(0);
});

test('F402 the daily metrics count what is there', async () => {
  const Bucket = await newBucket(server, 'counted');
  await owner.putObject({ Bucket, Key: 'a', Body: '12345' });
  await owner.putObject({ Bucket, Key: 'b', Body: '123' });
  await api.control('AdvanceClock', { ms: 86_400_000 });
  const now = (await api.control('GetClock')).now as number;
  const figures = async (
    metricName: 'BucketSizeBytes' | 'NumberOfObjects',
    unit: 'Bytes' | 'Count',
    statistic: 'Maximum' | 'Average',
  ) =>
    (
      await api.call('GetBucketMetricData', {
        ...{ bucketName: Bucket, metricName, unit, period: 86_400, statistics: [statistic] },
        ...{ startTime: (now - 2 * 86_400_000) / 1000, endTime: now / 1000 },
      })
    ).metricData;
  expect(await figures('BucketSizeBytes', 'Bytes', 'Maximum')).toMatchObject([{ maximum: 8 }]);
  expect(await figures('NumberOfObjects', 'Count', 'Average')).toMatchObject([{ average: 2 }]);
});
