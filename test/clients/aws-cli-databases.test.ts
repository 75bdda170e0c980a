import type { Operation } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { awsCliFor, testWithAwsCli as test } from './aws-cli.ts';
import { until } from './tools.ts';

let server: Server;
const { answer, query } = awsCliFor(() => server);
const shop = '--relational-database-name shop';

beforeAll(async () => {
  server = await startServer();
});

/** Runs a command, and waits until all operations that it began have succeeded. */
const done = async (command: string): Promise<void> => {
  const { operations } = await answer<{ operations: Operation[] }>(command);
  for (const { id } of operations) {
    const status = () => query<string>(`get-operation --operation-id ${id}`, 'operation.status');
    expect(await until(status, (found) => found !== 'Started')).toBe('Succeeded');
  }
};

test('makes a database of what is on offer', async () => {
  expect(await query('get-relational-database-bundles', 'bundles[0].bundleId')).toBe('micro_2_0');
  expect(await query('get-relational-database-blueprints', 'blueprints[?isEngineDefault].blueprintId')).toEqual([
    'mysql_8_0',
    'postgres_16',
  ]);
  await done(
    `create-relational-database ${shop} --relational-database-blueprint-id postgres_16 --relational-database-bundle-id micro_2_0 ` +
      '--master-database-name shop --master-username keeper',
  );
  expect(await query(`get-relational-database ${shop}`, 'relationalDatabase.[state, masterEndpoint.port]')).toEqual([
    'available',
    5432,
  ]);
});

test('sets it, reads its password, events, logs and metrics', async () => {
  await done(
    `update-relational-database-parameters ${shop} --parameters parameterName=work_mem,parameterValue=8192,applyMethod=immediate`,
  );
  expect(
    await query(
      `get-relational-database-parameters ${shop}`,
      "parameters[?parameterName=='work_mem'].parameterValue | [0]",
    ),
  ).toBe('8192');
  await done(`update-relational-database ${shop} --rotate-master-user-password`);
  expect(await query(`get-relational-database-master-user-password ${shop}`, 'length(masterUserPassword)')).toBe(32);
  await server.cli('clock', 'advance', '30m');
  expect(await query(`get-relational-database-events ${shop}`, 'relationalDatabaseEvents[].message')).toContain(
    'Master user password reset',
  );
  expect(await query(`get-relational-database-log-streams ${shop}`, 'logStreams')).toEqual(['postgresql']);
  const log = `get-relational-database-log-events ${shop} --log-stream-name postgresql`;
  expect(await query<number>(log, 'length(resourceLogEvents)')).toBeGreaterThan(3);
  const points = await query<unknown[]>(
    `get-relational-database-metric-data ${shop} --metric-name CPUUtilization --period 60 --unit Percent --statistics Average`,
    'metricData',
    '--start-time',
    new Date(Date.now()).toISOString(),
    '--end-time',
    new Date(Date.now() + 1_800_000).toISOString(),
  );
  expect(points.length).toBeGreaterThan(20);
});

test('goes back in time, and from a snapshot, and takes all apart', async () => {
  await done(
    'create-relational-database-from-snapshot --relational-database-name back --source-relational-database-name shop --use-latest-restorable-time',
  );
  await done(`stop-relational-database ${shop} --relational-database-snapshot-name kept`);
  await done(
    'create-relational-database-from-snapshot --relational-database-name larger --relational-database-snapshot-name kept --relational-database-bundle-id small_ha_2_0',
  );
  await done(`start-relational-database ${shop}`);
  await done(`reboot-relational-database ${shop}`);
  for (const name of ['shop', 'back', 'larger'])
    await done(`delete-relational-database --relational-database-name ${name} --skip-final-snapshot`);
  await done('delete-relational-database-snapshot --relational-database-snapshot-name kept');
  expect(await query('get-relational-databases', 'relationalDatabases')).toEqual([]);
  expect(await query('get-relational-database-snapshots', 'relationalDatabaseSnapshots')).toEqual([]);
});
