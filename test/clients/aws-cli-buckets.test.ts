import type { AccessKey, Operation } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { awsCliFor, testWithAwsCli as test } from './aws-cli.ts';

let server: Server;
const { answer, query } = awsCliFor(() => server);

beforeAll(async () => {
  server = await startServer();
});

test('makes a bucket, sets its rules, and gives it a key', async () => {
  const { operations } = await answer<{ operations: Operation[] }>(
    'create-bucket --bucket-name photos --bundle-id small_1_0 --enable-object-versioning --tags key=team,value=web',
  );
  expect(operations).toMatchObject([{ operationType: 'CreateBucket', resourceName: 'photos' }]);
  await answer('create-bucket --bucket-name logs --bundle-id small_1_0');
  await answer(
    'update-bucket --bucket-name photos --access-rules getObject=private,allowPublicOverrides=true',
    ...['--access-log-config', 'enabled=true,destination=logs,prefix=photos/'],
    ...['--readonly-access-accounts', '222222222222'],
  );
  expect(
    await query(
      'get-buckets --bucket-name photos',
      'buckets[0].[accessRules, accessLogConfig.destination, state.code]',
    ),
  ).toEqual([{ getObject: 'private', allowPublicOverrides: true }, 'logs', 'OK']);
  const { accessKey } = await answer<{ accessKey: AccessKey }>('create-bucket-access-key --bucket-name photos');
  expect(accessKey.secretAccessKey).toHaveLength(40);
  expect(
    await query('get-bucket-access-keys --bucket-name photos', 'accessKeys[].[accessKeyId, lastUsed.region]'),
  ).toEqual([[accessKey.accessKeyId, 'N/A']]);
});

test('lists, measures, and deletes by force', async () => {
  expect(await query('get-buckets', '[buckets[].name, accountLevelBpaSync.message]')).toEqual([
    ['photos', 'logs'],
    'SYNC_ON_HOLD',
  ]);
  expect(
    await query(
      'get-bucket-metric-data --bucket-name photos --metric-name NumberOfObjects --unit Count --period 86400 --statistics Average --start-time 2026-01-01 --end-time 2026-01-02',
      'metricData',
    ),
  ).toEqual([]);
  await answer('update-bucket-bundle --bucket-name photos --bundle-id large_1_0');
  await answer('delete-bucket --bucket-name photos --force-delete');
  expect(await query('get-buckets', 'buckets[].name')).toEqual(['logs']);
});
