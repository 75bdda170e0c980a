import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { call } from '../call.ts';
import { create, finished, getInstance, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

// More room than the usual 20, since tests leave their instances behind.
const server = await startServer({ args: ['--quota', 'instancesPerAccount=100'] });
const api = lightsail(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const missing = (kind: string) => refusal('NotFoundException', `The ${kind} does not exist`);
const names = async (): Promise<(string | undefined)[]> =>
  ((await api.getInstances({})).instances ?? []).map(({ name }) => name);

test('F107 one call makes several instances with the same settings', async () => {
  await finished(api, await create(api, ['twin-1', 'twin-2'], { blueprintId: 'nginx', bundleId: 'small_3_0' }));
  const shared = {
    blueprintId: 'nginx',
    bundleId: 'small_3_0',
    location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
    state: { code: 16, name: 'running' },
  };
  const [one, two] = [await getInstance(api, 'twin-1'), await getInstance(api, 'twin-2')];
  expect(one).toMatchObject({ ...shared, name: 'twin-1' });
  expect(two).toMatchObject({ ...shared, name: 'twin-2' });
  expect(one.arn).not.toBe(two.arn);
  expect(one.privateIpAddress).not.toBe(two.privateIpAddress);
});

test('F107 when one name is in use, none of the instances is made', async () => {
  await launch(api, 'taken');
  await expect(create(api, ['free-1', 'taken', 'free-2'])).rejects.toMatchObject(
    invalid('Some names are already in use: taken'),
  );
  expect(await names()).not.toEqual(expect.arrayContaining([expect.stringMatching(/^free-/)]));
  const { operations } = await api.getOperationsForResource({ resourceName: 'free-1' });
  expect(operations).toEqual([]);
});

test('F107 a name may be in a request only once', async () => {
  await expect(create(api, ['twice', 'once', 'twice'])).rejects.toMatchObject(
    invalid('Some names are already in use: twice'),
  );
  await expect(api.getInstance({ instanceName: 'once' })).rejects.toMatchObject(missing('Instance'));
});

test('F107 at least one name is needed', async () => {
  await expect(create(api, [])).rejects.toMatchObject(invalid('At least one instance name is needed.'));
});

test.each(['x', '-web', 'web.', 'web shop', 'wéb', 'a'.repeat(256)])('the name %j is refused', async (name) => {
  await expect(create(api, ['fine', name])).rejects.toMatchObject(
    invalid(
      `${name} is not a valid resource name. Resource names must be at least 2 characters long and contain only alphanumerics, -, _, and .`,
    ),
  );
  await expect(api.getInstance({ instanceName: 'fine' })).rejects.toMatchObject(missing('Instance'));
});

test.each(['a1', '1a', 'WordPress-1', 'web.example_com', 'b'.repeat(255)])('the name %j is taken', async (name) => {
  expect((await launch(api, name)).name).toBe(name);
  await api.deleteInstance({ instanceName: name });
});

test('names are unique over all kinds of resources in a Region', async () => {
  await api.createKeyPair({ keyPairName: 'shared-name' });
  await expect(create(api, ['shared-name'])).rejects.toMatchObject(
    invalid('Some names are already in use: shared-name'),
  );
});

test('F108 an inactive blueprint may be refused', async () => {
  await expect(create(api, ['old'], { blueprintId: 'debian_8_7' })).rejects.toMatchObject(
    invalid('The blueprint debian_8_7 is not available for new instances.'),
  );
});

test.each([
  ['nano_1_0', 'amazon_linux_2'],
  ['nano_2_0', 'wordpress_5_1_1_2'],
  ['micro_1_0', 'amazon_linux_2'],
])('F108 ids of before are still accepted: %s with %s', async (bundleId, blueprintId) => {
  const name = `old-${bundleId}`;
  expect(await launch(api, name, { bundleId, blueprintId })).toMatchObject({ bundleId, blueprintId });
  await api.deleteInstance({ instanceName: name });
});

test('blueprints and bundles that are not there are not found', async () => {
  await expect(create(api, ['none'], { blueprintId: 'plan_9' })).rejects.toMatchObject(missing('Blueprint'));
  await expect(create(api, ['none'], { bundleId: 'gigantic_9_0' })).rejects.toMatchObject(missing('Bundle'));
});

test('F90 F95 a bundle needs the power that the blueprint asks for', async () => {
  const blueprintId = 'windows_server_2022_sql_2022_express';
  await expect(create(api, ['weak'], { blueprintId, bundleId: 'nano_win_3_0' })).rejects.toMatchObject(
    invalid(`The bundle nano_win_3_0 has power 298, and the blueprint ${blueprintId} needs at least 500.`),
  );
  const strong = await launch(api, 'strong', { blueprintId, bundleId: 'micro_win_3_0' });
  expect(strong).toMatchObject({ bundleId: 'micro_win_3_0', username: 'Administrator' });
});

test('F96 a bundle launches blueprints of its own platform', async () => {
  await expect(create(api, ['mixed'], { bundleId: 'nano_win_3_0' })).rejects.toMatchObject(
    invalid('The bundle nano_win_3_0 does not support the platform LINUX_UNIX of the blueprint debian_12.'),
  );
  await expect(create(api, ['mixed'], { blueprintId: 'windows_server_2022' })).rejects.toMatchObject(
    invalid('The bundle nano_3_0 does not support the platform WINDOWS of the blueprint windows_server_2022.'),
  );
});

test('F109 the zone is required, is of the Region, and its case counts', async () => {
  const body = { instanceNames: ['zoneless'], blueprintId: 'debian_12', bundleId: 'nano_3_0' };
  const { status, message } = await call(server, 'CreateInstances', body);
  expect(status).toBe(400);
  expect(message).toContain("at 'availabilityZone' failed to satisfy constraint: Member must not be null");
  for (const availabilityZone of ['us-east-1A', 'US-EAST-1a', 'us-east-2a', 'us-east-1', 'us-east-1z', ''])
    await expect(create(api, ['lost'], { availabilityZone })).rejects.toMatchObject(
      invalid(`The availability zone ${availabilityZone} is not valid in the Region us-east-1.`),
    );
  const { location } = await launch(api, 'zone-f', { availabilityZone: 'us-east-1f' });
  expect(location).toEqual({ availabilityZone: 'us-east-1f', regionName: 'us-east-1' });
});

test('F110 the IP address type is dualstack unless ipv4 is asked for', async () => {
  const both = await launch(api, 'both');
  expect(both.ipAddressType).toBe('dualstack');
  expect(both.ipv6Addresses).toHaveLength(1);
  const four = await launch(api, 'four', { ipAddressType: 'ipv4' });
  expect(four.ipAddressType).toBe('ipv4');
  expect(four).not.toHaveProperty('ipv6Addresses');
});

test('F110 a bundle without IPv4 addresses is for ipv6 alone, and any other is not', async () => {
  const six = await launch(api, 'six', { bundleId: 'nano_ipv6_3_0' });
  expect(six).toMatchObject({ bundleId: 'nano_ipv6_3_0', ipAddressType: 'ipv6' });
  expect(six.ipv6Addresses).toHaveLength(1);
  expect(six).not.toHaveProperty('publicIpAddress');
  const mismatched = (bundle: string, type: string) =>
    invalid(`The bundle ${bundle} does not support the IP address type ${type}.`);
  await expect(create(api, ['no'], { bundleId: 'nano_ipv6_3_0', ipAddressType: 'dualstack' })).rejects.toMatchObject(
    mismatched('nano_ipv6_3_0', 'dualstack'),
  );
  await expect(create(api, ['no'], { ipAddressType: 'ipv6' })).rejects.toMatchObject(mismatched('nano_3_0', 'ipv6'));
});

test('F111 customImageName is ignored', async () => {
  const { name, blueprintId } = await launch(api, 'imaged', { customImageName: 'my-image' });
  expect({ name, blueprintId }).toEqual({ name: 'imaged', blueprintId: 'debian_12' });
});

test('F112 F116 without a key pair the default one is taken, and made where the Region has none', async () => {
  const paris = lightsail(server, 'eu-west-3');
  const keyPairNames = async () =>
    (await paris.getKeyPairs({ includeDefaultKeyPair: true })).keyPairs?.map(({ name }) => name);
  await paris.createKeyPair({ keyPairName: 'mine' });
  expect((await launch(paris, 'with-mine', { keyPairName: 'mine' })).sshKeyName).toBe('mine');
  expect(await keyPairNames()).toEqual(['mine']);
  expect((await launch(paris, 'with-default')).sshKeyName).toBe('LightsailDefaultKeyPair');
  expect(await keyPairNames()).toEqual(['mine', 'LightsailDefaultKeyPair']);
  expect((await launch(paris, 'by-name', { keyPairName: 'LightsailDefaultKeyPair' })).sshKeyName).toBe(
    'LightsailDefaultKeyPair',
  );
  expect(await keyPairNames()).toEqual(['mine', 'LightsailDefaultKeyPair']);
});

test('F112 a key pair that is not there is not found', async () => {
  await expect(create(api, ['keyless'], { keyPairName: 'lost' })).rejects.toMatchObject(missing('KeyPair'));
});

test('F113 a launch script is accepted, shown to nobody and not in the database in clear', async () => {
  const userData = '#!/bin/sh\necho a-launch-script-nobody-reads > /etc/motd';
  const scripted = await launch(api, 'scripted', { userData });
  expect(JSON.stringify(scripted)).not.toContain('nobody-reads');
  const bytes = readdirSync(server.data)
    .filter((file) => file.startsWith('lateen.db'))
    .map((file) => readFileSync(join(server.data, file)));
  const found = (text: string): boolean => bytes.some((file) => file.includes(text));
  expect(found('scripted')).toBe(true);
  expect(found('nobody-reads')).toBe(false);
  expect(found(Buffer.from(userData).toString('base64').slice(12, 60))).toBe(false);
});

test('F114 add-ons are enabled on creation, at the hour that is asked for or at some full hour', async () => {
  const snapshots = (snapshotTimeOfDay?: string) => ({
    addOns: [{ addOnType: 'AutoSnapshot' as const, autoSnapshotAddOnRequest: { snapshotTimeOfDay } }],
  });
  const asked = await launch(api, 'at-six', snapshots('06:00'));
  expect(asked.addOns).toEqual([
    { name: 'AutoSnapshot', nextSnapshotTimeOfDay: '06:00', snapshotTimeOfDay: '06:00', status: 'Enabled' },
  ]);
  const unasked = await launch(api, 'whenever', snapshots());
  expect(unasked.addOns?.[0]?.snapshotTimeOfDay).toMatch(/^([01]\d|2[0-3]):00$/);
  expect(await launch(api, 'plain')).not.toHaveProperty('addOns');
  await expect(create(api, ['half-past'], snapshots('06:30'))).rejects.toMatchObject(
    invalid('The snapshot time 06:30 is not valid. Automatic snapshots are taken at a full hour, such as 06:00.'),
  );
});

test('F115 F531 instances have the tags of their creation, and later ones from TagResource', async () => {
  const tags = [{ key: 'team', value: 'sails' }, { key: 'bare' }];
  expect((await launch(api, 'tagged', { tags })).tags).toEqual(tags);
  await api.tagResource({ resourceName: 'tagged', tags: [{ key: 'later', value: '1' }] });
  expect((await getInstance(api, 'tagged')).tags).toEqual([...tags, { key: 'later', value: '1' }]);
});

test('F530 a tag value has up to 256 letters, digits, spaces and some signs', async () => {
  const withValue = (value: string) => ({ tags: [{ key: 'k1', value }] });
  const longest = `é 1+-=._:/@${'x'.repeat(245)}`;
  expect((await launch(api, 'long-tag', withValue(longest))).tags).toEqual([{ key: 'k1', value: longest }]);
  await expect(create(api, ['too-long'], withValue(`${longest}x`))).rejects.toMatchObject(
    invalid('A tag value can have up to 256 characters, and that of k1 has 257.'),
  );
  await expect(create(api, ['bad-sign'], withValue('a*b'))).rejects.toMatchObject(
    invalid(/^The tag value of k1 can contain only letters, digits/),
  );
});
