import type { Operation } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { awsCliFor, testWithAwsCli as test } from './aws-cli.ts';
import { until } from './tools.ts';

let server: Server;
const { answer, query } = awsCliFor(() => server);

beforeAll(async () => {
  server = await startServer();
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

test('makes a distribution of a bucket, with a certificate', async () => {
  await done('create-bucket --bucket-name photos --bundle-id small_1_0');
  await done('create-certificate --certificate-name site --domain-name example.com');
  const certificate = () =>
    query<string>('get-certificates --certificate-statuses ISSUED', 'certificates[0].certificateName');
  expect(await until(certificate, (found) => found !== null)).toBe('site');
  await done(
    'create-distribution --distribution-name cdn --bundle-id small_1_0 --default-cache-behavior behavior=cache',
    ...['--origin', 'name=photos,regionName=us-east-1,protocolPolicy=https-only'],
    ...['--cache-behaviors', 'path=live/*,behavior=dont-cache'],
  );
  await done('attach-certificate-to-distribution --distribution-name cdn --certificate-name site');
  expect(
    await query(
      'get-distributions --distribution-name cdn',
      'distributions[0].[status, certificateName, alternativeDomainNames, cacheBehaviors[0].path]',
    ),
  ).toEqual(['Deployed', 'site', ['example.com'], 'live/*']);
});

test('resets its cache, gives it another bundle, and takes it away', async () => {
  await done('reset-distribution-cache --distribution-name cdn');
  expect(await query('get-distribution-latest-cache-reset', 'status')).toBe('Completed');
  await done('update-distribution-bundle --distribution-name cdn --bundle-id medium_1_0');
  await done('update-distribution --distribution-name cdn --no-is-enabled');
  expect(await query('get-distributions', 'distributions[].[bundleId, isEnabled, ableToUpdateBundle]')).toEqual([
    ['medium_1_0', false, false],
  ]);
  await done('detach-certificate-from-distribution --distribution-name cdn');
  await done('delete-certificate --certificate-name site');
  await done('delete-distribution --distribution-name cdn');
  expect(await query('get-distributions', 'distributions')).toEqual([]);
});
