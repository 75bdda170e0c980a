import type { Operation } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { awsCliFor, testWithAwsCli as test } from './aws-cli.ts';
import { until } from './tools.ts';

let server: Server;
const { answer, query } = awsCliFor(() => server);

beforeAll(async () => {
  server = await startServer({ args: ['--pace', 'instant'] });
  await done(
    'create-instances --instance-names web --availability-zone us-east-1a --blueprint-id nginx --bundle-id nano_3_0',
  );
});

/** Runs a command, and waits until all operations that it began have succeeded. */
const done = async (command: string, ...more: string[]): Promise<void> => {
  const { operation, operations = [operation!] } = await answer<{ operation?: Operation; operations?: Operation[] }>(
    command,
    ...more,
  );
  for (const { id } of operations) {
    const status = () => query<string>(`get-operation --operation-id ${id}`, 'operation.status');
    expect(await until(status, (found) => found !== 'Started')).toBe('Succeeded');
  }
};

test('takes snapshots, copies them and makes new resources of them', async () => {
  await done('create-disk --disk-name data --availability-zone us-east-1a --size-in-gb 8');
  await done('attach-disk --disk-name data --instance-name web --disk-path /dev/xvdf');
  await done('create-instance-snapshot --instance-name web --instance-snapshot-name whole');
  await done('create-disk-snapshot --disk-name data --disk-snapshot-name part');
  await done('copy-snapshot --source-snapshot-name part --target-snapshot-name copied --source-region us-east-1');
  expect(await query('get-disk-snapshots', 'sort(diskSnapshots[].name)')).toEqual(['copied', 'part']);
  await done(
    'create-disk-from-snapshot --disk-name again --disk-snapshot-name copied --availability-zone us-east-1a --size-in-gb 16',
  );
  await done(
    'create-instances-from-snapshot --instance-names second --instance-snapshot-name whole --availability-zone us-east-1b --bundle-id micro_3_0',
    '--attached-disk-mapping',
    JSON.stringify({ second: [{ originalDiskPath: '/dev/xvdf', newDiskName: 'second-data' }] }),
  );
  expect(await query('get-disk --disk-name second-data', 'disk.[attachedTo, path, sizeInGb]')).toEqual([
    'second',
    '/dev/xvdf',
    8,
  ]);
});

test('balances load with a certificate', async () => {
  await done('create-load-balancer --load-balancer-name front --instance-port 80 --health-check-path /');
  await done('attach-instances-to-load-balancer --load-balancer-name front --instance-names web second');
  await done(
    'create-load-balancer-tls-certificate --load-balancer-name front --certificate-name tls --certificate-domain-name example.com',
  );
  const status = () =>
    query<string>('get-load-balancer-tls-certificates --load-balancer-name front', 'tlsCertificates[0].status');
  expect(await until(status, (found) => found !== 'PENDING_VALIDATION')).toBe('ISSUED');
  await done('attach-load-balancer-tls-certificate --load-balancer-name front --certificate-name tls');
  const health = () =>
    query<string[]>(
      'get-load-balancer --load-balancer-name front',
      'loadBalancer.instanceHealthSummary[].instanceHealth',
    );
  expect(await until(health, (found) => found.every((state) => state === 'healthy'))).toEqual(['healthy', 'healthy']);
});

test('measures, and tells of an alarm', async () => {
  await server.cli('clock', 'advance', '1h');
  const points = await query<unknown[]>(
    'get-instance-metric-data --instance-name web --metric-name CPUUtilization --period 300 --unit Percent --statistics Average Maximum',
    'metricData',
    '--start-time',
    new Date(Date.now()).toISOString(),
    '--end-time',
    new Date(Date.now() + 3_600_000).toISOString(),
  );
  expect(points.length).toBeGreaterThanOrEqual(11);
  await done(
    'put-alarm --alarm-name busy --monitored-resource-name web --metric-name CPUUtilization --evaluation-periods 1 --threshold 0 --comparison-operator GreaterThanOrEqualToThreshold',
  );
  await server.cli('clock', 'advance', '10m');
  expect(await query('get-alarms', 'alarms[].[name, state]')).toEqual([['busy', 'ALARM']]);
});

test('takes apart what it made', async () => {
  await done('delete-load-balancer --load-balancer-name front');
  for (const name of ['web', 'second']) await done(`delete-instance --instance-name ${name}`);
  for (const name of ['data', 'again', 'second-data']) await done(`delete-disk --disk-name ${name}`);
  for (const name of ['part', 'copied']) await done(`delete-disk-snapshot --disk-snapshot-name ${name}`);
  await done('delete-instance-snapshot --instance-snapshot-name whole');
  expect(await query('get-active-names', 'activeNames')).toEqual(['LightsailDefaultKeyPair']);
});
