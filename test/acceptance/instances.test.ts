import { expect, test } from 'vitest';
import { operations as contract } from '../../src/api/generated/operations.ts';
import { create, finished, getInstance, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

const server = await startServer({ args: ['--quota', 'instancesPerAccount=100'] });
const api = lightsail(server, 'us-west-2');
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const gone = refusal('NotFoundException', 'The Instance does not exist');

test('F137 F138 F140 an instance looks like those of the GetInstances example', async () => {
  const before = Date.now();
  const made = await launch(api, 'WordPress-1', { blueprintId: 'wordpress', bundleId: 'micro_3_0' });
  const port = (number: number) => ({
    accessDirection: 'inbound',
    accessFrom: 'Anywhere (0.0.0.0/0)',
    accessType: 'public',
    cidrListAliases: [],
    cidrs: ['0.0.0.0/0'],
    commonName: '',
    fromPort: number,
    ipv6Cidrs: ['::/0'],
    protocol: 'tcp',
    toPort: number,
  });
  const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
  expect(made).toEqual({
    arn: expect.stringMatching(`^arn:aws:lightsail:us-west-2:\\d{12}:Instance/${uuid}$`),
    blueprintId: 'wordpress',
    blueprintName: 'WordPress',
    bundleId: 'micro_3_0',
    createdAt: expect.any(Date),
    hardware: {
      cpuCount: 2,
      disks: [
        {
          attachedTo: 'WordPress-1',
          attachmentState: 'attached',
          createdAt: made.createdAt,
          iops: 120,
          isSystemDisk: true,
          path: '/dev/xvda',
          sizeInGb: 40,
        },
      ],
      ramSizeInGb: 1,
    },
    ipAddressType: 'dualstack',
    ipv6Addresses: [expect.any(String)],
    isStaticIp: false,
    location: { availabilityZone: 'us-west-2a', regionName: 'us-west-2' },
    metadataOptions: {
      httpEndpoint: 'enabled',
      httpProtocolIpv6: 'disabled',
      httpPutResponseHopLimit: 1,
      httpTokens: 'optional',
      state: 'applied',
    },
    name: 'WordPress-1',
    networking: { monthlyTransfer: { gbPerMonthAllocated: 2048 }, ports: [port(80), port(22), port(443)] },
    privateIpAddress: expect.stringMatching(/^172\.26\.\d+\.\d+$/),
    publicIpAddress: expect.stringMatching(/^198\.1[89]\.\d+\.\d+$/),
    resourceType: 'Instance',
    sshKeyName: 'LightsailDefaultKeyPair',
    state: { code: 16, name: 'running' },
    supportCode: expect.stringMatching(/^\d{12}\/i-0[0-9a-f]{16}$/),
    tags: [],
    username: 'bitnami',
  });
  expect(Number(made.createdAt)).toBeGreaterThanOrEqual(before - 1_000);
  expect((await api.getInstances({})).instances).toEqual([made]);
});

test('F134 F135 an instance names its key pair and who logs in', async () => {
  await api.createKeyPair({ keyPairName: 'deploy' });
  const amazon = await launch(api, 'amazon', { blueprintId: 'amazon_linux_2023', keyPairName: 'deploy' });
  expect(amazon).toMatchObject({ sshKeyName: 'deploy', username: 'ec2-user' });
  expect(await launch(api, 'debian')).toMatchObject({ sshKeyName: 'LightsailDefaultKeyPair', username: 'admin' });
});

test('F136 the hardware is that of the bundle, with the system disk', async () => {
  const { hardware } = await launch(api, 'large', { bundleId: 'xlarge_3_0' });
  expect(hardware).toMatchObject({ cpuCount: 4, ramSizeInGb: 16 });
  expect(hardware?.disks).toMatchObject([{ sizeInGb: 320, iops: 960, isSystemDisk: true }]);
  const { hardware: small } = await launch(api, 'small');
  expect(small).toMatchObject({ cpuCount: 2, ramSizeInGb: 0.5, disks: [{ sizeInGb: 20, iops: 100 }] });
});

test('F139 a dualstack instance has an IPv6 address of its own', async () => {
  const addresses = [await launch(api, 'six-1'), await launch(api, 'six-2')].map(({ ipv6Addresses }) => ipv6Addresses);
  for (const list of addresses) expect(list).toEqual([expect.stringMatching(/^2001:DB8(:[0-9A-F]{1,4}){6}$/)]);
  expect(addresses[0]).not.toEqual(addresses[1]);
});

test('F141 an instance that is not there is not found', async () => {
  await expect(api.getInstance({ instanceName: 'nobody' })).rejects.toMatchObject(gone);
});

test('a second GetInstance is equal to the first, and so is the one of GetInstances', async () => {
  const first = await launch(api, 'stable', { tags: [{ key: 'a1', value: 'b' }] });
  expect(await getInstance(api, 'stable')).toEqual(first);
  const { instances } = await api.getInstances({});
  expect(instances?.find(({ name }) => name === 'stable')).toEqual(first);
});

test('a deleted instance is not found at once, and its name is free at once', async () => {
  const first = await launch(api, 'phoenix');
  await api.deleteInstance({ instanceName: 'phoenix' });
  await expect(api.getInstance({ instanceName: 'phoenix' })).rejects.toMatchObject(gone);
  await expect(api.deleteInstance({ instanceName: 'phoenix' })).rejects.toMatchObject(gone);
  const second = await launch(api, 'phoenix');
  expect(second.arn).not.toBe(first.arn);
  expect(second.state?.name).toBe('running');
});

test('F130 an instance with add-ons is deleted only together with them', async () => {
  await launch(api, 'kept', { addOns: [{ addOnType: 'AutoSnapshot' }] });
  const refused = invalid(
    'You cannot delete the Instance kept with addons. Specify the forceDeleteAddons parameter to delete the Instance and its associated addons.',
  );
  await expect(api.deleteInstance({ instanceName: 'kept' })).rejects.toMatchObject(refused);
  await expect(api.deleteInstance({ instanceName: 'kept', forceDeleteAddOns: false })).rejects.toMatchObject(refused);
  expect((await getInstance(api, 'kept')).addOns).toHaveLength(1);
  await api.deleteInstance({ instanceName: 'kept', forceDeleteAddOns: true });
  await expect(api.getInstance({ instanceName: 'kept' })).rejects.toMatchObject(gone);
});

test('an instance starts as a larger bundle, and not as one with a smaller disk', async () => {
  await launch(api, 'grows', { bundleId: 'micro_3_0' });
  await finished(api, (await api.stopInstance({ instanceName: 'grows' })).operations);
  const startAs = (bundleId: string) => api.startInstance({ instanceName: 'grows', attributeUpdates: { bundleId } });
  await expect(startAs('nano_3_0')).rejects.toMatchObject(
    invalid('The bundle nano_3_0 has a disk of 20 GB, less than the 40 GB of the Instance grows.'),
  );
  await expect(startAs('small_win_3_0')).rejects.toMatchObject(invalid(/does not support the platform LINUX_UNIX/));
  await expect(startAs('small_ipv6_3_0')).rejects.toMatchObject(invalid(/does not support the IP address type/));
  await expect(startAs('huge_9_0')).rejects.toMatchObject({ name: 'NotFoundException' });
  expect(await getInstance(api, 'grows')).toMatchObject({ bundleId: 'micro_3_0', state: { name: 'stopped' } });
  await finished(api, (await startAs('medium_3_0')).operations);
  expect(await getInstance(api, 'grows')).toMatchObject({
    bundleId: 'medium_3_0',
    hardware: { cpuCount: 2, ramSizeInGb: 4, disks: [{ sizeInGb: 80, iops: 240, isSystemDisk: true }] },
    networking: { monthlyTransfer: { gbPerMonthAllocated: 4096 } },
    state: { name: 'running' },
  });
});

test('accounts and Regions do not see the instances of each other', async () => {
  const stranger = await newAccount(server, 'strangers');
  const [theirs, elsewhere] = [lightsail(stranger, 'us-west-2'), lightsail(server, 'eu-central-1')];
  const mine = await launch(api, 'shared');
  expect((await theirs.getInstances({})).instances).toEqual([]);
  for (const other of [theirs, elsewhere]) {
    await expect(other.getInstance({ instanceName: 'shared' })).rejects.toMatchObject(gone);
    await expect(other.stopInstance({ instanceName: 'shared' })).rejects.toMatchObject(gone);
    await expect(other.deleteInstance({ instanceName: 'shared' })).rejects.toMatchObject(gone);
  }
  const operation = (await api.getOperationsForResource({ resourceName: 'shared' })).operations?.[0];
  await expect(theirs.getOperation({ operationId: operation?.id })).rejects.toMatchObject({
    name: 'NotFoundException',
  });
  const foreign = await launch(theirs, 'shared');
  expect(foreign.arn).toContain(`:us-west-2:${stranger.account}:Instance/`);
  expect(foreign.supportCode).toMatch(new RegExp(`^${stranger.account}/`));
  expect((await launch(elsewhere, 'shared')).location).toEqual({
    availabilityZone: 'eu-central-1a',
    regionName: 'eu-central-1',
  });
  expect(await getInstance(api, 'shared')).toEqual(mine);
});

test('F35 public addresses are unique over accounts and Regions, and what cannot be had is a 400', async () => {
  // 32 of the 64 addresses are given away.
  const cramped = await startServer({
    args: ['--public-pool', '203.0.113.64/26', '--quota', 'instancesPerAccount=40'],
  });
  const ohio = lightsail(cramped, 'us-east-2');
  const sydney = lightsail(await newAccount(cramped, 'second'), 'ap-southeast-2');
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => `web-${i}`);
  await finished(ohio, await create(ohio, numbered(20)));
  await finished(sydney, await create(sydney, numbered(12)));
  const listed = [await ohio.getInstances({}), await sydney.getInstances({})].flatMap(
    ({ instances = [] }) => instances,
  );
  const addresses = new Set(listed.map(({ publicIpAddress }) => publicIpAddress));
  expect(addresses.size).toBe(32);
  for (const address of addresses) expect(address).toMatch(/^203\.0\.113\.(8\d|9\d|10\d|11[01])$/);

  await expect(create(ohio, ['one-more'])).rejects.toMatchObject(
    refusal('OperationFailureException', 'No address is left in the public network.'),
  );
  await expect(ohio.getInstance({ instanceName: 'one-more' })).rejects.toMatchObject(gone);
  await finished(sydney, (await sydney.stopInstance({ instanceName: 'web-0' })).operations);
  const freed = listed.at(20)?.publicIpAddress;
  expect(await launch(ohio, 'one-more')).toMatchObject({ publicIpAddress: freed });
});

test('F35 F37 each operation declares its errors, and not all of them can fail to execute', () => {
  for (const read of ['GetBlueprints', 'GetBundles', 'GetRegions'] as const)
    expect(contract[read].errors).toEqual(expect.arrayContaining(['NotFoundException', 'OperationFailureException']));
  for (const without of [
    'CreateBucket',
    'CreateContainerService',
    'CreateCertificate',
    'GetContainerAPIMetadata',
  ] as const)
    expect(contract[without].errors).not.toContain('OperationFailureException');
  const declaring = Object.values(contract).filter(
    ({ origin, errors }) => origin === 'reference-2022' && errors.includes('OperationFailureException'),
  );
  expect(declaring).toHaveLength(125);
});
