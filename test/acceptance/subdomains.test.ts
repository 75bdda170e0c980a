import type { Lightsail, SubdomainAssociationAction } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { distribute, distributionInput, getDistribution } from '../distributions.ts';
import { finished, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { balance } from '../load-balancers.ts';
import { expectWhole, readState } from '../state.ts';

const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const missing = refusal('NotFoundException', 'The Subdomain does not exist');
const minutes = 60_000;
const zone = 'sites.lateen.internal';

const server = await startServer();
const control = apiOf(server);
const wind = (ms = 0) => control.control('AdvanceClock', { ms });
const accountOf = async (name: string) => lightsail(await newAccount(server, name));

const getSubdomain = async (api: Lightsail, subdomainName: string) =>
  (await api.getSubdomains({ subdomainName })).subdomains![0]!;

const update = (
  api: Lightsail,
  subdomainName: string,
  action: SubdomainAssociationAction,
  targetResourceArn?: string | undefined,
) => api.updateSubdomainAssociation({ subdomainName, action, targetResourceArn });

test('a subdomain is made, shown, tagged and deleted', async () => {
  const there = await accountOf('made');
  const tags = [{ key: 'stage', value: 'test' }];
  const { subdomain, operation } = await there.createSubdomain({ subdomainName: 'made', tags });
  const shown = {
    subdomainName: 'made',
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:Subdomain\/[0-9a-f-]{36}$/),
    fqdn: `made.${zone}`,
    depth: 1,
    state: 'UNATTACHED',
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    createdAt: expect.any(Date),
  };
  expect(subdomain).toEqual(shown);
  expect(operation).toMatchObject({
    operationType: 'CreateSubdomain',
    resourceName: 'made',
    resourceType: 'Subdomain',
    status: 'Succeeded',
  });
  // Tags are only for who asks by name, and children only for who does not.
  expect(await getSubdomain(there, 'made')).toEqual({ ...shown, tags });
  expect((await there.getSubdomains({})).subdomains).toEqual([{ ...shown, children: [] }]);
  await there.tagResource({ resourceName: 'made', tags: [{ key: 'team' }] });
  expect((await getSubdomain(there, 'made')).tags).toEqual([...tags, { key: 'team' }]);
  const removed = await there.deleteSubdomain({ subdomainName: 'made' });
  expect(removed.subdomain).toBeUndefined();
  expect(removed.operation).toMatchObject({ operationType: 'DeleteSubdomain', status: 'Succeeded' });
  await expect(there.deleteSubdomain({ subdomainName: 'made' })).rejects.toMatchObject(missing);
  await expect(there.getSubdomains({ subdomainName: 'made' })).rejects.toMatchObject(missing);
  await expect(there.getSubdomains({ subdomainName: 'made', pageToken: 'x' })).rejects.toMatchObject(
    invalid('A subdomainName and a pageToken cannot be sent together.'),
  );
});

test('names have one label or two, and some are nobody’s', async () => {
  const account = await newAccount(server, 'names');
  const there = lightsail(account);
  for (const name of ['', 'Mysite', '-a', 'a-', 'xn--a', 'a.b.c', 'a..b', 'a.xn--b', `made.${zone}`, 'a'.repeat(40)])
    await expect(there.createSubdomain({ subdomainName: name })).rejects.toMatchObject(
      invalid(/is not a valid subdomain\.$/),
    );
  await expect(there.createSubdomain({ subdomainName: 'blog.www' })).rejects.toMatchObject(
    invalid('The subdomain blog.www is not available.'),
  );
  await there.createSubdomain({ subdomainName: 'a'.repeat(39) });
  await expect(lightsail(account, 'eu-west-1').getSubdomains({})).rejects.toMatchObject(
    invalid(/^Subdomain-related APIs are only available in the us-east-1 Region\./),
  );
});

test('a top level is one account’s, and stays implicit while something lies below it', async () => {
  const [there, others] = [await accountOf('levels'), await accountOf('others')];
  const available = async (api: Lightsail, subdomainName: string) =>
    (await api.checkSubdomainAvailability({ subdomainName })).available;
  const create = (api: Lightsail, subdomainName: string) => api.createSubdomain({ subdomainName });
  await create(there, 'blog.levels');
  expect(await getSubdomain(there, 'blog.levels')).toMatchObject({ depth: 2, parentFqdn: `levels.${zone}` });
  const implicit = await getSubdomain(there, 'levels');
  expect(implicit).toEqual({
    subdomainName: 'levels',
    fqdn: `levels.${zone}`,
    depth: 1,
    state: 'IMPLICIT',
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    createdAt: expect.any(Date),
  });
  await expect(there.deleteSubdomain({ subdomainName: 'levels' })).rejects.toMatchObject(missing);
  for (const name of ['levels', 'shop.levels']) {
    expect(await available(others, name)).toBe(false);
    expect(await available(there, name)).toBe(true);
    await expect(create(others, name)).rejects.toMatchObject(invalid(`The subdomain ${name} is not available.`));
  }
  await create(there, 'levels');
  expect(await available(there, 'levels')).toBe(false);
  await create(there, 'apart');
  const { subdomains = [] } = await there.getSubdomains({});
  expect(subdomains).toMatchObject([
    { subdomainName: 'levels', state: 'UNATTACHED', children: [{ subdomainName: 'blog.levels' }] },
    { subdomainName: 'apart', children: [] },
  ]);
  expect((await there.deleteSubdomain({ subdomainName: 'levels' })).subdomain).toEqual(implicit);
  expect((await there.deleteSubdomain({ subdomainName: 'blog.levels' })).subdomain).toBeUndefined();
  await create(others, 'levels');
});

test('a reservation holds a top level for a quarter of an hour, and there are five', async () => {
  const [there, others] = [await accountOf('reserves'), await accountOf('waits')];
  const check = async (api: Lightsail, subdomainName: string, reserve?: boolean) => {
    const { available, reservationExpiresAt } = await api.checkSubdomainAvailability({ subdomainName, reserve });
    return { available, until: reservationExpiresAt?.getTime() };
  };
  expect(await check(there, 'blog.held')).toEqual({ available: true, until: undefined });
  const held = await check(there, 'blog.held', true);
  expect(held).toEqual({ available: true, until: expect.any(Number) });
  await wind(5 * minutes);
  expect(await check(there, 'held', true)).toEqual(held);
  expect(await check(there, 'held')).toEqual(held);
  expect(await check(others, 'held', true)).toEqual({ available: false, until: undefined });
  await expect(others.createSubdomain({ subdomainName: 'held' })).rejects.toMatchObject(invalid(/is not available/));
  for (let i = 1; i < 5; i++) await check(there, `held-${i}`, true);
  await expect(check(there, 'held-5', true)).rejects.toMatchObject(
    invalid(/^Sorry, you've reached your maximum limit of Lightsail Subdomain Reservations : 5\./),
  );
  await there.createSubdomain({ subdomainName: 'held-1' });
  expect(await check(there, 'held-1')).toEqual({ available: false, until: undefined });
  await check(there, 'held-5', true);
  await wind(20 * minutes);
  expect((await check(others, 'held', true)).available).toBe(true);
  await expect(there.createSubdomain({ subdomainName: 'held' })).rejects.toMatchObject(invalid(/is not available/));
  expect((await check(others, 'held-1')).available).toBe(false);
});

test('an account has thirty subdomains', async () => {
  const there = await accountOf('thirty');
  for (let i = 0; i < 30; i++) await there.createSubdomain({ subdomainName: `n${i}.thirty` });
  await expect(there.createSubdomain({ subdomainName: 'n30.thirty' })).rejects.toMatchObject(
    invalid(/^Sorry, you've reached your maximum limit of Lightsail Subdomains : 30\./),
  );
});

test('a subdomain is associated, transferred once a day and disassociated, and both ends show it', async () => {
  const real = await startServer({ args: ['--pace', 'real'] });
  const there = lightsail(real);
  const pass = (ms: number) => apiOf(real).control('AdvanceClock', { ms });
  await there.createLoadBalancer({ loadBalancerName: 'front', instancePort: 80 });
  await pass(5 * minutes);
  for (const name of ['one', 'two']) await there.createDistribution(distributionInput(name, 'front'));
  await pass(60 * minutes);
  const [one = '', two = ''] = await Promise.all(
    ['one', 'two'].map(async (name) => (await getDistribution(there, name)).arn),
  );
  const of = async (name: string) => (await getDistribution(there, name)).subdomain;
  await there.createSubdomain({ subdomainName: 'site' });
  await expect(update(there, 'nobody', 'ASSOCIATE', one)).rejects.toMatchObject(missing);
  await expect(update(there, 'site', 'ASSOCIATE')).rejects.toMatchObject(invalid(/targetResourceArn is needed/));
  await expect(update(there, 'site', 'DISASSOCIATE')).rejects.toMatchObject(
    invalid('The Subdomain site cannot be disassociated while its state is UNATTACHED.'),
  );
  const balancer = (await there.getLoadBalancer({ loadBalancerName: 'front' })).loadBalancer?.arn;
  await expect(update(there, 'site', 'ASSOCIATE', balancer)).rejects.toMatchObject(invalid(/of the type LoadBalancer/));
  await expect(update(there, 'site', 'ASSOCIATE', `${one}0`)).rejects.toMatchObject(
    refusal('NotFoundException', 'The resource does not exist'),
  );

  const { subdomain, operation } = await update(there, 'site', 'ASSOCIATE', one);
  expect(subdomain).toMatchObject({ state: 'ATTACHING', attachingResource: { arn: one, name: 'one' } });
  expect(operation).toMatchObject({
    operationType: 'UpdateSubdomainAssociation',
    resourceName: 'site',
    resourceType: 'Subdomain',
    status: 'Started',
  });
  expect(await of('one')).toEqual({ name: 'site', state: 'Attaching' });
  await pass(5 * minutes);
  expect(await of('one')).toEqual({ name: 'site', state: 'Attached' });
  const attached = await getSubdomain(there, 'site');
  expect(attached).toMatchObject({ state: 'ATTACHED', attachedResource: { arn: one, attachedAt: expect.any(Date) } });
  expect(attached).not.toHaveProperty('attachingResource');
  await expect(there.deleteSubdomain({ subdomainName: 'site' })).rejects.toMatchObject(
    invalid('The Subdomain site cannot be deleted while its state is ATTACHED.'),
  );
  await there.createSubdomain({ subdomainName: 'spare' });
  await expect(update(there, 'spare', 'ASSOCIATE', one)).rejects.toMatchObject(
    invalid('The Distribution one already has the subdomain site.'),
  );

  const moved = await update(there, 'site', 'TRANSFER', two);
  expect(moved.subdomain).toMatchObject({
    state: 'TRANSFERRING',
    attachedResource: { arn: one },
    attachingResource: { arn: two },
  });
  expect(await of('one')).toEqual({ name: 'site', state: 'Attached' });
  await pass(10 * minutes);
  expect(await of('one')).toBeUndefined();
  expect(await of('two')).toEqual({ name: 'site', state: 'Attached' });
  await expect(update(there, 'site', 'TRANSFER', one)).rejects.toMatchObject(invalid(/within the last 24 hours/));
  await pass(24 * 60 * minutes);
  await update(there, 'site', 'TRANSFER', one);
  await pass(10 * minutes);

  expect((await update(there, 'site', 'DISASSOCIATE')).subdomain).toMatchObject({
    state: 'DETACHING',
    attachedResource: { arn: one },
  });
  await pass(5 * minutes);
  const free = await getSubdomain(there, 'site');
  expect(free.state).toBe('UNATTACHED');
  expect(free).not.toHaveProperty('attachedResource');
  expect(await of('one')).toBeUndefined();
  expectWhole(await readState(apiOf(real), real.data));
});

test('a subdomain outlives its distribution, wherever it was on its way to', async () => {
  const real = await startServer({ args: ['--pace', 'real'] });
  const there = lightsail(real);
  const pass = (ms: number) => apiOf(real).control('AdvanceClock', { ms });
  await there.createLoadBalancer({ loadBalancerName: 'front', instancePort: 80 });
  await pass(5 * minutes);
  for (const name of ['a', 'b']) await there.createDistribution(distributionInput(`cdn-${name}`, 'front'));
  await pass(60 * minutes);
  const arnOf = async (name: string) => (await getDistribution(there, name)).arn;
  const state = async () => (await getSubdomain(there, 'site')).state;
  await there.createSubdomain({ subdomainName: 'site' });
  await update(there, 'site', 'ASSOCIATE', await arnOf('cdn-a'));
  await pass(5 * minutes);
  await update(there, 'site', 'TRANSFER', await arnOf('cdn-b'));
  await there.deleteDistribution({ distributionName: 'cdn-b' });
  expect(await state()).toBe('ATTACHED');
  await pass(5 * minutes);
  expect((await getDistribution(there, 'cdn-a')).subdomain).toEqual({ name: 'site', state: 'Attached' });
  await there.deleteDistribution({ distributionName: 'cdn-a' });
  expect(await state()).toBe('UNATTACHED');
  await pass(5 * minutes);
  expect(await state()).toBe('UNATTACHED');
  expectWhole(await readState(apiOf(real), real.data));
});

test('a distribution is made with a subdomain, or without it when that is taken', async () => {
  const there = await accountOf('with');
  const { subdomain } = await distribute(there, 'with', { subdomainName: 'with' });
  expect(subdomain).toEqual({ name: 'with', state: 'Attached' });
  expect(await getSubdomain(there, 'with')).toMatchObject({ state: 'ATTACHED', attachedResource: { name: 'with' } });
  await balance(there, 'front');
  const create = (subdomainName: string) =>
    there.createDistribution(distributionInput('other', 'front', { subdomainName }));
  await expect(create('With')).rejects.toMatchObject(invalid(/is not a valid subdomain/));
  const { distribution, operation } = await create('with');
  expect(distribution?.subdomain).toEqual({ name: 'with', state: 'Creating' });
  const [failed] = await finished(there, [operation!]);
  const errorDetails = 'The subdomain with is not available.';
  expect(failed).toMatchObject({ status: 'Failed', errorDetails });
  expect(await getDistribution(there, 'other')).toMatchObject({
    status: 'Deployed',
    subdomain: { name: 'with', state: 'Error', errorCode: 'OperationFailure', errorDetails },
  });
  await there.createSubdomain({ subdomainName: 'shop.with' });
  const { operation: second } = await update(there, 'shop.with', 'ASSOCIATE', distribution?.arn);
  await finished(there, [second!]);
  expect((await getDistribution(there, 'other')).subdomain).toEqual({ name: 'shop.with', state: 'Attached' });
});

test('an account has a profile, and is no partner', async () => {
  const { profileType, partner } = await lightsail(server).getProfile({});
  expect({ profileType, partner }).toEqual({ profileType: 'Lightsailor', partner: undefined });
});
