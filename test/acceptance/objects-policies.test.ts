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

test('conditions may ask for what S3 alone knows: listings, tags, ACLs, versions, copies, signatures', async () => {
  const Bucket = await newBucket(server, 'asked');
  await api.call('UpdateBucket', { bucketName: Bucket, accessRules: { allowPublicOverrides: true } });
  await owner.putObject({ Bucket, Key: 'red', Body: 'r', Tagging: 'team=red' });
  await owner.putObject({ Bucket, Key: 'blue', Body: 'b', Tagging: 'team=blue' });
  const here = ['arn:aws:s3:::asked', 'arn:aws:s3:::asked/*'];
  const when = (Effect: string, Action: string | string[], Condition: object) => ({
    ...{ Effect, Action, Resource: here, Condition },
  });
  const user = await newUser(
    'conditional',
    when('Allow', 's3:ListBucket', {
      StringEquals: { 's3:prefix': ['home/', 'red'] },
      NumericLessThanEquals: { 's3:max-keys': '10' },
    }),
    when('Allow', ['s3:GetObject', 's3:PutObjectTagging', 's3:PutObjectAcl'], {
      StringEquals: { 's3:ExistingObjectTag/team': 'red' },
    }),
    when('Allow', 's3:PutObject', { StringEquals: { 's3:x-amz-acl': 'public-read' } }),
    when('Allow', 's3:PutObject', {
      StringEquals: { 's3:RequestObjectTag/team': 'red' },
      Null: { 's3:x-amz-copy-source': 'true' },
    }),
    when('Allow', 's3:PutObject', { StringLike: { 's3:x-amz-copy-source': 'asked/re*' } }),
    when('Deny', 's3:PutObjectTagging', { 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': 'secret' } }),
    when('Deny', 's3:*', { NumericGreaterThan: { 's3:signatureAge': '120000' } }),
    when('Deny', 's3:GetObject', { StringEquals: { 's3:authType': 'POST' } }),
  );
  await api.control('PutPolicy', {
    name: 'more-of-conditional',
    document: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 's3:PutObjectTagging',
          Resource: here[1],
          Condition: { Null: { 's3:ExistingObjectTag/team': 'true' } },
        },
        {
          Effect: 'Allow',
          Action: 's3:PutObjectAcl',
          Resource: here[1],
          Condition: { StringEquals: { 's3:x-amz-acl': 'public-read' } },
        },
        { Effect: 'Allow', Action: 's3:DeleteObject', Resource: here[1] },
        {
          Effect: 'Allow',
          Action: 's3:DeleteObjectVersion',
          Resource: here[1],
          Condition: { StringEquals: { 's3:VersionId': 'null' } },
        },
      ],
    }),
  });
  await api.control('AttachPolicy', { user: 'conditional', policy: 'more-of-conditional' });
  const client = s3(user);

  expect((await client.listObjectsV2({ Bucket, Prefix: 'red', MaxKeys: 10 })).KeyCount).toBe(1);
  await expect(client.listObjectsV2({ Bucket, Prefix: 'red', MaxKeys: 11 })).rejects.toEqual(denied);
  await expect(client.listObjectsV2({ Bucket, Prefix: 'red' })).rejects.toEqual(denied);
  await expect(client.listObjectsV2({ Bucket, MaxKeys: 1 })).rejects.toEqual(denied);

  await client.getObject({ Bucket, Key: 'red' });
  await expect(client.getObject({ Bucket, Key: 'blue' })).rejects.toEqual(denied);
  const tagged = (Key: string, name: string) =>
    client.putObjectTagging({
      Bucket,
      Key,
      Tagging: {
        TagSet: [
          { Key: name, Value: 'red' },
          { Key: 'team', Value: 'red' },
        ],
      },
    });
  await tagged('red', 'more');
  await expect(tagged('red', 'secret')).rejects.toEqual(denied);
  await expect(tagged('blue', 'more')).rejects.toEqual(denied);
  await expect(client.putObjectAcl({ Bucket, Key: 'blue', ACL: 'private' })).rejects.toEqual(denied);
  await client.putObjectAcl({ Bucket, Key: 'red', ACL: 'private' });

  const put = (more: object) => client.putObject({ Bucket, Key: 'new', Body: 'n', ...more });
  await put({ ACL: 'public-read' });
  await expect(put({})).rejects.toEqual(denied);
  await put({ Tagging: 'team=red' });
  await expect(put({ Tagging: 'team=blue' })).rejects.toEqual(denied);
  await client.copyObject({ Bucket, Key: 'copy', CopySource: '/asked/red' });
  await expect(client.copyObject({ Bucket, Key: 'copy', CopySource: 'asked/blue' })).rejects.toEqual(denied);

  const gone = await client.deleteObjects({ Bucket, Delete: { Objects: [{ Key: 'copy', VersionId: 'null' }] } });
  expect(gone.Deleted).toHaveLength(1);
  await expect(client.deleteObject({ Bucket, Key: 'blue', VersionId: 'A'.repeat(32) })).rejects.toEqual(denied);

  const aged = (seconds: number) =>
    plainRequest(server, 'GET', presigned(user, 'GET', '/asked/red', 600, { date: Date.now() - seconds * 1000 }));
  expect((await aged(10)).status).toBe(200);
  expect((await aged(180)).code).toBe('AccessDenied');
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
