import {
  CreateInstancesCommand,
  GetInstancesCommand,
  GetRegionsCommand,
  InvalidInputException,
  Lightsail,
  type LightsailClientConfig,
  LightsailServiceException,
  NotFoundException,
  type Operation,
} from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { uuidPattern } from '../call.ts';
import { client, startServer } from '../lateen.ts';
import { until } from './tools.ts';

const server = await startServer({ args: ['--pace', 'brisk', '--page-size', '2'] });

/** The client with all of its defaults. */
const usual = (more: LightsailClientConfig = {}): Lightsail =>
  new Lightsail({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secret },
    ...more,
  });

const api = usual();
const kind = { availabilityZone: 'us-east-1a', blueprintId: 'ubuntu_22_04', bundleId: 'nano_3_0' };

const succeeded = async (operation: Operation | undefined): Promise<Operation | undefined> =>
  until(
    async () => (await api.getOperation({ operationId: operation?.id })).operation,
    (found) => found?.isTerminal === true,
  );

/** What a call is refused with. */
const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

const throttle = async (times: number): Promise<void> => {
  const order = ['--operation', 'GetRegions', '--error', 'ThrottlingException', '--times', String(times)];
  expect(await server.cli('faults', 'order', ...order)).toMatchObject({ code: 0 });
};

test('operations are polled until they are done', async () => {
  const { operations = [] } = await api.createInstances({ instanceNames: ['js-0', 'js-1', 'js-2'], ...kind });
  expect(operations.map(({ status, isTerminal }) => ({ status, isTerminal }))).toEqual(
    new Array(3).fill({ status: 'Started', isTerminal: false }),
  );
  const done = await Promise.all(operations.map(succeeded));
  expect(done.map((operation) => operation?.status)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
  expect(done[0]?.statusChangedAt?.getTime()).toBeGreaterThan(operations[0]?.statusChangedAt?.getTime() ?? 0);
});

test('a loop over the tokens visits every page once', async () => {
  await api.createInstances({ instanceNames: ['js-3', 'js-4'], ...kind });
  const pages: (string | undefined)[][] = [];
  let pageToken: string | undefined;
  do {
    const page = await api.send(new GetInstancesCommand({ pageToken }));
    pages.push((page.instances ?? []).map(({ name }) => name));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  expect(pages).toEqual([['js-0', 'js-1'], ['js-2', 'js-3'], ['js-4']]);
});

test('errors are instances of their classes', async () => {
  const missing = await refusal(api.getInstance({ instanceName: 'missing' }));
  expect(missing).toBeInstanceOf(NotFoundException);
  expect(missing).toBeInstanceOf(LightsailServiceException);
  expect(missing).toMatchObject({
    name: 'NotFoundException',
    message: 'The Instance does not exist',
    $fault: 'client',
    $metadata: { httpStatusCode: 400, attempts: 1, requestId: expect.stringMatching(uuidPattern) },
  });
  const taken = await refusal(api.send(new CreateInstancesCommand({ instanceNames: ['js-0'], ...kind })));
  expect(taken).toBeInstanceOf(InvalidInputException);
  expect(taken).toMatchObject({ message: 'Some names are already in use: js-0' });
});

test('every answer has a request id of its own', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => api.getRegions({})));
  const ids = answers.map(({ $metadata }) => $metadata.requestId ?? '');
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(uuidPattern);
});

test('times are dates', async () => {
  const { instance } = await api.getInstance({ instanceName: 'js-0' });
  expect(instance?.createdAt).toBeInstanceOf(Date);
  expect(instance?.hardware?.disks?.[0]?.createdAt).toBeInstanceOf(Date);
  const { accessDetails } = await api.getInstanceAccessDetails({ instanceName: 'js-0' });
  expect(accessDetails?.expiresAt?.getTime()).toBeGreaterThan(Date.now());
});

test.each(['standard', 'adaptive'])('the retry mode %s outlasts throttling', async (retryMode) => {
  await throttle(2);
  const { regions, $metadata } = await usual({ retryMode }).getRegions({});
  expect(regions).toHaveLength(20);
  expect($metadata.attempts).toBe(3);
});

test('without second attempts throttling is reported', async () => {
  await throttle(1);
  const throttled = await refusal(client(server).send(new GetRegionsCommand({})));
  expect(throttled).toMatchObject({
    name: 'ThrottlingException',
    message: 'Rate exceeded',
    $metadata: { attempts: 1 },
  });
});

test('a fault of the service is tried again', async () => {
  await server.cli('faults', 'order', '--operation', 'GetRegions', '--error', 'ServiceException');
  expect((await api.getRegions({})).$metadata.attempts).toBe(2);
});

test('a client whose clock is wrong mends it from the answer', async () => {
  const late = usual({ systemClockOffset: -3_600_000 });
  const { $metadata } = await late.getRegions({});
  expect($metadata).toMatchObject({ httpStatusCode: 200, attempts: 2 });
  expect(Math.abs(late.config.systemClockOffset)).toBeLessThan(60_000);
  expect((await late.getRegions({})).$metadata.attempts).toBe(1);
});

test('a clock of the server that was wound forward leaves clients alone', async () => {
  await server.cli('clock', 'advance', '24h');
  expect((await api.getRegions({})).$metadata.attempts).toBe(1);
});

test('temporary credentials are let in', async () => {
  const created = await server.cli('keys', 'create', '--minutes', '10', '--json');
  const credentials = JSON.parse(created.stdout) as {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken: string;
  };
  expect((await usual({ credentials }).getRegions({})).regions).toHaveLength(20);
  const { sessionToken: _, ...rest } = credentials;
  expect(await refusal(usual({ credentials: rest }).getRegions({}))).toMatchObject({
    name: 'UnrecognizedClientException',
  });
});

test('a hundred calls at once are all answered', async () => {
  const answers = await Promise.all(
    new Array(100).fill('js-1').map((instanceName: string) => api.getInstance({ instanceName })),
  );
  expect(new Set(answers.map(({ instance }) => instance?.name))).toEqual(new Set(['js-1']));
});
