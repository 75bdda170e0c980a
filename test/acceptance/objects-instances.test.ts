import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createMetadataService } from '../../src/engines/incus/network/metadata/service.ts';
import { createInstanceKeys } from '../../src/iam/instance-keys.ts';
import { randomIds } from '../../src/ids.ts';
import { createSeal, loadKey } from '../../src/store/seal.ts';
import { apiOf } from '../call.ts';
import { launch, lightsail } from '../instances.ts';
import { type Account, client, startServer, temporaryFolder } from '../lateen.ts';
import { codeOf, newBucket, objectsUrl, plainRequest, presigned, s3 } from '../objects.ts';

const server = await startServer();
const api = apiOf(server);
const refused = (code: string) => expect.toSatisfy((error) => codeOf(error) === code, code);
const denied = refused('AccessDenied');

const keyOf = async (instance: string): Promise<Account> => {
  const { stdout } = await server.cli('keys', 'instance', instance, '--json');
  const { accessKeyId, secretAccessKey: secret, sessionToken } = JSON.parse(stdout) as Record<string, string>;
  return { url: server.url, accessKeyId: accessKeyId!, secret: secret!, sessionToken: sessionToken! };
};

test('F394 an instance reads and writes the buckets that it was given access to, as long as it was', async () => {
  const Bucket = await newBucket(server, 'given');
  const other = await newBucket(server, 'kept');
  await launch(lightsail(server), 'app');
  const set = (access: 'allow' | 'deny') =>
    api.call('SetResourceAccessForBucket', { bucketName: Bucket, resourceName: 'app', access });
  const key = await keyOf('app');
  expect(key.accessKeyId).toMatch(/^ASIA/);
  const app = s3(key);
  await expect(app.listObjectsV2({ Bucket })).rejects.toEqual(denied);

  await set('allow');
  await app.putObject({ Bucket, Key: 'a', Body: 'of the app' });
  expect(await (await app.getObject({ Bucket, Key: 'a' })).Body!.transformToString()).toBe('of the app');
  expect((await app.listObjectsV2({ Bucket })).KeyCount).toBe(1);
  const path = presigned(key, 'GET', `/${Bucket}/a`);
  expect(await plainRequest(server, 'GET', path)).toMatchObject({ status: 200, text: 'of the app' });
  await expect(app.getObject({ Bucket: other, Key: 'a' })).rejects.toEqual(denied);
  await expect(app.copyObject({ Bucket: other, Key: 'a', CopySource: `${Bucket}/a` })).rejects.toEqual(denied);
  await expect(app.listBuckets({})).rejects.toEqual(denied);
  // Objects are all that it has a key for.
  await expect(client(key).getInstances({})).rejects.toThrow('security token');

  // Without its token, with that of another key, or with another secret, it is nobody's.
  const { sessionToken: _, ...bare } = key;
  await expect(s3(bare).listObjectsV2({ Bucket })).rejects.toEqual(refused('InvalidAccessKeyId'));
  const foreign = { ...key, accessKeyId: (await keyOf('app')).accessKeyId };
  await expect(s3(foreign).listObjectsV2({ Bucket })).rejects.toEqual(refused('InvalidAccessKeyId'));
  await expect(s3({ ...key, secret: 'x' }).listObjectsV2({ Bucket })).rejects.toEqual(refused('SignatureDoesNotMatch'));

  await set('deny');
  await expect(app.getObject({ Bucket, Key: 'a' })).rejects.toEqual(denied);
  expect(await plainRequest(server, 'GET', path)).toMatchObject({ status: 403, code: 'AccessDenied' });
  await set('allow');
  expect((await app.listObjectsV2({ Bucket })).KeyCount).toBe(1);
  await api.call('DeleteInstance', { instanceName: 'app' });
  const asked = () => app.listObjectsV2({ Bucket }).then(() => 'let in', codeOf);
  expect(await asked()).not.toBe('let in');
  await expect.poll(asked).toBe('InvalidAccessKeyId');
});

test('the key of an instance is for one that runs', async () => {
  expect((await server.cli('keys', 'instance', 'nobody')).stderr).toContain('does not exist');
  await launch(lightsail(server), 'resting');
  await api.call('StopInstance', { instanceName: 'resting' });
  await expect.poll(async () => (await server.cli('keys', 'instance', 'resting')).code).toBe(1);
  const { stdout } = await server.cli('audit', '--operation', 'CreateInstanceKey', '--json');
  expect(stdout).toContain('"instanceName":"app"');
  for (const secret of ['secret', 'sessionToken']) expect(stdout).toContain(`"${secret}":"HIDDEN`);
});

test('an SDK that is told of no key finds that of its instance in the metadata, by tokens alone', async () => {
  const Bucket = await newBucket(server, 'found');
  await launch(lightsail(server), 'finder');
  await api.call('SetResourceAccessForBucket', { bucketName: Bucket, resourceName: 'finder', access: 'allow' });
  const { instance } = await api.call('GetInstance', { instanceName: 'finder' });
  const id = instance!.arn!.split('/')[1]!;
  // As the engine does it where machines run: under the key of this Lateen, for the machine at that address.
  const keys = createInstanceKeys(createSeal(loadKey(`${server.data}.key`, randomIds), randomIds), randomIds, Date.now);
  const service = createMetadataService({
    ...{ clock: Date, ids: randomIds },
    describe: async () => ({
      ...{ machine: id, instanceId: 'i-1', hostname: 'h', zone: 'us-east-1a', region: 'us-east-1', ipv6: [] },
      ...{ publicKeys: [], key: () => keys.issue(id) },
      options: {
        ...{ httpTokens: 'required', httpEndpoint: 'enabled' },
        ...{ httpPutResponseHopLimit: 1, httpProtocolIpv6: 'disabled' },
      },
    }),
  });
  const port = await service.listen(['127.0.0.1'], 0);
  const script = `import { S3 } from '@aws-sdk/client-s3';
    const s3 = new S3({ forcePathStyle: true, maxAttempts: 1 });
    await s3.putObject({ Bucket: 'found', Key: 'a', Body: 'by itself' });
    console.log(await (await s3.getObject({ Bucket: 'found', Key: 'a' })).Body.transformToString());`;
  const env = {
    ...{ PATH: process.env.PATH, HOME: temporaryFolder(), AWS_REGION: 'us-east-1' },
    ...{ AWS_ENDPOINT_URL_S3: objectsUrl(server), AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}` },
  };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    expect(stdout).toBe('by itself\n');
  } finally {
    await service.close();
  }
});
