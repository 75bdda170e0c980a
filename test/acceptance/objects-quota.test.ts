import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadSqlite } from '../../src/store/sqlite/driver.ts';
import { apiOf } from '../call.ts';
import { type Server, startServer } from '../lateen.ts';
import { codeOf, newBucket, s3, signedRequest } from '../objects.ts';

const Bucket = 'narrow';
/** The room of the smallest bundle. */
const room = 5 * 2 ** 30;
const left = 1000;
const dayMs = 86_400_000;

/** A Lateen whose bucket has room for so many bytes more: its one object is a file with a hole. */
const startNearlyFull = async (): Promise<Server> => {
  const before = await startServer();
  await newBucket(before, Bucket);
  await s3(before).putObject({ Bucket, Key: 'filler', Body: 'x' });
  await before.stop();
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(join(before.data, 'lateen.db'));
  const { file } = database.prepare("select file from object_version where name = 'filler'").get() as { file: string };
  database.prepare('update object_version set size = ? where file = ?').run(room - left, file);
  database.prepare('update object_bucket set bytes = ?').run(room - left);
  database.close();
  truncateSync(join(before.data, 'objects', file.slice(0, 2), file), room - left);
  return startServer({ data: before.data });
};

test('F402 a bundle that is full is told of before the bytes come, by every way in, and its metrics count what is there', async () => {
  const server = await startNearlyFull();
  const client = s3(server);
  const full = expect.toSatisfy(
    (error) => codeOf(error) === 'QuotaExceeded' && error.$metadata.httpStatusCode === 403,
    'QuotaExceeded',
  );
  const put = (Key: string, bytes: number) => client.putObject({ Bucket, Key, Body: 'x'.repeat(bytes) });

  await put('first', 600);
  await expect(put('second', 500)).rejects.toEqual(full);
  // Nothing of the body is ever sent.
  const announced = await signedRequest(server, 'PUT', `/${Bucket}/huge`, {
    ...{ payload: 'UNSIGNED-PAYLOAD', headers: { 'content-length': String(2 ** 32), expect: '100-continue' } },
  });
  expect(announced).toMatchObject({ status: 403, code: 'QuotaExceeded' });
  expect(announced.text).toMatch(/<Message>.+<\/Message>/);
  // In place of what is there, only the difference counts.
  await put('first', left);
  await expect(put('first', left + 1)).rejects.toEqual(full);
  await expect(client.copyObject({ Bucket, Key: 'copy', CopySource: `${Bucket}/first` })).rejects.toEqual(full);

  await client.deleteObject({ Bucket, Key: 'first' });
  await put('source', 10);
  const { UploadId } = await client.createMultipartUpload({ Bucket, Key: 'parts' });
  const upload = { Bucket, Key: 'parts', UploadId };
  const part = (PartNumber: number, bytes: number) =>
    client.uploadPart({ ...upload, PartNumber, Body: 'x'.repeat(bytes) });
  await expect(part(1, left)).rejects.toEqual(full);
  const { ETag } = await part(1, left - 10);
  await part(1, left - 10);
  await expect(part(2, 1)).rejects.toEqual(full);
  const copied = client.uploadPartCopy({ ...upload, PartNumber: 2, CopySource: `${Bucket}/source` });
  await expect(copied).rejects.toEqual(full);
  // To put parts together takes no more room.
  await client.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } });
  await expect(put('one', 1)).rejects.toEqual(full);

  const api = apiOf(server);
  await api.control('AdvanceClock', { ms: dayMs });
  const { now } = (await api.control('GetClock')) as { now: number };
  const figure = async (metricName: 'BucketSizeBytes' | 'NumberOfObjects', unit: 'Bytes' | 'Count') => {
    const { metricData } = await api.call('GetBucketMetricData', {
      ...{ bucketName: Bucket, metricName, unit, period: 86_400, statistics: ['Maximum'] },
      ...{ startTime: (now - dayMs) / 1000, endTime: now / 1000 },
    });
    return metricData!.at(-1)!.maximum;
  };
  expect(await figure('BucketSizeBytes', 'Bytes')).toBe(room);
  expect(await figure('NumberOfObjects', 'Count')).toBe(3);
  expect((await server.cli('doctor', '--objects')).code).toBe(0);

  await client.deleteObject({ Bucket, Key: 'filler' });
  await put('one', 1);
});
