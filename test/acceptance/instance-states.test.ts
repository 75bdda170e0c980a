import type { InstanceState, Operation } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf, uuidPattern } from '../call.ts';
import { create, finished, getInstance, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

// Machines take their time here, and that time passes only when a test winds the clock.
const server = await startServer({ args: ['--pace', 'real'] });
const api = lightsail(server);
const admin = apiOf(server);
const wind = (seconds: number) => admin.control('AdvanceClock', { ms: seconds * 1_000 });

const stateOf = async (instanceName: string): Promise<InstanceState | undefined> =>
  (await api.getInstanceState({ instanceName })).state;

const running = async (name: string) => {
  await create(api, [name]);
  await wind(20);
  return getInstance(api, name);
};

const stopped = async (name: string) => {
  const before = await running(name);
  await api.stopInstance({ instanceName: name });
  await wind(20);
  return before;
};

/** An operation about an instance in its zone. The keys count: clients tell a missing one from an empty one. */
const operationOf = (type: string, name: string, more: Partial<Operation>): Operation => ({
  id: expect.stringMatching(uuidPattern),
  resourceName: name,
  resourceType: 'Instance',
  createdAt: expect.any(Date),
  location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
  isTerminal: false,
  operationType: type as never,
  status: 'Started',
  statusChangedAt: expect.any(Date),
  ...more,
});
const done: Partial<Operation> = { isTerminal: true, status: 'Succeeded', operationDetails: '' };

test('F132 an instance is pending with code 0, and running with code 16', async () => {
  await create(api, ['born']);
  expect(await stateOf('born')).toEqual({ code: 0, name: 'pending' });
  await wind(10);
  expect(await stateOf('born')).toEqual({ code: 0, name: 'pending' });
  await wind(10);
  expect(await stateOf('born')).toEqual({ code: 16, name: 'running' });
});

test('F127 a running instance stops, by way of stopping', async () => {
  await running('stops');
  const { operations } = await api.stopInstance({ instanceName: 'stops' });
  expect(operations).toEqual([operationOf('StopInstance', 'stops', {})]);
  expect(await stateOf('stops')).toEqual({ code: 64, name: 'stopping' });
  await wind(20);
  expect(await stateOf('stops')).toEqual({ code: 80, name: 'stopped' });
  expect(await finished(api, operations)).toMatchObject([{ id: operations?.[0]?.id, status: 'Succeeded' }]);
});

test('F125 a stopped instance starts, by way of pending', async () => {
  await stopped('starts');
  const { operations } = await api.startInstance({ instanceName: 'starts' });
  expect(operations).toEqual([operationOf('StartInstance', 'starts', {})]);
  expect(await stateOf('starts')).toEqual({ code: 0, name: 'pending' });
  await wind(30);
  expect(await stateOf('starts')).toEqual({ code: 16, name: 'running' });
  expect(await finished(api, operations)).toMatchObject([{ id: operations?.[0]?.id, status: 'Succeeded' }]);
});

test('F125 F127 an instance is not started unless it is stopped, and not stopped unless it runs', async () => {
  await create(api, ['busy']);
  const start = () => api.startInstance({ instanceName: 'busy' });
  const stop = () => api.stopInstance({ instanceName: 'busy' });
  const cannot = (verb: string, state: string) =>
    refusal('InvalidInputException', `The Instance busy cannot be ${verb} while its state is ${state}.`);
  await expect(start()).rejects.toMatchObject(cannot('started', 'pending'));
  await expect(stop()).rejects.toMatchObject(cannot('stopped', 'pending'));
  await wind(20);
  await expect(start()).rejects.toMatchObject(cannot('started', 'running'));
  await stop();
  await expect(start()).rejects.toMatchObject(cannot('started', 'stopping'));
  await expect(stop()).rejects.toMatchObject(cannot('stopped', 'stopping'));
  await wind(20);
  await expect(stop()).rejects.toMatchObject(cannot('stopped', 'stopped'));
  await start();
  expect(await stateOf('busy')).toEqual({ code: 0, name: 'pending' });
});

test('F126 a started instance has another public address, and the same private one', async () => {
  const before = await stopped('moves');
  expect(before.publicIpAddress).toMatch(/^198\.1[89]\./);
  const off = await getInstance(api, 'moves');
  expect(off.publicIpAddress).toBeUndefined();
  expect(off.privateIpAddress).toBe(before.privateIpAddress);
  await api.startInstance({ instanceName: 'moves' });
  await wind(30);
  const after = await getInstance(api, 'moves');
  expect(after.publicIpAddress).toMatch(/^198\.1[89]\./);
  expect(after.publicIpAddress).not.toBe(before.publicIpAddress);
  expect(after.privateIpAddress).toBe(before.privateIpAddress);
  expect(after.ipv6Addresses).toEqual(before.ipv6Addresses);
});

test('F128 a forced stop ends an instance that hangs in stopping at once', async () => {
  await running('hangs');
  const { operations: normal } = await api.stopInstance({ instanceName: 'hangs' });
  expect(await stateOf('hangs')).toEqual({ code: 64, name: 'stopping' });
  const { operations: forced } = await api.stopInstance({ instanceName: 'hangs', force: true });
  // A normal stop takes fifteen.
  await wind(1);
  expect(await stateOf('hangs')).toEqual({ code: 80, name: 'stopped' });
  expect(await finished(api, [...(normal ?? []), ...(forced ?? [])])).toMatchObject([
    { operationType: 'StopInstance', status: 'Succeeded' },
    { operationType: 'StopInstance', status: 'Succeeded' },
  ]);
  expect((await getInstance(api, 'hangs')).publicIpAddress).toBeUndefined();
});

test('F128 an instance that starts after a forced stop is not stopped by what is left of it', async () => {
  await running('restless');
  const { operations: normal } = await api.stopInstance({ instanceName: 'restless' });
  await wind(1);
  // The normal stop ends at once, and the forced one a while after.
  await admin.control('OrderFault', { step: 'StopInstance/stop', effect: 'repeat', times: 1 });
  await admin.control('OrderFault', { step: 'StopInstance/stop', times: 4 });
  const { operations: forced } = await api.stopInstance({ instanceName: 'restless', force: true });
  await finished(api, normal);
  await api.startInstance({ instanceName: 'restless' });
  const { publicIpAddress } = await getInstance(api, 'restless');
  await wind(60);
  expect(await finished(api, forced)).toMatchObject([{ status: 'Succeeded' }]);
  expect(await getInstance(api, 'restless')).toMatchObject({ state: { name: 'running' }, publicIpAddress });
});

test('F128 in any other state force makes no difference', async () => {
  await running('forced');
  await api.stopInstance({ instanceName: 'forced', force: true });
  await wind(5);
  expect(await stateOf('forced')).toEqual({ code: 64, name: 'stopping' });
  await wind(15);
  expect(await stateOf('forced')).toEqual({ code: 80, name: 'stopped' });
  await expect(api.stopInstance({ instanceName: 'forced', force: true })).rejects.toMatchObject(
    refusal('InvalidInputException', 'The Instance forced cannot be forced to stop while its state is stopped.'),
  );
});

test('F129 a reboot leaves a running instance as it is, and is done with the answer', async () => {
  const before = await running('reboots');
  const { operations } = await api.rebootInstance({ instanceName: 'reboots' });
  expect(operations).toEqual([operationOf('RebootInstance', 'reboots', done)]);
  expect(await getInstance(api, 'reboots')).toEqual(before);
  await wind(30);
  expect(await getInstance(api, 'reboots')).toEqual(before);
});

test('F129 only a running instance is rebooted', async () => {
  await stopped('off');
  await expect(api.rebootInstance({ instanceName: 'off' })).rejects.toMatchObject(
    refusal('InvalidInputException', 'The Instance off cannot be rebooted while its state is stopped.'),
  );
});

test('F131 GetInstanceState answers for one instance, with a code and a name', async () => {
  await running('asked');
  const { $metadata: _, ...answer } = await api.getInstanceState({ instanceName: 'asked' });
  expect(answer).toEqual({ state: { code: 16, name: 'running' } });
  await expect(api.getInstanceState({ instanceName: 'missing' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance does not exist'),
  );
});

test('F82 CreateInstances has one operation for each instance, which GetOperation follows to its end', async () => {
  const operations = await create(api, ['one', 'two', 'three']);
  expect(operations).toEqual(['one', 'two', 'three'].map((name) => operationOf('CreateInstance', name, {})));
  expect(new Set(operations.map(({ id }) => id)).size).toBe(3);
  const [first] = operations;
  expect((await api.getOperation({ operationId: first?.id })).operation).toEqual(first);
  await wind(20);
  const { operation } = await api.getOperation({ operationId: first?.id });
  expect(operation).toEqual({ ...first, isTerminal: true, status: 'Succeeded', statusChangedAt: expect.any(Date) });
  expect(Number(operation?.statusChangedAt) - Number(first?.statusChangedAt)).toBeGreaterThanOrEqual(18_000);
});

test('a deleted instance is gone with the answer, whatever it was about to become', async () => {
  const gone = refusal('NotFoundException', 'The Instance does not exist');
  await create(api, ['pending']);
  await running('stopping');
  await api.stopInstance({ instanceName: 'stopping' });
  await stopped('stopped');
  for (const instanceName of ['pending', 'stopping', 'stopped']) {
    const { operations } = await api.deleteInstance({ instanceName });
    expect(operations).toEqual([operationOf('DeleteInstance', instanceName, done)]);
    await expect(api.getInstance({ instanceName })).rejects.toMatchObject(gone);
  }
  await wind(60);
  for (const instanceName of ['pending', 'stopping', 'stopped'])
    await expect(api.startInstance({ instanceName })).rejects.toMatchObject(gone);
});

test('the health checks show what the state is when they are asked for, and only then', async () => {
  await create(api, ['health']);
  const checks = async () => {
    const { instanceStatus, systemStatus } = await getInstance(api, 'health', { includeHealthStatus: true });
    expect(systemStatus).toEqual(instanceStatus);
    return instanceStatus;
  };
  expect(await checks()).toEqual({
    status: 'initializing',
    details: [{ name: 'reachability', status: 'initializing' }],
  });
  await wind(20);
  expect(await checks()).toEqual({ status: 'ok', details: [{ name: 'reachability', status: 'passed' }] });
  const listed = (await api.getInstances({ includeHealthStatus: true })).instances;
  expect(listed?.find(({ name }) => name === 'health')?.instanceStatus?.status).toBe('ok');
  expect(await getInstance(api, 'health')).not.toHaveProperty('instanceStatus');
  await api.stopInstance({ instanceName: 'health' });
  await wind(20);
  expect(await checks()).toEqual({ status: 'not-applicable' });
});

test('an instance that cannot be made leaves nothing but its failed operation', async () => {
  await admin.control('OrderFault', { step: 'CreateInstance/create', permanent: true, message: 'No disk is left.' });
  const [operation] = await finished(api, await create(api, ['stillborn']));
  expect(operation).toMatchObject({
    operationType: 'CreateInstance',
    resourceName: 'stillborn',
    isTerminal: true,
    status: 'Failed',
    errorDetails: 'No disk is left.',
  });
  await expect(api.getInstance({ instanceName: 'stillborn' })).rejects.toMatchObject({ name: 'NotFoundException' });
});

test('a step that fails once is tried again', async () => {
  await admin.control('OrderFault', { step: 'CreateInstance/boot', times: 1 });
  await create(api, ['second-try']);
  await wind(30);
  expect(await stateOf('second-try')).toEqual({ code: 16, name: 'running' });
});

test('an instance that does not start is stopped again, with no public address', async () => {
  await stopped('sleeper');
  await admin.control('OrderFault', { step: 'StartInstance/boot', permanent: true });
  const { operations } = await api.startInstance({ instanceName: 'sleeper' });
  expect(await finished(api, operations)).toMatchObject([{ operationType: 'StartInstance', status: 'Failed' }]);
  expect(await getInstance(api, 'sleeper')).toMatchObject({ state: { code: 80, name: 'stopped' } });
  expect((await getInstance(api, 'sleeper')).publicIpAddress).toBeUndefined();
});
