import { beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { run, settingsFor, testUnless, works } from './tools.ts';

const missing = works('python3', '-c', 'import boto3') ? undefined : 'boto3, since no python3 on the PATH has it';
const test = testUnless(missing);
const program = new URL('boto3_client.py', import.meta.url).pathname;

let server: Server;

beforeAll(async () => {
  server = await startServer({ args: ['--page-size', '2', '--quota', 'instancesPerAccount=100'] });
});

/** What a scenario of the program in Python found. Its assertions fail the test with their traceback. */
const scenario = async (name: string, ...args: readonly string[]): Promise<unknown> => {
  const { code, stdout, stderr } = await run('python3', [program, name, ...args], { variables: settingsFor(server) });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};

const throttle = async (times: number): Promise<void> => {
  const order = ['--operation', 'GetRegions', '--error', 'ThrottlingException', '--times', String(times)];
  expect(await server.cli('faults', 'order', ...order)).toMatchObject({ code: 0 });
};

test('the paginators visit every page', async () => {
  expect(await scenario('paginators')).toMatchObject({ operations: 7, keyPairs: 2 });
});

test('errors arrive as the exceptions of the client', async () => {
  expect(await scenario('exceptions')).toEqual({
    message:
      'An error occurred (NotFoundException) when calling the GetInstance operation: The Instance does not exist',
  });
});

test('times are datetimes', async () => {
  await scenario('times');
});

test('a presigned address is let in, and a forged one is not', async () => {
  expect(await scenario('presigned')).toEqual({
    regions: expect.arrayContaining(['us-east-1', 'eu-west-1']),
    forged: 'InvalidSignatureException',
  });
});

test('presigned addresses carry inputs of every kind', async () => {
  const own = await startServer();
  const { code, stdout, stderr } = await run('python3', [program, 'presigned_calls'], { variables: settingsFor(own) });
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    names: ['signed-1', 'signed-2', 'signed-3'],
    tags: [{ key: 'team', value: 'a: b/c = d+e' }, { key: 'bare' }],
    cidrs: [['10.0.0.0/8', '192.0.2.1/32']],
    ...{ inactive: true, metric: 'NetworkIn', refused: 'NotFoundException' },
  });
});

test('twenty threads share a client, and one of them gets the name that all want', async () => {
  expect(await scenario('threads')).toEqual({
    shared: [...new Array<string>(19).fill('Some names are already in use: shared'), 'shared'],
  });
});

test.each(['legacy', 'standard', 'adaptive'])('the retry mode %s outlasts throttling', async (mode) => {
  await throttle(2);
  expect(await scenario('retries', mode, '5')).toEqual({ regions: 20, retries: 2 });
});

test('throttling that lasts longer is reported', async () => {
  await throttle(2);
  expect(await scenario('retries', 'standard', '2')).toEqual({
    error: { Code: 'ThrottlingException', Message: 'Rate exceeded' },
    retries: 1,
  });
});

test('disks, addresses, snapshots, load balancers and alarms', async () => {
  expect(await scenario('families')).toEqual([
    'family-data',
    'family-front',
    'family-ip',
    'family-snapshot',
    'INSUFFICIENT_DATA',
  ]);
});

test('a clock that was wound forward leaves signatures alone', async () => {
  expect(await scenario('clock', 'today')).toEqual({ hours: 0 });
  await server.cli('clock', 'advance', '24h');
  expect(await scenario('clock', 'tomorrow')).toEqual({ hours: 24 });
});
