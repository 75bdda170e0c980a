import type { IpAddressType, Operation } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { create, finished, getInstance, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

const server = await startServer();
const api = lightsail(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const setType = (resourceName: string, ipAddressType: IpAddressType, acceptBundleUpdate?: boolean) =>
  api.setIpAddressType({ resourceType: 'Instance', resourceName, ipAddressType, acceptBundleUpdate });

/** The instance with the other type. */
const changed = async (...change: Parameters<typeof setType>) => {
  const [operation] = await finished(api, (await setType(...change)).operations);
  expect(operation?.status).toBe('Succeeded');
  return getInstance(api, change[0]);
};

test('F156 of all kinds of resources only distributions, instances and load balancers have a type to set', async () => {
  await launch(api, 'kinds');
  for (const resourceType of ['Domain', 'Disk', 'KeyPair', 'StaticIp', 'ContainerService'] as const)
    await expect(
      api.setIpAddressType({ resourceType, resourceName: 'kinds', ipAddressType: 'ipv4' }),
    ).rejects.toMatchObject(invalid(`The IP address type of a ${resourceType} cannot be set.`));
  await expect(
    api.setIpAddressType({ resourceType: 'LoadBalancer', resourceName: 'kinds', ipAddressType: 'ipv4' }),
  ).rejects.toMatchObject(refusal('NotFoundException', 'The LoadBalancer does not exist'));
  expect((await getInstance(api, 'kinds')).ipAddressType).toBe('dualstack');
});

test('F157 a dualstack instance returns to IPv4 alone, and gets its IPv6 address back', async () => {
  const both = await launch(api, 'stack');
  const four = await changed('stack', 'ipv4');
  expect(four).toMatchObject({
    ipAddressType: 'ipv4',
    publicIpAddress: both.publicIpAddress,
    bundleId: 'nano_3_0',
  });
  expect(four).not.toHaveProperty('ipv6Addresses');
  for (const port of four.networking?.ports ?? []) expect(port).not.toHaveProperty('ipv6Cidrs');
  expect(await changed('stack', 'dualstack')).toEqual(both);
});

test('F157 the operation goes on after the answer', async () => {
  await launch(api, 'operated');
  const { operations } = await setType('operated', 'ipv4');
  expect(operations).toEqual([
    {
      id: expect.any(String),
      createdAt: expect.any(Date),
      isTerminal: false,
      location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
      operationType: 'SetIpAddressType',
      resourceName: 'operated',
      resourceType: 'Instance',
      status: 'Started',
      statusChangedAt: expect.any(Date),
    } satisfies Operation,
  ]);
});

test('F157 addresses that were let in one by one stay, as far as the type has them', async () => {
  await launch(api, 'listed');
  const portInfo = {
    protocol: 'tcp' as const,
    fromPort: 22,
    toPort: 22,
    cidrs: ['192.0.2.1'],
    ipv6Cidrs: ['2001:db8::1'],
  };
  await api.putInstancePublicPorts({ instanceName: 'listed', portInfos: [portInfo] });
  const { networking } = await changed('listed', 'ipv4');
  expect(networking?.ports).toMatchObject([{ accessFrom: 'Custom', cidrs: ['192.0.2.1/32'] }]);
  expect(networking?.ports?.[0]).not.toHaveProperty('ipv6Cidrs');
  await api.openInstancePublicPorts({
    instanceName: 'listed',
    portInfo: { protocol: 'tcp', fromPort: 80, toPort: 80 },
  });
  const { portStates } = await api.getInstancePortStates({ instanceName: 'listed' });
  expect(portStates?.[1]).toMatchObject({ fromPort: 80, cidrs: ['0.0.0.0/0'], ipv6Cidrs: [] });
});

test('IPv6 alone needs another bundle, and the word of the caller for it', async () => {
  const both = await launch(api, 'sixes');
  const needs = invalid(
    'The IP address type ipv6 needs the bundle nano_ipv6_3_0, and the Instance sixes has nano_3_0.',
  );
  await expect(setType('sixes', 'ipv6')).rejects.toMatchObject(needs);
  await expect(setType('sixes', 'ipv6', false)).rejects.toMatchObject(needs);
  expect(await getInstance(api, 'sixes')).toEqual(both);

  const six = await changed('sixes', 'ipv6', true);
  expect(six).toMatchObject({
    bundleId: 'nano_ipv6_3_0',
    ipAddressType: 'ipv6',
    ipv6Addresses: both.ipv6Addresses,
    hardware: both.hardware,
    state: { name: 'running' },
  });
  expect(six).not.toHaveProperty('publicIpAddress');
  for (const port of six.networking?.ports ?? []) expect(port).toMatchObject({ cidrs: [], ipv6Cidrs: ['::/0'] });

  await expect(setType('sixes', 'dualstack')).rejects.toMatchObject(invalid(/needs the bundle nano_3_0/));
  const again = await changed('sixes', 'dualstack', true);
  expect(again).toEqual({ ...both, publicIpAddress: expect.stringMatching(/^198\.1[89]\./) });
});

test('a bundle that has no counterpart keeps its types', async () => {
  await launch(api, 'elder', { bundleId: 'nano_2_0' });
  await expect(setType('elder', 'ipv6', true)).rejects.toMatchObject(
    invalid('The bundle nano_2_0 has no counterpart for the IP address type ipv6.'),
  );
});

test('a stopped instance changes too, and has a public address again when it starts', async () => {
  await launch(api, 'asleep', { bundleId: 'nano_ipv6_3_0' });
  await finished(api, (await api.stopInstance({ instanceName: 'asleep' })).operations);
  const off = await changed('asleep', 'ipv4', true);
  expect(off).toMatchObject({ bundleId: 'nano_3_0', ipAddressType: 'ipv4', state: { name: 'stopped' } });
  expect(off).not.toHaveProperty('publicIpAddress');
  await finished(api, (await api.startInstance({ instanceName: 'asleep' })).operations);
  expect((await getInstance(api, 'asleep')).publicIpAddress).toMatch(/^198\.1[89]\./);
});

test('an IPv6 instance starts without a public IPv4 address', async () => {
  const { ipv6Addresses } = await launch(api, 'only-six', { bundleId: 'nano_ipv6_3_0' });
  await finished(api, (await api.stopInstance({ instanceName: 'only-six' })).operations);
  await finished(api, (await api.startInstance({ instanceName: 'only-six' })).operations);
  const started = await getInstance(api, 'only-six');
  expect(started).toMatchObject({ ipv6Addresses, state: { name: 'running' } });
  expect(started).not.toHaveProperty('publicIpAddress');
});

test('an instance that is being made keeps its type until then', async () => {
  const slow = lightsail(await startServer({ args: ['--pace', 'real'] }));
  await create(slow, ['unborn']);
  await expect(
    slow.setIpAddressType({ resourceType: 'Instance', resourceName: 'unborn', ipAddressType: 'ipv4' }),
  ).rejects.toMatchObject(
    invalid('The Instance unborn cannot be given another IP address type while its state is pending.'),
  );
});
