import type { Operation } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { balance, getBalancer, healthOf } from '../load-balancers.ts';

// Targets take their time here, and that time passes only when a test winds the clock.
const server = await startServer({ args: ['--pace', 'real'] });
const api = lightsail(server);
const admin = apiOf(server);
const wind = (seconds: number) => admin.control('AdvanceClock', { ms: seconds * 1_000 });
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const registering = { instanceHealth: 'initial', instanceHealthReason: 'Lb.RegistrationInProgress' };
const checking = { instanceHealth: 'initial', instanceHealthReason: 'Lb.InitialHealthChecking' };
const healthy = { instanceHealth: 'healthy' };
const unused = { instanceHealth: 'unused', instanceHealthReason: 'Instance.InvalidState' };
const timedOut = { instanceHealth: 'unhealthy', instanceHealthReason: 'Instance.Timeout' };
const draining = { instanceHealth: 'draining', instanceHealthReason: 'Instance.DeregistrationInProgress' };

/** Running instances and a load balancer, not yet attached. */
const setUp = async (loadBalancerName: string, ...instanceNames: string[]) => {
  await api.createInstances({
    instanceNames,
    availabilityZone: 'us-east-1a',
    blueprintId: 'debian_12',
    bundleId: 'nano_3_0',
  });
  await api.createLoadBalancer({ loadBalancerName, instancePort: 80 });
  await wind(61);
};

const attach = (loadBalancerName: string, ...instanceNames: string[]) =>
  api.attachInstancesToLoadBalancer({ loadBalancerName, instanceNames });
const detach = (loadBalancerName: string, ...instanceNames: string[]) =>
  api.detachInstancesFromLoadBalancer({ loadBalancerName, instanceNames });

/** The same with healthy targets. */
const served = async (loadBalancerName: string, ...instanceNames: string[]) => {
  await setUp(loadBalancerName, ...instanceNames);
  await attach(loadBalancerName, ...instanceNames);
  await wind(60);
  expect(await healthOf(api, loadBalancerName)).toEqual(
    Object.fromEntries(instanceNames.map((name) => [name, healthy])),
  );
};

/** Takes away what the account has room for. */
const cleanUp = async (loadBalancerName: string, ...instanceNames: string[]) => {
  await api.deleteLoadBalancer({ loadBalancerName });
  for (const instanceName of instanceNames) await api.deleteInstance({ instanceName });
};

const twoOf = (type: string, instanceName: string, balancer: string): Partial<Operation>[] =>
  (
    [
      ['Instance', instanceName, balancer],
      ['LoadBalancer', balancer, instanceName],
    ] as const
  ).map(([resourceType, resourceName, operationDetails]) => ({
    id: expect.any(String),
    createdAt: expect.any(Date),
    statusChangedAt: expect.any(Date),
    isTerminal: false,
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    operationDetails,
    operationType: type as never,
    resourceName,
    resourceType,
    status: 'Started',
  }));

test('F300-F302 a target is initial, registered and then checked, and after some time healthy', async () => {
  await setUp('lb-1', 'a-1', 'a-2');
  const { operations } = await attach('lb-1', 'a-1', 'a-2');
  expect(operations).toEqual([
    ...twoOf('AttachInstancesToLoadBalancer', 'a-1', 'lb-1'),
    ...twoOf('AttachInstancesToLoadBalancer', 'a-2', 'lb-1'),
  ]);
  expect(await healthOf(api, 'lb-1')).toEqual({ 'a-1': registering, 'a-2': registering });
  await wind(11);
  expect(await finished(api, operations)).toMatchObject(operations!.map(() => ({ status: 'Succeeded' })));
  expect(await healthOf(api, 'lb-1')).toEqual({ 'a-1': checking, 'a-2': checking });
  await wind(30);
  expect(await healthOf(api, 'lb-1')).toEqual({ 'a-1': healthy, 'a-2': healthy });
  await cleanUp('lb-1', 'a-1', 'a-2');
});

test('F297 only running instances are attached, all or none', async () => {
  await setUp('lb-2', 'b-1', 'b-2');
  await api.stopInstance({ instanceName: 'b-2' });
  await wind(20);
  await expect(attach('lb-2', 'b-1', 'b-2')).rejects.toMatchObject(
    invalid('The Instance b-2 cannot be attached to a load balancer while its state is stopped.'),
  );
  await expect(attach('lb-2', 'b-1', 'nobody')).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance does not exist'),
  );
  await expect(attach('lb-2')).rejects.toMatchObject(invalid('At least one instance name is needed.'));
  expect(await healthOf(api, 'lb-2')).toEqual({});
  await attach('lb-2', 'b-1', 'b-1');
  expect(await healthOf(api, 'lb-2')).toEqual({ 'b-1': registering });
  await expect(attach('lb-2', 'b-1')).rejects.toMatchObject(
    invalid('The Instance b-1 is already attached to the LoadBalancer lb-2.'),
  );
  await cleanUp('lb-2', 'b-1', 'b-2');
});

test('F298 as many instances as the account has go behind one load balancer', async () => {
  const many = lightsail(await startServer());
  const names = Array.from({ length: 20 }, (_, i) => `many-${i}`);
  const { operations } = await many.createInstances({
    instanceNames: names,
    availabilityZone: 'us-east-1a',
    blueprintId: 'debian_12',
    bundleId: 'nano_3_0',
  });
  await finished(many, operations);
  await balance(many, 'wide');
  const attached = await many.attachInstancesToLoadBalancer({ loadBalancerName: 'wide', instanceNames: names });
  expect(attached.operations).toHaveLength(40);
  await finished(many, attached.operations);
  expect(Object.keys(await healthOf(many, 'wide'))).toEqual(names);
});

test('F304 a target that stops is unused at once, and is checked again when it runs', async () => {
  await served('lb-3', 'c-1', 'c-2');
  await api.stopInstance({ instanceName: 'c-1' });
  await wind(14);
  expect(await healthOf(api, 'lb-3')).toEqual({ 'c-1': healthy, 'c-2': healthy });
  await wind(2);
  expect((await api.getInstanceState({ instanceName: 'c-1' })).state?.name).toBe('stopped');
  expect(await healthOf(api, 'lb-3')).toEqual({ 'c-1': unused, 'c-2': healthy });
  await api.startInstance({ instanceName: 'c-1' });
  await wind(19);
  expect(await healthOf(api, 'lb-3')).toMatchObject({ 'c-1': unused });
  await wind(2);
  expect(await healthOf(api, 'lb-3')).toMatchObject({ 'c-1': checking });
  await wind(30);
  expect(await healthOf(api, 'lb-3')).toEqual({ 'c-1': healthy, 'c-2': healthy });
  await cleanUp('lb-3', 'c-1', 'c-2');
});

test('F303 a target that does not answer is unhealthy until it does', async () => {
  await served('lb-4', 'd-1');
  await api.rebootInstance({ instanceName: 'd-1' });
  await wind(5);
  expect(await healthOf(api, 'lb-4')).toEqual({ 'd-1': timedOut });
  await wind(60);
  expect(await healthOf(api, 'lb-4')).toEqual({ 'd-1': healthy });
  await cleanUp('lb-4', 'd-1');
});

test('F299 F305 a target drains before it is detached, and the others stay', async () => {
  await served('lb-5', 'e-1', 'e-2');
  const { operations } = await detach('lb-5', 'e-1');
  expect(operations).toEqual(twoOf('DetachInstancesFromLoadBalancer', 'e-1', 'lb-5'));
  expect(await healthOf(api, 'lb-5')).toEqual({ 'e-1': draining, 'e-2': healthy });
  await expect(detach('lb-5', 'e-1')).rejects.toMatchObject(
    invalid('The Instance e-1 is already being detached from the LoadBalancer lb-5.'),
  );
  await wind(290);
  expect(await healthOf(api, 'lb-5')).toEqual({ 'e-1': draining, 'e-2': healthy });
  const { operation } = await api.getOperation({ operationId: operations?.[0]?.id });
  expect(operation).toMatchObject({ status: 'Started', isTerminal: false });
  await wind(20);
  expect(await healthOf(api, 'lb-5')).toEqual({ 'e-2': healthy });
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }, { status: 'Succeeded' }]);
  await expect(detach('lb-5', 'e-1')).rejects.toMatchObject(
    invalid('The Instance e-1 is not attached to the LoadBalancer lb-5.'),
  );
  await attach('lb-5', 'e-1');
  await wind(60);
  expect(await healthOf(api, 'lb-5')).toEqual({ 'e-1': healthy, 'e-2': healthy });
  await cleanUp('lb-5', 'e-1', 'e-2');
});

test('F305 one that leaves before it was checked drains as well, and one that stops meanwhile goes on draining', async () => {
  await setUp('lb-6', 'f-1');
  await attach('lb-6', 'f-1');
  await detach('lb-6', 'f-1');
  await api.stopInstance({ instanceName: 'f-1' });
  await wind(60);
  expect(await healthOf(api, 'lb-6')).toEqual({ 'f-1': draining });
  await wind(300);
  expect(await healthOf(api, 'lb-6')).toEqual({});
  await cleanUp('lb-6', 'f-1');
});

test('an instance may serve several load balancers, and leaves them all when it is deleted', async () => {
  await served('lb-7', 'g-1', 'g-2');
  await balanceAt('lb-8');
  await attach('lb-8', 'g-1');
  await wind(60);
  await api.stopInstance({ instanceName: 'g-1' });
  await wind(20);
  expect(await healthOf(api, 'lb-7')).toEqual({ 'g-1': unused, 'g-2': healthy });
  expect(await healthOf(api, 'lb-8')).toEqual({ 'g-1': unused });
  await api.deleteInstance({ instanceName: 'g-1' });
  expect(await healthOf(api, 'lb-7')).toEqual({ 'g-2': healthy });
  expect(await healthOf(api, 'lb-8')).toEqual({});

  // Another one of the same name has nothing of the first.
  await setUp('lb-9', 'g-1');
  expect(await healthOf(api, 'lb-7')).toEqual({ 'g-2': healthy });
  await cleanUp('lb-7', 'g-1', 'g-2');
  for (const loadBalancerName of ['lb-8', 'lb-9']) await api.deleteLoadBalancer({ loadBalancerName });
});

const balanceAt = async (loadBalancerName: string) => {
  await api.createLoadBalancer({ loadBalancerName, instancePort: 80 });
  await wind(61);
};

test('an instance that is deleted while it is attached or drains is off at once', async () => {
  await setUp('lb-10', 'h-1', 'h-2');
  await attach('lb-10', 'h-1', 'h-2');
  await detach('lb-10', 'h-2');
  for (const instanceName of ['h-1', 'h-2']) await api.deleteInstance({ instanceName });
  expect(await healthOf(api, 'lb-10')).toEqual({});
  await wind(400);
  expect(await getBalancer(api, 'lb-10')).toMatchObject({ state: 'active', instanceHealthSummary: [] });
  await api.deleteLoadBalancer({ loadBalancerName: 'lb-10' });
});

test('instances stay when their load balancer is deleted, and attach to another', async () => {
  await served('lb-11', 'i-1');
  await api.deleteLoadBalancer({ loadBalancerName: 'lb-11' });
  await balanceAt('lb-11');
  expect(await healthOf(api, 'lb-11')).toEqual({});
  await attach('lb-11', 'i-1');
  await wind(60);
  expect(await healthOf(api, 'lb-11')).toEqual({ 'i-1': healthy });
  await cleanUp('lb-11', 'i-1');
});

test('a registration that fails leaves no target behind, and a detachment that fails leaves it healthy', async () => {
  const fast = await startServer();
  const quick = lightsail(fast);
  const control = apiOf(fast);
  await launch(quick, 'j-1');
  await balance(quick, 'lb-12');
  const target = { loadBalancerName: 'lb-12', instanceNames: ['j-1'] };
  const failed = [{ status: 'Failed' }, { status: 'Failed' }];
  await control.control('OrderFault', { step: 'AttachInstancesToLoadBalancer/register', permanent: true });
  const attached = await quick.attachInstancesToLoadBalancer(target);
  expect(await finished(quick, attached.operations)).toMatchObject(failed);
  expect(await healthOf(quick, 'lb-12')).toEqual({});
  await finished(quick, (await quick.attachInstancesToLoadBalancer(target)).operations);
  await control.control('OrderFault', { step: 'DetachInstancesFromLoadBalancer/drain', permanent: true });
  const detached = await quick.detachInstancesFromLoadBalancer(target);
  expect(await finished(quick, detached.operations)).toMatchObject(failed);
  await control.control('AdvanceClock', { ms: 0 });
  expect(await healthOf(quick, 'lb-12')).toEqual({ 'j-1': healthy });
});
