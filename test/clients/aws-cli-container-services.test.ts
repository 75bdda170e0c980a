import { beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { awsCliFor, testWithAwsCli as test } from './aws-cli.ts';
import { until } from './tools.ts';

let server: Server;
const { run, answer, query } = awsCliFor(() => server);

beforeAll(async () => {
  server = await startServer();
});

const state = () => query<string>('get-container-services --service-name shop', 'containerServices[0].state');

test('makes a service, deploys to it and reads its log', async () => {
  expect(
    await query<string>(
      'create-container-service --service-name shop --power nano --scale 2',
      'containerService.state',
    ),
  ).toBe('PENDING');
  expect(await until(state, (found) => found !== 'PENDING')).toBe('READY');
  await answer(
    'create-container-service-deployment --service-name shop',
    '--containers',
    JSON.stringify({ web: { image: 'nginx', ports: { '80': 'HTTP' } } }),
    '--public-endpoint',
    JSON.stringify({ containerName: 'web', containerPort: 80, healthCheck: { path: '/' } }),
  );
  expect(await until(state, (found) => found !== 'DEPLOYING')).toBe('RUNNING');
  expect(
    await query('get-container-service-deployments --service-name shop', 'deployments[].[version, state]'),
  ).toEqual([[1, 'ACTIVE']]);
  await server.cli('clock', 'advance', '1h');
  const log = 'get-container-log --service-name shop --container-name web';
  expect(await query(log, 'logEvents[].message', '--filter-pattern', 'start worker processes')).toHaveLength(2);
  const points = await query<unknown[]>(
    'get-container-service-metric-data --service-name shop --metric-name CPUUtilization --period 300 --statistics Average',
    'metricData',
    '--start-time',
    new Date(Date.now()).toISOString(),
    '--end-time',
    new Date(Date.now() + 3_600_000).toISOString(),
  );
  expect(points.length).toBeGreaterThanOrEqual(10);
});

test('registers images, and lists and deletes them', async () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const register = `register-container-image --service-name shop --label site --digest ${digest}`;
  expect(await query(register, 'containerImage.image')).toBe(':shop.site.1');
  expect(await query('get-container-images --service-name shop', 'containerImages[].digest')).toEqual([digest]);
  expect((await run('delete-container-image --service-name shop --image :shop.site.1')).code).toBe(0);
  expect(await query('get-container-images --service-name shop', 'containerImages')).toEqual([]);
  expect(await query('create-container-service-registry-login', 'registryLogin.username')).toBe('AWS');
});

test('changes the service, and deletes it', async () => {
  const isDisabled = 'update-container-service --service-name shop --is-disabled';
  expect(await query(isDisabled, 'containerService.state')).toBe('UPDATING');
  expect(await until(state, (found) => found !== 'UPDATING')).toBe('DISABLED');
  expect((await run('delete-container-service --service-name shop')).code).toBe(0);
  const left = () => query<unknown[]>('get-container-services', 'containerServices');
  expect(await until(left, (found) => found.length === 0)).toEqual([]);
});
