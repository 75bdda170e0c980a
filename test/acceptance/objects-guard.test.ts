import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { startServer } from '../lateen.ts';
import {
  bucketKey,
  newBucket,
  objectsUrl,
  plainRequest,
  presigned,
  type S3Reply,
  s3,
  signedRequest,
} from '../objects.ts';

/** Slow enough that no token comes back within a test. */
const server = await startServer({ args: ['--throttle', 'objects=1:200', '--audit-objects'] });

test('who asks too often for objects is told to slow down, which SDKs do, and the API goes on', async () => {
  const slow = await startServer({ args: ['--throttle', 'objects=1:3'] });
  await newBucket(slow, 'busy');
  const key = await bucketKey(slow, 'busy');
  /** The codes of the answers, until one is a refusal. */
  const untilRefused = async (ask: () => Promise<S3Reply>): Promise<readonly S3Reply[]> => {
    const answers: S3Reply[] = [];
    do answers.push(await ask());
    while (answers.at(-1)!.status !== 503 && answers.length < 100);
    return answers;
  };
  const listed = await untilRefused(() => signedRequest(key, 'GET', '/busy?list-type=2'));
  expect(listed.slice(0, 3).map(({ status }) => status)).toEqual([200, 200, 200]);
  const put = await untilRefused(() => signedRequest(key, 'PUT', '/busy/a', { body: 'x'.repeat(100_000) }));
  expect(put.at(-1)).toMatchObject({ code: 'SlowDown', headers: { 'content-type': 'application/xml' } });
  // Keys of one account share what it has; who does not sign has what the address has.
  expect((await untilRefused(() => signedRequest(slow, 'GET', '/busy?list-type=2'))).length).toBeLessThan(100);
  expect((await plainRequest(slow, 'GET', '/busy/a')).code).toBe('AccessDenied');
  expect((await s3(slow, { maxAttempts: 10 }).headBucket({ Bucket: 'busy' })).BucketRegion).toBe('us-east-1');
  expect((await apiOf(slow).ask('GetBuckets')).status).toBe(200);
});

test('who guesses the secret of a key waits at both doors', async () => {
  await newBucket(server, 'guessed');
  const key = await bucketKey(server, 'guessed');
  const guess = { ...key, secret: 'a guess' };
  const path = presigned(guess, 'GET', '/guessed/a');
  const codes: (string | undefined)[] = [];
  for (let i = 0; i < 26; i++) {
    codes.push((await signedRequest(guess, 'GET', '/guessed/a')).code);
    codes.push((await plainRequest(server, 'GET', path)).code);
  }
  expect(codes.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 'SignatureDoesNotMatch'));
  expect(codes.at(-1)).toBe('SlowDown');
  expect((await signedRequest(key, 'GET', '/guessed/a')).code).toBe('SlowDown');
  expect((await apiOf(key).ask('GetBuckets')).error).toBe('ThrottlingException');
  expect((await signedRequest(server, 'GET', '/guessed/a')).code).toBe('NoSuchKey');
  expect(server.stderr()).toContain('many bad signatures');
});

test('with --audit-objects what changes objects is in the audit log, as data events', async () => {
  await newBucket(server, 'watched');
  const key = await bucketKey(server, 'watched');
  await newBucket(server, 'foreign');
  const client = s3(key);
  await client.putObject({ Bucket: 'watched', Key: 'a/b', Body: 'secret content' });
  await client.getObject({ Bucket: 'watched', Key: 'a/b' });
  await client.listObjectsV2({ Bucket: 'watched' });
  await client.putObject({ Bucket: 'foreign', Key: 'a', Body: 'x' }).catch(() => {});
  await s3(server).deleteObject({ Bucket: 'watched', Key: 'a/b' });
  await plainRequest(server, 'PUT', '/watched/nobody', { body: 'x' });

  const { stdout } = await server.cli('audit', '--json', '--operation', '*Object*');
  const records = stdout.trim().split('\n');
  expect(stdout).not.toContain('secret content');
  expect(records.map((line) => JSON.parse(line) as Record<string, unknown>)).toMatchObject([
    {
      ...{ eventName: 'PutObject', eventSource: 's3.amazonaws.com', awsRegion: 'us-east-1', readOnly: false },
      ...{ eventCategory: 'Data', managementEvent: false, sourceIPAddress: '127.0.0.1' },
      userIdentity: { type: 'IAMUser', accountId: '111111111111', accessKeyId: key.accessKeyId, userName: 'watched' },
      requestParameters: { bucketName: 'watched', key: 'a/b', Host: new URL(objectsUrl(server)).host },
      additionalEventData: { SignatureVersion: 'SigV4', AuthenticationMethod: 'AuthHeader' },
      resources: [
        { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::watched/a/b', accountId: '111111111111' },
        { type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::watched' },
      ],
    },
    { eventName: 'PutObject', errorCode: 'AccessDenied', requestParameters: { bucketName: 'foreign' } },
    { eventName: 'DeleteObject', userIdentity: { type: 'Root' }, requestID: expect.stringMatching(/^[0-9A-F]{16}$/) },
  ]);
});
