import type { Instance, StaticIp } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, finished, getInstance, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { signedFetch } from '../sign.ts';
import { expectWhole, readState } from '../state.ts';

// Machines take their time here, and that time passes only when a test winds the clock.
const server = await startServer({
  args: ['--pace', 'real', '--quota', 'instancesPerAccount=100', '--quota', 'staticIpsPerAccount=100'],
});
const api = lightsail(server);
const admin = apiOf(server);
const wind = (seconds: number) => admin.control('AdvanceClock', { ms: seconds * 1_000 });
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const gone = refusal('NotFoundException', 'The StaticIp does not exist');

const getStaticIp = async (staticIpName: string): Promise<StaticIp> =>
  (await api.getStaticIp({ staticIpName })).staticIp!;
const allocate = async (staticIpName: string): Promise<StaticIp> => {
  await api.allocateStaticIp({ staticIpName });
  return getStaticIp(staticIpName);
};
const attach = async (staticIpName: string, instanceName: string) =>
  (await api.attachStaticIp({ staticIpName, instanceName })).operations;
const detach = async (staticIpName: string) => (await api.detachStaticIp({ staticIpName })).operations;

const running = async (name: string): Promise<Instance> => {
  await create(api, [name]);
  await wind(20);
  return getInstance(api, name);
};
const stop = async (instanceName: string): Promise<void> => {
  await api.stopInstance({ instanceName });
  await wind(20);
};
const start = async (instanceName: string): Promise<void> => {
  await api.startInstance({ instanceName });
  await wind(30);
};
const addressOf = async (name: string) => (await getInstance(api, name)).publicIpAddress;

/** Every address has one owner, and both ends of a link tell of it. */
const whole = async (): Promise<void> => {
  await wind(60);
  expectWhole(await readState(admin, server.data));
};
/** Whether a public address is taken from the pool. */
const isTaken = async (address: string): Promise<boolean> => {
  const number = address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
  const rows = (await readState(admin, server.data))('address');
  return rows.some((row) => row.pool === 'public' && Number(row.address) === number);
};

const done = (resourceType: string, resourceName: string, operationType: string, operationDetails: string) => ({
  id: expect.any(String),
  createdAt: expect.any(Date),
  isTerminal: true,
  location: { availabilityZone: resourceType === 'StaticIp' ? 'all' : 'us-east-1a', regionName: 'us-east-1' },
  operationDetails,
  operationType,
  resourceName,
  resourceType,
  status: 'Succeeded',
  statusChangedAt: expect.any(Date),
});
const bothDone = (operationType: string, staticIpName: string, instanceName: string) => [
  done('StaticIp', staticIpName, operationType, instanceName),
  done('Instance', instanceName, operationType, staticIpName),
];

test('F252 an address takes a name alone, and belongs to the Region that is asked', async () => {
  const { operations } = await api.allocateStaticIp({ staticIpName: 'first' });
  expect(operations).toEqual([done('StaticIp', 'first', 'AllocateStaticIp', '')]);
  const { location, ipAddress } = await getStaticIp('first');
  expect(location).toEqual({ availabilityZone: 'all', regionName: 'us-east-1' });
  const ireland = lightsail(server, 'eu-west-1');
  await expect(ireland.getStaticIp({ staticIpName: 'first' })).rejects.toMatchObject(gone);
  await ireland.allocateStaticIp({ staticIpName: 'first' });
  expect((await ireland.getStaticIp({ staticIpName: 'first' })).staticIp).toMatchObject({
    arn: expect.stringMatching(/^arn:aws:lightsail:eu-west-1:111111111111:StaticIp\/[0-9a-f-]{36}$/),
    ipAddress: expect.not.stringMatching(ipAddress!),
  });
});

test('F256 it shows its address and what it is attached to, and bears no tags', async () => {
  const { arn, ipAddress, ...shown } = await allocate('looks');
  expect(ipAddress).toMatch(/^198\.1[89]\.\d{1,3}\.\d{1,3}$/);
  expect(shown).toEqual({
    createdAt: expect.any(Date),
    isAttached: false,
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    name: 'looks',
    resourceType: 'StaticIp',
    supportCode: `111111111111/${ipAddress}`,
  });
  await expect(api.tagResource({ resourceName: 'looks', tags: [{ key: 'team' }] })).rejects.toMatchObject(
    invalid('The resource type, StaticIp, is not taggable.'),
  );
  await running('shown');
  await attach('looks', 'shown');
  expect(await getStaticIp('looks')).toEqual({ arn, ipAddress, ...shown, attachedTo: 'shown', isAttached: true });
});

test('F257 GetStaticIps answers with staticIps', async () => {
  const { url, ...key } = await newAccount(server, 'lister');
  const other = lightsail({ url, ...key });
  const raw = async () => {
    const answer = await signedFetch('GetStaticIps', {}, { url, ...key, region: 'us-east-1' });
    return (await answer.json()) as Record<string, { name: string }[]>;
  };
  expect(await raw()).toEqual({ staticIps: [] });
  for (const staticIpName of ['one', 'two']) await other.allocateStaticIp({ staticIpName });
  const { staticIps, ...rest } = await raw();
  expect(staticIps?.map(({ name }) => name)).toEqual(['one', 'two']);
  expect(rest).toEqual({});
});

test('F253 F133 an instance shows the static address as its own', async () => {
  const before = await running('web');
  const { ipAddress } = await allocate('front');
  expect(before.publicIpAddress).not.toBe(ipAddress);
  expect(await attach('front', 'web')).toEqual(bothDone('AttachStaticIp', 'front', 'web'));
  expect(await getInstance(api, 'web')).toEqual({ ...before, isStaticIp: true, publicIpAddress: ipAddress });
  expect((await api.getInstanceAccessDetails({ instanceName: 'web' })).accessDetails?.ipAddress).toBe(ipAddress);
  await wind(1);
  expect(await isTaken(before.publicIpAddress!)).toBe(false);
  await whole();
});

test('F253 one address is on one instance, and an instance has one', async () => {
  await running('single');
  await running('double');
  for (const name of ['ip-1', 'ip-2']) await allocate(name);
  await attach('ip-1', 'single');
  for (const name of ['single', 'double'])
    await expect(attach('ip-1', name)).rejects.toMatchObject(
      invalid('The StaticIp ip-1 is already attached to the Instance single.'),
    );
  await expect(attach('ip-2', 'single')).rejects.toMatchObject(
    invalid('The Instance single already has the StaticIp ip-1.'),
  );
  const outcomes = await Promise.allSettled(['double', 'web'].map((name) => attach('ip-2', name)));
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await whole();
});

test('F254 it is detached by its own name, and the instance gets another address', async () => {
  await running('loser');
  const { ipAddress } = await allocate('lost');
  await attach('lost', 'loser');
  expect(await detach('lost')).toEqual(bothDone('DetachStaticIp', 'lost', 'loser'));
  const after = await getInstance(api, 'loser');
  expect(after.isStaticIp).toBe(false);
  expect(after.publicIpAddress).toMatch(/^198\.1[89]\./);
  expect(after.publicIpAddress).not.toBe(ipAddress);
  const free = await getStaticIp('lost');
  expect(free).toMatchObject({ ipAddress, isAttached: false });
  expect(free).not.toHaveProperty('attachedTo');
  await expect(detach('lost')).rejects.toMatchObject(invalid('The StaticIp lost is not attached to an instance.'));
  await running('finder');
  await attach('lost', 'finder');
  expect(await addressOf('finder')).toBe(ipAddress);
  await whole();
});

test('what is not there is not found', async () => {
  await allocate('here');
  const noInstance = refusal('NotFoundException', 'The Instance does not exist');
  await expect(attach('here', 'missing')).rejects.toMatchObject(noInstance);
  await expect(attach('here', 'here')).rejects.toMatchObject(noInstance);
  await expect(attach('missing', 'web')).rejects.toMatchObject(gone);
  await expect(detach('missing')).rejects.toMatchObject(gone);
  await expect(detach('web')).rejects.toMatchObject(gone);
  await expect(api.releaseStaticIp({ staticIpName: 'missing' })).rejects.toMatchObject(gone);
});

test('F255 a released address is gone, and the pool has it back', async () => {
  const { ipAddress } = await allocate('brief');
  expect(await isTaken(ipAddress!)).toBe(true);
  const { operations } = await api.releaseStaticIp({ staticIpName: 'brief' });
  expect(operations).toEqual([done('StaticIp', 'brief', 'ReleaseStaticIp', '')]);
  await expect(getStaticIp('brief')).rejects.toMatchObject(gone);
  expect(await isTaken(ipAddress!)).toBe(false);
  expect((await allocate('brief')).isAttached).toBe(false);
});

test('F255 an address that is released while an instance has it is given to nobody until the machine has another', async () => {
  await create(api, ['keeper']);
  const { ipAddress } = await allocate('kept');
  await attach('kept', 'keeper');
  await api.releaseStaticIp({ staticIpName: 'kept' });
  const now = await getInstance(api, 'keeper');
  expect(now).toMatchObject({ isStaticIp: false, state: { name: 'pending' } });
  expect(now.publicIpAddress).not.toBe(ipAddress);
  await expect(getStaticIp('kept')).rejects.toMatchObject(gone);
  // The machine hears of it when it is made.
  expect(await isTaken(ipAddress!)).toBe(true);
  await wind(30);
  expect(await isTaken(ipAddress!)).toBe(false);
  await whole();
});

test('the address that an instance had before is given to nobody until the machine has the static one', async () => {
  await create(api, ['mover']);
  const before = (await addressOf('mover'))!;
  await allocate('moved');
  await attach('moved', 'mover');
  expect(await isTaken(before)).toBe(true);
  await wind(30);
  expect(await isTaken(before)).toBe(false);
  await whole();
});

test('F258 F126 a static address stays over stop and start', async () => {
  const first = await running('steady');
  const { ipAddress } = await allocate('fixed');
  await attach('fixed', 'steady');
  await stop('steady');
  expect(await getInstance(api, 'steady')).toMatchObject({ isStaticIp: true, publicIpAddress: ipAddress });
  await start('steady');
  expect(await getInstance(api, 'steady')).toMatchObject({ isStaticIp: true, publicIpAddress: ipAddress });
  await api.rebootInstance({ instanceName: 'steady' });
  await wind(30);
  expect(await addressOf('steady')).toBe(ipAddress);

  await detach('fixed');
  const without = await addressOf('steady');
  expect([ipAddress, first.publicIpAddress]).not.toContain(without);
  await stop('steady');
  expect(await addressOf('steady')).toBeUndefined();
  await start('steady');
  expect([ipAddress, without]).not.toContain(await addressOf('steady'));
  await whole();
});

test('F258 a stopped instance takes a static address, and without it has none until it starts', async () => {
  await running('asleep');
  await stop('asleep');
  const { ipAddress } = await allocate('night');
  await attach('night', 'asleep');
  expect(await getInstance(api, 'asleep')).toMatchObject({ isStaticIp: true, publicIpAddress: ipAddress });
  await detach('night');
  expect(await addressOf('asleep')).toBeUndefined();
  await start('asleep');
  const started = await addressOf('asleep');
  expect(started).toMatch(/^198\.1[89]\./);
  expect(started).not.toBe(ipAddress);
  await whole();
});

test.each(['stopping', 'pending'])('an address comes and goes while an instance is %s', async (state) => {
  const name = `while-${state}`;
  await running(name);
  if (state === 'pending') await stop(name);
  const { ipAddress } = await allocate(`ip-${state}`);
  const change = () =>
    state === 'pending' ? api.startInstance({ instanceName: name }) : api.stopInstance({ instanceName: name });
  await change();
  await attach(`ip-${state}`, name);
  expect(await getInstance(api, name)).toMatchObject({ state: { name: state }, publicIpAddress: ipAddress });
  await wind(30);
  expect(await getInstance(api, name)).toMatchObject({ isStaticIp: true, publicIpAddress: ipAddress });
  await whole();

  await (state === 'pending' ? stop(name) : start(name));
  await change();
  await detach(`ip-${state}`);
  await wind(30);
  const after = await addressOf(name);
  if (state === 'pending') expect(after).toMatch(/^198\.1[89]\./);
  else expect(after).toBeUndefined();
  expect(after).not.toBe(ipAddress);
  await whole();
});

test('an instance that loses its static address on the way to a stop that fails has another', async () => {
  await running('undecided');
  await allocate('early');
  await attach('early', 'undecided');
  await wind(1);
  await api.stopInstance({ instanceName: 'undecided' });
  await wind(1);
  await detach('early');
  await admin.control('OrderFault', { step: 'StopInstance/stop', permanent: true });
  await wind(30);
  const after = await getInstance(api, 'undecided');
  expect(after).toMatchObject({ state: { name: 'running' }, isStaticIp: false });
  expect(after.publicIpAddress).toMatch(/^198\.1[89]\./);
  await whole();
});

test('an instance that does not start keeps its static address', async () => {
  await running('tired');
  const { ipAddress } = await allocate('awake');
  await stop('tired');
  const { operations } = await api.startInstance({ instanceName: 'tired' });
  await attach('awake', 'tired');
  await wind(1);
  await admin.control('OrderFault', { step: 'StartInstance/boot', permanent: true });
  await wind(30);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Failed' }]);
  expect(await getInstance(api, 'tired')).toMatchObject({ state: { name: 'stopped' }, publicIpAddress: ipAddress });
  await whole();
});

test('the address stays when its instance is deleted, or is never made', async () => {
  await running('leaver');
  const { ipAddress } = await allocate('stayer');
  await attach('stayer', 'leaver');
  await api.deleteInstance({ instanceName: 'leaver' });
  expect(await getStaticIp('stayer')).toMatchObject({ ipAddress, isAttached: false });
  expect((await running('leaver')).isStaticIp).toBe(false);

  const operations = await create(api, ['stillborn']);
  await attach('stayer', 'stillborn');
  await wind(1);
  await admin.control('OrderFault', { step: 'CreateInstance/boot', permanent: true });
  await wind(30);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Failed' }]);
  const free = await getStaticIp('stayer');
  expect(free).toMatchObject({ ipAddress, isAttached: false });
  expect(free).not.toHaveProperty('attachedTo');
  await whole();
});

test('an instance with a static address keeps IPv4, and one without IPv4 takes none', async () => {
  await running('four');
  const { ipAddress } = await allocate('v4');
  await attach('v4', 'four');
  const setType = (ipAddressType: 'dualstack' | 'ipv4' | 'ipv6') =>
    api.setIpAddressType({ resourceType: 'Instance', resourceName: 'four', ipAddressType, acceptBundleUpdate: true });
  await expect(setType('ipv6')).rejects.toMatchObject(invalid('The Instance four has the StaticIp v4.'));
  for (const type of ['ipv4', 'dualstack'] as const) {
    await setType(type);
    expect(await getInstance(api, 'four')).toMatchObject({ ipAddressType: type, publicIpAddress: ipAddress });
  }
  await detach('v4');
  const old = (await addressOf('four'))!;
  await setType('ipv6');
  await expect(attach('v4', 'four')).rejects.toMatchObject(
    invalid('The IP address type of the Instance four is ipv6, and a static IP is an IPv4 address.'),
  );
  await wind(1);
  expect(await isTaken(old)).toBe(false);
  await whole();
});

test('an account has five addresses over all Regions', async () => {
  const own = await startServer();
  const [virginia, ireland] = [lightsail(own), lightsail(own, 'eu-west-1')];
  for (const staticIpName of ['a1', 'a2', 'a3']) await virginia.allocateStaticIp({ staticIpName });
  for (const staticIpName of ['a1', 'a2']) await ireland.allocateStaticIp({ staticIpName });
  await expect(virginia.allocateStaticIp({ staticIpName: 'a4' })).rejects.toMatchObject(
    invalid(/^Sorry, you've reached your maximum limit of Lightsail Static IPs : 5\./),
  );
  await ireland.releaseStaticIp({ staticIpName: 'a1' });
  await virginia.allocateStaticIp({ staticIpName: 'a4' });
});
