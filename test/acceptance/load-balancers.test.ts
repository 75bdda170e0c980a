import type { LoadBalancerAttributeName, Operation } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { balance, getBalancer } from '../load-balancers.ts';

const server = await startServer();
const api = lightsail(server);
const admin = apiOf(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const gone = refusal('NotFoundException', 'The LoadBalancer does not exist');

const operationOf = (type: string, name: string, more: Partial<Operation>) => ({
  id: expect.any(String),
  resourceName: name,
  resourceType: 'LoadBalancer',
  createdAt: expect.any(Date),
  statusChangedAt: expect.any(Date),
  location: { availabilityZone: 'all', regionName: 'us-east-1' },
  operationType: type,
  status: 'Started',
  isTerminal: false,
  ...more,
});

const create = (loadBalancerName: string, more: object = {}) =>
  api.createLoadBalancer({ loadBalancerName, instancePort: 80, ...more });

const update = async (loadBalancerName: string, attributeName: LoadBalancerAttributeName, attributeValue: string) => {
  const { operations } = await api.updateLoadBalancerAttribute({ loadBalancerName, attributeName, attributeValue });
  expect(operations).toEqual([
    operationOf('UpdateLoadBalancerAttribute', loadBalancerName, { operationDetails: attributeName }),
  ]);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }]);
  return getBalancer(api, loadBalancerName);
};

/** Takes away what the account has room for. */
const remove = (loadBalancerName: string) => api.deleteLoadBalancer({ loadBalancerName });

test('F285 F288 F289 F291-F296 a load balancer is made with defaults, across all zones, for HTTP alone', async () => {
  const { operations } = await create('plain');
  expect(operations).toEqual([operationOf('CreateLoadBalancer', 'plain', {})]);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }]);
  const body = await getBalancer(api, 'plain');
  expect(body).toEqual({
    name: 'plain',
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:LoadBalancer\/[0-9a-f-]{36}$/),
    supportCode: expect.stringMatching(/^\d{12}\/arn:aws:elasticloadbalancing:us-east-1:\d{12}:loadbalancer\/app\//),
    createdAt: expect.any(Date),
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    resourceType: 'LoadBalancer',
    tags: [],
    dnsName: expect.stringMatching(/^[0-9a-f]{32}-\d{10}\.us-east-1\.elb\./),
    state: 'active',
    protocol: 'HTTP',
    publicPorts: [80],
    healthCheckPath: '/',
    instancePort: 80,
    instanceHealthSummary: [],
    tlsCertificateSummaries: [],
    configurationOptions: {
      HealthCheckPath: '/',
      HttpsRedirectionEnabled: 'false',
      SessionStickinessEnabled: 'false',
      SessionStickiness_LB_CookieDurationSeconds: '86400',
      TlsPolicyName: 'TLS-2016-08',
    },
    ipAddressType: 'dualstack',
    httpsRedirectionEnabled: false,
    tlsPolicyName: 'TLS-2016-08',
  });
  await remove('plain');
});

test('F291 it is provisioning at first, and can only be deleted then', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const there = lightsail(slow);
  await there.createLoadBalancer({ loadBalancerName: 'slow', instancePort: 80 });
  expect((await getBalancer(there, 'slow')).state).toBe('provisioning');
  await expect(
    there.updateLoadBalancerAttribute({
      loadBalancerName: 'slow',
      attributeName: 'HealthCheckPath',
      attributeValue: '/up',
    }),
  ).rejects.toMatchObject(invalid('The LoadBalancer slow cannot be changed while its state is provisioning.'));
  await apiOf(slow).control('AdvanceClock', { ms: 61_000 });
  expect((await getBalancer(there, 'slow')).state).toBe('active');
  await there.createLoadBalancer({ loadBalancerName: 'short', instancePort: 80 });
  await there.deleteLoadBalancer({ loadBalancerName: 'short' });
  await apiOf(slow).control('AdvanceClock', { ms: 61_000 });
  expect((await there.getLoadBalancers({})).loadBalancers).toMatchObject([{ name: 'slow' }]);
});

test('F284 the port is one that TCP has', async () => {
  await expect(create('port', { instancePort: -1 })).rejects.toMatchObject(
    invalid('The instance port -1 is not valid. A port is 0 to 65535.'),
  );
  expect(await balance(api, 'port', { instancePort: 65535 })).toMatchObject({ instancePort: 65535 });
  await remove('port');
});

test('F290 what was asked for is kept, and changes later attribute by attribute', async () => {
  const body = await balance(api, 'asked', {
    healthCheckPath: '/health?deep=1',
    ipAddressType: 'ipv4',
    tlsPolicyName: 'TLS-FS-1-2-Res-2019-08',
    tags: [{ key: 'stage', value: 'test' }],
  });
  expect(body).toMatchObject({
    healthCheckPath: '/health?deep=1',
    ipAddressType: 'ipv4',
    tlsPolicyName: 'TLS-FS-1-2-Res-2019-08',
    tags: [{ key: 'stage', value: 'test' }],
    configurationOptions: { HealthCheckPath: '/health?deep=1', TlsPolicyName: 'TLS-FS-1-2-Res-2019-08' },
  });
  expect(await update('asked', 'HealthCheckPath', '/')).toMatchObject({ healthCheckPath: '/' });
  await remove('asked');
});

test('F283 an account has 10 load balancers, in all Regions', async () => {
  const account = await newAccount(server, 'many');
  const [here, there] = [lightsail(account), lightsail(account, 'eu-west-1')];
  for (let i = 0; i < 5; i++) {
    await here.createLoadBalancer({ loadBalancerName: `lb-${i}`, instancePort: 80 });
    await there.createLoadBalancer({ loadBalancerName: `lb-${i}`, instancePort: 80 });
  }
  await expect(here.createLoadBalancer({ loadBalancerName: 'lb-x', instancePort: 80 })).rejects.toMatchObject(
    invalid(/^Sorry, you've reached your maximum limit of Lightsail Load Balancers : 10\./),
  );
});

test('F309 all of the Region are listed, page by page', async () => {
  const account = await newAccount(server, 'lists');
  const paged = await startServer({ args: ['--page-size', '2'] });
  for (const each of [lightsail(account), lightsail(paged)]) {
    for (const name of ['one', 'two', 'three']) await balance(each, name);
  }
  const { loadBalancers } = await lightsail(account).getLoadBalancers({});
  expect(loadBalancers?.map(({ name }) => name)).toEqual(['one', 'two', 'three']);
  expect((await lightsail(account, 'eu-west-1').getLoadBalancers({})).loadBalancers).toEqual([]);
  const first = await lightsail(paged).getLoadBalancers({});
  const second = await lightsail(paged).getLoadBalancers({ pageToken: first.nextPageToken });
  expect([first, second].map(({ loadBalancers: page }) => page?.map(({ name }) => name))).toEqual([
    ['one', 'two'],
    ['three'],
  ]);
  const policies = await lightsail(await startServer({ args: ['--page-size', '1'] })).getLoadBalancerTlsPolicies({});
  expect(policies.tlsPolicies).toHaveLength(1);
  expect(policies.nextPageToken).toEqual(expect.any(String));
});

test('F310 one TLS policy is the default, and ciphers come in order of preference', async () => {
  const { tlsPolicies } = await api.getLoadBalancerTlsPolicies({});
  expect(tlsPolicies?.map(({ name, isDefault, protocols }) => ({ name, isDefault, protocols }))).toEqual([
    { name: 'TLS-2016-08', isDefault: true, protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2'] },
    { name: 'TLS-FS-1-2-Res-2019-08', isDefault: false, protocols: ['TLSv1.2'] },
  ]);
  for (const { ciphers, description } of tlsPolicies ?? []) {
    expect(ciphers?.[0]).toBe('ECDHE-ECDSA-AES128-GCM-SHA256');
    expect(description).toEqual(expect.any(String));
  }
  await expect(create('odd', { tlsPolicyName: 'TLS-1999' })).rejects.toMatchObject(
    invalid('There is no TLS policy TLS-1999.'),
  );
});

test('F306 F307 each attribute takes the values that it can have', async () => {
  await balance(api, 'tuned');
  expect(await update('tuned', 'HealthCheckPath', '/weather/us/wa/seattle')).toMatchObject({
    healthCheckPath: '/weather/us/wa/seattle',
    configurationOptions: { HealthCheckPath: '/weather/us/wa/seattle' },
  });
  expect(await update('tuned', 'SessionStickinessEnabled', 'true')).toMatchObject({
    configurationOptions: { SessionStickinessEnabled: 'true' },
  });
  expect(await update('tuned', 'SessionStickiness_LB_CookieDurationSeconds', '900')).toMatchObject({
    configurationOptions: { SessionStickinessEnabled: 'true', SessionStickiness_LB_CookieDurationSeconds: '900' },
  });
  expect(await update('tuned', 'TlsPolicyName', 'TLS-FS-1-2-Res-2019-08')).toMatchObject({
    tlsPolicyName: 'TLS-FS-1-2-Res-2019-08',
    configurationOptions: { TlsPolicyName: 'TLS-FS-1-2-Res-2019-08' },
  });
  const last = await update('tuned', 'HttpsRedirectionEnabled', 'false');
  const bad: [LoadBalancerAttributeName, string, RegExp][] = [
    ['HealthCheckPath', 'weather', /^The health check path weather is not valid\./],
    ['HealthCheckPath', '/two words', /is not valid\.$/],
    ['SessionStickinessEnabled', 'yes', /It must be true or false\.$/],
    ['SessionStickiness_LB_CookieDurationSeconds', '0', /whole number of seconds from 1 to 604800/],
    ['SessionStickiness_LB_CookieDurationSeconds', '1.5', /whole number of seconds/],
    ['SessionStickiness_LB_CookieDurationSeconds', '604801', /whole number of seconds/],
    ['HttpsRedirectionEnabled', 'TRUE', /It must be true or false\.$/],
    ['HttpsRedirectionEnabled', 'true', / cannot enable https redirection while https is disabled\.$/],
    ['TlsPolicyName', 'TLS-1999', /^There is no TLS policy TLS-1999\.$/],
  ];
  for (const [attributeName, attributeValue, message] of bad) {
    await expect(
      api.updateLoadBalancerAttribute({ loadBalancerName: 'tuned', attributeName, attributeValue }),
      attributeValue,
    ).rejects.toMatchObject(invalid(message));
  }
  for (const attributeValue of ['', `/${'x'.repeat(256)}`]) {
    const { error } = await admin.ask('UpdateLoadBalancerAttribute', {
      loadBalancerName: 'tuned',
      attributeName: 'HealthCheckPath',
      attributeValue,
    });
    expect(error).toMatch(/InvalidInputException|ValidationException/);
  }
  expect(await getBalancer(api, 'tuned')).toEqual(last);
  await remove('tuned');
});

test('F156 a load balancer gets another IP address type', async () => {
  await balance(api, 'typed');
  const { operations } = await api.setIpAddressType({
    resourceType: 'LoadBalancer',
    resourceName: 'typed',
    ipAddressType: 'ipv4',
  });
  expect(operations).toEqual([operationOf('SetIpAddressType', 'typed', {})]);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }]);
  expect(await getBalancer(api, 'typed')).toMatchObject({ ipAddressType: 'ipv4' });
  await remove('typed');
});

test('F525 a load balancer bears tags', async () => {
  await balance(api, 'tagged', { tags: [{ key: 'a' }] });
  await api.tagResource({ resourceName: 'tagged', tags: [{ key: 'b', value: '1' }] });
  await api.untagResource({ resourceName: 'tagged', tagKeys: ['a'] });
  expect((await getBalancer(api, 'tagged')).tags).toEqual([{ key: 'b', value: '1' }]);
  await remove('tagged');
});

test('a name is in use by whatever kind has it', async () => {
  await launch(api, 'taken');
  await expect(create('taken')).rejects.toMatchObject(invalid('Some names are already in use: taken'));
});

test('a load balancer that is deleted is gone with the answer, and its name is free', async () => {
  await balance(api, 'brief');
  const { operations } = await remove('brief');
  expect(operations).toEqual([
    operationOf('DeleteLoadBalancer', 'brief', { status: 'Succeeded', isTerminal: true, operationDetails: '' }),
  ]);
  await expect(api.getLoadBalancer({ loadBalancerName: 'brief' })).rejects.toMatchObject(gone);
  await expect(remove('brief')).rejects.toMatchObject(gone);
  await balance(api, 'brief');
  await remove('brief');
});

test('a load balancer that cannot be made leaves nothing but its failed operation', async () => {
  await admin.control('OrderFault', { step: 'CreateLoadBalancer/apply', permanent: true, message: 'No room.' });
  const { operations } = await create('stillborn', {
    certificateName: 'its',
    certificateDomainName: 'www.example.com',
  });
  expect(await finished(api, operations?.slice(0, 1))).toMatchObject([{ status: 'Failed', errorDetails: 'No room.' }]);
  await expect(getBalancer(api, 'stillborn')).rejects.toMatchObject(gone);
  await balance(api, 'its');
  await remove('its');
});
