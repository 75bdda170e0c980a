import type {
  Container,
  ContainerServiceDeploymentRequest,
  ContainerServiceHealthCheckConfig,
} from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { deploy, deploymentsOf, getService, rested, serve, webOf } from '../containers.ts';
import { lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

const server = await startServer();
const api = lightsail(server);
const admin = apiOf(server);
const invalid = (message?: string | RegExp) => refusal('InvalidInputException', message);
const serviceName = 'shop';
await serve(api, serviceName);

const refused = (request: ContainerServiceDeploymentRequest, message: string | RegExp) =>
  expect(api.createContainerServiceDeployment({ serviceName, ...request })).rejects.toMatchObject(invalid(message));
const notValid = (request: ContainerServiceDeploymentRequest, message: RegExp) =>
  expect(api.createContainerServiceDeployment({ serviceName, ...request })).rejects.toMatchObject(
    refusal('ValidationException', message),
  );
const checkedBy = (healthCheck: ContainerServiceHealthCheckConfig) => webOf({}, { healthCheck });
const statesOf = async () => (await deploymentsOf(api, serviceName)).map(({ version, state }) => `${version} ${state}`);

test('F426 F427 F428 F434 F555 a version takes the place of the one before, and is listed above it', async () => {
  const first = await deploy(api, serviceName);
  expect(first).toMatchObject({ state: 'RUNNING' });
  expect(first.currentDeployment).toEqual({
    version: 1,
    state: 'ACTIVE',
    createdAt: expect.any(Date),
    containers: { web: { image: 'nginx:latest', command: [], environment: {}, ports: { '80': 'HTTP' } } },
    publicEndpoint: {
      containerName: 'web',
      containerPort: 80,
      healthCheck: {
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        timeoutSeconds: 2,
        intervalSeconds: 5,
        path: '/',
        successCodes: '200-499',
      },
    },
  });
  expect((await deploy(api, serviceName, webOf({ image: 'httpd' }))).currentDeployment).toMatchObject({
    version: 2,
    containers: { web: { image: 'httpd' } },
  });
  expect(await statesOf()).toEqual(['2 ACTIVE', '1 INACTIVE']);
  expect(await deploymentsOf(api, serviceName)).toEqual([
    (await getService(api, serviceName)).currentDeployment,
    { ...first.currentDeployment, state: 'INACTIVE' },
  ]);
});

test.each([
  ['an image that no registry has', webOf({ image: 'registry.example.com/app:missing' }), /cannot be pulled/],
  ['a container that ends', webOf({ command: ['false'] }), /ended with 1/],
  ['a port that nothing listens on', webOf({ ports: { '8080': 'HTTP' } }, { containerPort: 8080 }), /is not healthy/],
  ['a path that is not there', checkedBy({ path: '/nowhere', successCodes: '200-299' }), /is not healthy/],
  ['a server of another protocol', webOf({ image: 'redis:7' }), /is not healthy/],
  ['a bad answer', checkedBy({ path: '/status/503' }), /is not healthy/],
] as const)(
  'F426 %s fails the version, its log tells why, and the one before runs on',
  async (_what, request, reason) => {
    const before = await getService(api, serviceName);
    const after = await deploy(api, serviceName, request);
    expect(after).toEqual(before);
    const [newest] = await deploymentsOf(api, serviceName);
    expect(newest).toMatchObject({ state: 'FAILED', containers: request.containers });
    await admin.control('AdvanceClock', { ms: 1_000 });
    const { logEvents = [] } = await api.getContainerLog({
      serviceName,
      containerName: 'web',
      filterPattern: `deployment:${newest?.version}`,
    });
    expect(logEvents.map(({ message }) => message)).toEqual([
      `[deployment:${newest?.version}] Starting 1 node`,
      expect.stringMatching(reason),
      `[deployment:${newest?.version}] Canceled`,
    ]);
  },
);

test('F426 a service whose only version failed is ready for the next', async () => {
  await serve(api, 'fresh');
  const service = await deploy(api, 'fresh', webOf({ image: 'missing' }));
  expect(service.state).toBe('READY');
  expect(service).not.toHaveProperty('currentDeployment');
  expect(service).not.toHaveProperty('nextDeployment');
  expect(await deploy(api, 'fresh')).toMatchObject({ state: 'RUNNING', currentDeployment: { version: 2 } });
});

test('F429 F430 F431 F432 containers are checked', async () => {
  await refused({}, 'A deployment has at least one container.');
  await refused({ containers: { web: {} } }, /has no image/);
  await refused({ containers: { web: { image: 'a b' } } }, /has no image/);
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`c${i}`, { image: 'nginx' }]));
  await refused({ containers: eleven }, /up to 10 containers/);
  for (const name of ['-web', 'w'.repeat(54)])
    await notValid({ containers: { [name]: { image: 'nginx' } } }, /containers/);
  for (const port of ['0', '65536', 'http'])
    await refused({ containers: { web: { image: 'nginx', ports: { [port]: 'HTTP' } } } }, /port/);
  await notValid({ containers: { web: { image: 'nginx', ports: { '80': 'ICMP' as 'TCP' } } } }, /ports/);
  const web: Container = { image: 'nginx', ports: { '80': 'HTTP', '443': 'HTTPS' } };
  const app: Container = {
    image: 'public.ecr.aws/example/app:1',
    command: ['serve', '--verbose'],
    environment: { STAGE: 'test', EMPTY: '' },
    ports: { '53': 'UDP', '9000': 'TCP' },
  };
  const { currentDeployment } = await deploy(api, serviceName, { containers: { web, app } });
  expect(currentDeployment?.containers).toEqual({ web: { ...web, command: [], environment: {} }, app });
  expect(currentDeployment).not.toHaveProperty('publicEndpoint');
});

test('F433 the endpoint is an open port of one of the containers', async () => {
  for (const missing of ['containerName', 'containerPort'])
    await notValid(webOf({}, { [missing]: undefined }), new RegExp(missing));
  await refused(webOf({}, { containerName: 'other' }), /not in the deployment/);
  await refused(webOf({}, { containerPort: 81 }), /cannot be the public endpoint/);
  await refused(webOf({ ports: { '80': 'TCP' } }), /cannot be the public endpoint/);
});

test('F434 health checks have bounds', async () => {
  for (const [member, ...values] of [
    ['healthyThreshold', 1, 11],
    ['unhealthyThreshold', 1, 11],
    ['timeoutSeconds', 1, 61],
    ['intervalSeconds', 4, 301],
  ] as const)
    for (const value of values) await refused(checkedBy({ [member]: value }), new RegExp(`${member} ${value}`));
  for (const path of ['', 'health', '/a b']) await refused(checkedBy({ path }), /path/);
  for (const successCodes of ['', '199', '500', '200-500', '299-200', '200;201', 'ok'])
    await refused(checkedBy({ successCodes }), /success codes/);
  for (const successCodes of ['200', '200,202', '200, 301-302', '200\u2013299'])
    expect((await deploy(api, serviceName, checkedBy({ successCodes }))).currentDeployment).toMatchObject({
      publicEndpoint: { healthCheck: { successCodes } },
    });
  const healthCheck = { healthyThreshold: 10, unhealthyThreshold: 10, timeoutSeconds: 60, intervalSeconds: 300 };
  expect((await deploy(api, serviceName, checkedBy(healthCheck))).currentDeployment).toMatchObject({
    publicEndpoint: { healthCheck },
  });
});

test('F428 the last fifty versions are kept, and the one that runs', async () => {
  await serve(api, 'often');
  await deploy(api, 'often');
  for (let version = 2; version <= 53; version += 1) {
    await admin.call('CreateContainerServiceDeployment', {
      serviceName: 'often',
      ...(webOf({ image: 'missing' }) as object),
    });
    await rested(api, 'often');
  }
  const versions = (await deploymentsOf(api, 'often')).map(({ version }) => version);
  expect(versions).toEqual([...Array.from({ length: 50 }, (_, i) => 53 - i), 1]);
  await deploy(api, 'often');
  const after = (await deploymentsOf(api, 'often')).map(({ version }) => version);
  expect(after).toHaveLength(51);
  await deploy(api, 'often');
  expect((await deploymentsOf(api, 'often')).map(({ version }) => version)).toEqual(
    Array.from({ length: 50 }, (_, i) => 55 - i),
  );
});
