import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { Lightsail } from '@aws-sdk/client-lightsail';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { type Account, startServer } from '../lateen.ts';
import { codeOf, hereAlways, newBucket, plainRequest, presigned, s3 } from '../objects.ts';

const server = await startServer();
const api = apiOf(server);
const owner = s3(server);
const denied = expect.toSatisfy((error) => codeOf(error) === 'AccessDenied', 'AccessDenied');

/** A user who may do what the statements say. */
const newUser = async (name: string, ...Statement: readonly object[]): Promise<Account> => {
  await api.control('CreateUser', { name });
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await api.control('PutPolicy', { name: `of-${name}`, document });
  await api.control('AttachPolicy', { user: name, policy: `of-${name}` });
  const { accessKeyId, secret } = await api.control('CreateKey', { user: name });
  return { url: server.url, accessKeyId: String(accessKeyId), secret: String(secret) };
};

test('users may do with objects what their policies allow, by action, bucket and key', async () => {
  const Bucket = await newBucket(server, 'shared');
  await owner.putObject({ Bucket, Key: 'docs/a', Body: 'a' });
  await owner.putObject({ Bucket, Key: 'secret', Body: 's' });
  const nobody = s3(await newUser('nobody', { Effect: 'Allow', Action: 'lightsail:*', Resource: '*' }));
  await expect(nobody.getObject({ Bucket, Key: 'docs/a' })).rejects.toEqual(denied);
  await expect(nobody.listBuckets({})).rejects.toEqual(denied);
  await expect(nobody.listObjectsV2({ Bucket })).rejects.toEqual(denied);

  const reader = s3(
    await newUser(
      'reader',
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:ListAllMyBuckets'], Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::shared/secret' },
    ),
  );
  expect(await (await reader.getObject({ Bucket, Key: 'docs/a' })).Body!.transformToString()).toBe('a');
  await expect(reader.getObject({ Bucket, Key: 'secret' })).rejects.toEqual(denied);
  // Who may not list is not told that there is none.
  await expect(reader.getObject({ Bucket, Key: 'missing' })).rejects.toEqual(denied);
  await expect(reader.listObjectsV2({ Bucket })).rejects.toEqual(denied);
  await expect(reader.putObject({ Bucket, Key: 'docs/a', Body: 'x' })).rejects.toEqual(denied);
  expect((await reader.listBuckets({})).Buckets).toMatchObject([{ Name: Bucket }]);

  const writer = s3(
    await newUser(
      'writer',
      { Effect: 'Allow', Action: ['s3:PutObject', 's3:DeleteObject'], Resource: 'arn:aws:s3:::shared/docs/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::shared' },
    ),
  );
  await writer.putObject({ Bucket, Key: 'docs/b', Body: 'b' });
  await expect(writer.putObject({ Bucket, Key: 'other', Body: 'b' })).rejects.toEqual(denied);
  await expect(writer.putObject({ Bucket, Key: 'docs/c', Body: 'b', Tagging: 'a=b' })).rejects.toEqual(denied);
  await expect(writer.copyObject({ Bucket, Key: 'docs/c', CopySource: 'shared/secret' })).rejects.toEqual(denied);
  const { Deleted, Errors } = await writer.deleteObjects({
    ...{ Bucket, Delete: { Objects: [{ Key: 'secret' }, { Key: 'docs/b' }, { Key: 'other' }] } },
  });
  expect(Deleted).toMatchObject([{ Key: 'docs/b' }]);
  expect(Errors).toMatchObject([
    { Key: 'secret', Code: 'AccessDenied' },
    { Key: 'other', Code: 'AccessDenied' },
  ]);
  expect((await writer.listObjectsV2({ Bucket })).Contents!.map(({ Key }) => Key)).toEqual(['docs/a', 'secret']);
});

test('what is public may be read by users without a policy, but not against one', async () => {
  const Bucket = await newBucket(server, 'open');
  await owner.putObject({ Bucket, Key: 'a', Body: 'a' });
  await api.call('UpdateBucket', { bucketName: Bucket, accessRules: { getObject: 'public' } });
  const plain = await newUser('plain', { Effect: 'Allow', Action: 'lightsail:*', Resource: '*' });
  const barred = await newUser('barred', { Effect: 'Deny', Action: 's3:GetObject', Resource: '*' });
  expect(await plainRequest(server, 'GET', presigned(plain, 'GET', '/open/a'))).toMatchObject({ text: 'a' });
  expect(await plainRequest(server, 'GET', presigned(barred, 'GET', '/open/a'))).toMatchObject({
    code: 'AccessDenied',
  });
});

test('with --tls objects are served over TLS, also where the name of the host says the bucket', async () => {
  const secure = await startServer({ args: ['--tls', '--objects-url', 'https://objects.lateen.test'] });
  const port = Number(new URL(secure.url).port) + 1;
  expect(secure.url).toMatch(/^https:/);
  expect((await secure.cli('env')).stdout).toContain(`AWS_ENDPOINT_URL_S3=https://127.0.0.1:${port}`);
  const httpsAgent = new Agent({ ca: readFileSync(join(secure.data, 'tls.pem')), lookup: hereAlways });
  const common = {
    region: 'us-east-1',
    credentials: { accessKeyId: secure.accessKeyId, secretAccessKey: secure.secret },
    maxAttempts: 1,
    requestHandler: { httpsAgent },
  };
  await new Lightsail({ ...common, endpoint: secure.url }).createBucket({ bucketName: 'wild', bundleId: 'small_1_0' });
  const at = (host: string, forcePathStyle = false) =>
    new S3({ ...common, endpoint: `https://${host}:${port}`, forcePathStyle });
  await at('127.0.0.1', true).putObject({ Bucket: 'wild', Key: 'a', Body: 'card' });
  for (const host of ['s3.us-east-1.localhost', 's3.localhost', 'objects.lateen.test']) {
    const { Body } = await at(host).getObject({ Bucket: 'wild', Key: 'a' });
    expect(await Body!.transformToString()).toBe('card');
    expect((await at(host).listBuckets({})).Buckets).toMatchObject([{ Name: 'wild' }]);
  }
  await expect(at('elsewhere.test').getObject({ Bucket: 'wild', Key: 'a' })).rejects.toThrow('altnames');
});
