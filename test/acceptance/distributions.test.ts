import type { Lightsail, UpdateDistributionCommandInput } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { distribute, distributionInput, getDistribution, requestCertificate } from '../distributions.ts';
import { finished, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { balance } from '../load-balancers.ts';
import { expectWhole, readState } from '../state.ts';

const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const missing = (kind = 'Distribution') => refusal('NotFoundException', `The ${kind} does not exist`);

const server = await startServer();
const control = apiOf(server);
const wind = (ms = 0) => control.control('AdvanceClock', { ms });
const accountOf = async (name: string) => lightsail(await newAccount(server, name));

const started = (operationType: string, resourceName: string) => ({
  id: expect.any(String),
  createdAt: expect.any(Date),
  statusChangedAt: expect.any(Date),
  location: { availabilityZone: 'all', regionName: 'us-east-1' },
  operationType,
  resourceName,
  resourceType: 'Distribution',
  status: 'Started',
  isTerminal: false,
});

/** An instance with a static IP, which distributions can have as their origin. */
const addressed = async (api: Lightsail, instanceName: string) => {
  await launch(api, instanceName);
  const staticIpName = `${instanceName}-ip`;
  await api.allocateStaticIp({ staticIpName });
  await finished(api, (await api.attachStaticIp({ staticIpName, instanceName })).operations);
};

test('F342 F344 F346 F370 a distribution is made of a load balancer, with everything usual about it', async () => {
  const real = await startServer({ args: ['--pace', 'real'] });
  const there = lightsail(real);
  await there.createLoadBalancer({ loadBalancerName: 'front', instancePort: 80 });
  const passing = (ms: number) => apiOf(real).control('AdvanceClock', { ms });
  await passing(300_000);
  const tags = [{ key: 'stage', value: 'test' }];
  const { distribution, operation } = await there.createDistribution(distributionInput('cdn', 'front', { tags }));
  expect(operation).toEqual(started('CreateDistribution', 'cdn'));
  const { loadBalancer } = await there.getLoadBalancer({ loadBalancerName: 'front' });
  const usual = {
    name: 'cdn',
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:Distribution\/[0-9a-f-]{36}$/),
    supportCode: expect.stringMatching(/^\d{12}\/arn:aws:cloudfront:/),
    createdAt: expect.any(Date),
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    resourceType: 'Distribution',
    alternativeDomainNames: [],
    status: 'InProgress',
    isEnabled: true,
    domainName: expect.stringMatching(/^d[0-9a-f]{13}\.cloudfront\./),
    bundleId: 'small_1_0',
    origin: {
      name: 'front',
      resourceType: 'LoadBalancer',
      regionName: 'us-east-1',
      protocolPolicy: 'http-only',
      responseTimeout: 30,
    },
    originPublicDNS: loadBalancer?.dnsName,
    defaultCacheBehavior: { behavior: 'cache' },
    cacheBehaviorSettings: {
      defaultTTL: 86_400,
      minimumTTL: 0,
      maximumTTL: 31_536_000,
      allowedHTTPMethods: 'GET,HEAD,OPTIONS,PUT,PATCH,POST,DELETE',
      cachedHTTPMethods: 'GET,HEAD',
      forwardedCookies: { option: 'none', cookiesAllowList: [] },
      forwardedHeaders: { option: 'none', headersAllowList: [] },
      forwardedQueryStrings: { option: false, queryStringsAllowList: [] },
    },
    cacheBehaviors: [],
    ableToUpdateBundle: true,
    ipAddressType: 'dualstack',
    tags,
  };
  expect(distribution).toEqual(usual);
  await passing(60_000);
  expect(await getDistribution(there, 'cdn')).toEqual(usual);
  await passing(3_600_000);
  expect(await getDistribution(there, 'cdn')).toEqual({ ...usual, status: 'Deployed' });
  expect((await there.getOperation({ operationId: operation!.id })).operation?.status).toBe('Succeeded');
});

test('F345 what a distribution needs must be there, and be on offer', async () => {
  const there = await accountOf('needs');
  await balance(there, 'front');
  const { ask } = apiOf(await newAccount(server, 'needs-too'));
  const whole = { ...distributionInput('cdn', 'front') };
  for (const member of ['bundleId', 'defaultCacheBehavior', 'distributionName', 'origin'] as const)
    expect((await ask('CreateDistribution', { ...whole, [member]: undefined })).error).toBe('ValidationException');
  const create = (settings: object) => there.createDistribution(distributionInput('cdn', 'front', settings));
  await expect(create({ bundleId: 'huge_1_0' })).rejects.toMatchObject(
    invalid('There is no bundle huge_1_0 for distributions.'),
  );
  await expect(create({ defaultCacheBehavior: {} })).rejects.toMatchObject(invalid(/needs a behavior/));
  await expect(create({ ipAddressType: 'ipv6' })).rejects.toMatchObject(
    invalid(/cannot have the IP address type ipv6/),
  );
  await expect(create({ origin: { name: 'front' } })).rejects.toMatchObject(
    invalid('The origin of a distribution needs a name and a regionName.'),
  );
  await expect(create({ distributionName: 'front' })).rejects.toMatchObject(
    invalid('Some names are already in use: front'),
  );
});

test('F33 F158 F343 distributions are only to be seen in us-east-1', async () => {
  const account = await newAccount(server, 'regions');
  await distribute(lightsail(account), 'cdn');
  const elsewhere = lightsail(account, 'eu-central-1');
  const refused = invalid(
    'Distribution-related APIs are only available in the us-east-1 Region. Please set your Region configuration to us-east-1 to create, view, or edit these resources.',
  );
  for (const call of [
    () => elsewhere.createDistribution(distributionInput('other', 'cdn-origin')),
    () => elsewhere.getDistributions({}),
    () => elsewhere.updateDistribution({ distributionName: 'cdn' }),
    () => elsewhere.deleteDistribution({ distributionName: 'cdn' }),
    () => elsewhere.setIpAddressType({ resourceType: 'Distribution', resourceName: 'cdn', ipAddressType: 'ipv4' }),
  ])
    await expect(call()).rejects.toMatchObject(refused);
  const there = lightsail(account);
  const set = (ipAddressType: 'ipv4' | 'ipv6') =>
    there.setIpAddressType({ resourceType: 'Distribution', resourceName: 'cdn', ipAddressType });
  await expect(set('ipv6')).rejects.toMatchObject(invalid(/cannot have the IP address type ipv6/));
  const { operations } = await set('ipv4');
  expect(operations).toEqual([started('SetIpAddressType', 'cdn')]);
  await finished(there, operations);
  expect((await getDistribution(there, 'cdn')).ipAddressType).toBe('ipv4');
});

test('F346 F347 F348 an origin is an instance with a static IP or a load balancer, of any Region', async () => {
  const account = await newAccount(server, 'origins');
  const [there, far] = [lightsail(account), lightsail(account, 'eu-west-1')];
  await launch(far, 'web');
  const create = (origin: object) => there.createDistribution({ ...distributionInput('cdn', ''), origin });
  const web = { name: 'web', regionName: 'eu-west-1' } as const;
  await expect(create(web)).rejects.toMatchObject(
    invalid('The Instance web has no static IP and cannot be the origin of a distribution.'),
  );
  const { operations } = await far.allocateStaticIp({ staticIpName: 'ip' });
  await finished(far, operations);
  await far.attachStaticIp({ staticIpName: 'ip', instanceName: 'web' });
  await expect(create({ ...web, regionName: 'us-east-1' })).rejects.toMatchObject(missing('origin'));
  await expect(create({ ...web, name: 'ip' })).rejects.toMatchObject(
    invalid('A resource of the type StaticIp cannot be the origin of a distribution.'),
  );
  await expect(create({ ...web, responseTimeout: 61 })).rejects.toMatchObject(invalid(/response timeout 61/));
  await finished(there, [(await create({ ...web, protocolPolicy: 'https-only', responseTimeout: 60 })).operation!]);
  expect(await getDistribution(there, 'cdn')).toMatchObject({
    origin: { ...web, resourceType: 'Instance', protocolPolicy: 'https-only', responseTimeout: 60 },
    originPublicDNS: expect.stringMatching(/^ip-198-1[89]-\d+-\d+\.eu-west-1\.compute\./),
  });
  const { ask } = apiOf(account);
  const odd = distributionInput('odd', 'web', { origin: { ...web, protocolPolicy: 'match-viewer' as never } });
  expect((await ask('CreateDistribution', odd)).error).toBe('ValidationException');
  const nowhere = distributionInput('odd', 'web', { origin: { ...web, regionName: 'mars-1' as never } });
  expect((await ask('CreateDistribution', nowhere)).error).toBe('ValidationException');
});

test('what a distribution pulls from stays as long as it does', async () => {
  const there = await accountOf('held');
  await addressed(there, 'web');
  await balance(there, 'front');
  await distribute(there, 'cdn', { origin: { name: 'web', regionName: 'us-east-1' } });
  const held = (verb: string) =>
    invalid(`The Instance web is the origin of the Distribution cdn and cannot be ${verb}.`);
  await expect(there.deleteInstance({ instanceName: 'web' })).rejects.toMatchObject(held('deleted'));
  const calls = [there.detachStaticIp({ staticIpName: 'web-ip' }), there.releaseStaticIp({ staticIpName: 'web-ip' })];
  await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(held('left without a static IP'))));
  const origin = { name: 'front', regionName: 'us-east-1' } as const;
  await finished(there, [(await there.updateDistribution({ distributionName: 'cdn', origin })).operation!]);
  expect((await getDistribution(there, 'cdn')).origin).toMatchObject({ name: 'front', resourceType: 'LoadBalancer' });
  await finished(there, (await there.deleteInstance({ instanceName: 'web' })).operations);
  await expect(there.deleteLoadBalancer({ loadBalancerName: 'front' })).rejects.toMatchObject(
    invalid('The LoadBalancer front is the origin of the Distribution cdn and cannot be deleted.'),
  );
  await there.deleteDistribution({ distributionName: 'cdn' });
  await finished(there, (await there.deleteLoadBalancer({ loadBalancerName: 'front' })).operations);
});

test('F346 F377 a bucket is an origin too, with private access, and goes by force alone', async () => {
  const account = await newAccount(server, 'buckets');
  const [there, far] = [lightsail(account), lightsail(account, 'eu-west-1')];
  await finished(far, (await far.createBucket({ bucketName: 'pulled', bundleId: 'small_1_0' })).operations);
  const origin = { name: 'pulled', regionName: 'eu-west-1' } as const;
  await distribute(there, 'cdn', { origin, enablePrivateOriginAccess: true });
  expect(await getDistribution(there, 'cdn')).toMatchObject({
    origin: { ...origin, resourceType: 'Bucket', isPrivateOriginAccessEnabled: true },
    originPublicDNS: expect.stringMatching(/^pulled\.s3\.eu-west-1\./),
  });
  await there.updateDistribution({ distributionName: 'cdn', origin, enablePrivateOriginAccess: false });
  expect((await getDistribution(there, 'cdn')).origin?.isPrivateOriginAccessEnabled).toBe(false);
  await expect(far.deleteBucket({ bucketName: 'pulled' })).rejects.toMatchObject(
    invalid('The Bucket pulled cannot be deleted: it has distributions that it is the origin of.'),
  );
  await far.deleteBucket({ bucketName: 'pulled', forceDelete: true });
  const bare = await getDistribution(there, 'cdn');
  expect(bare).not.toHaveProperty('origin');
  expect(bare).not.toHaveProperty('originPublicDNS');
  await wind();
  expect((await control.control('CheckState')).findings).toEqual([]);
  await there.deleteDistribution({ distributionName: 'cdn' });
});

test('F349 F350 F554 paths have behaviors of their own, each once and with its case', async () => {
  const there = await accountOf('paths');
  await distribute(there, 'cdn');
  const update = (cacheBehaviors: UpdateDistributionCommandInput['cacheBehaviors']) =>
    there.updateDistribution({ distributionName: 'cdn', cacheBehaviors });
  const cacheBehaviors = [
    { path: 'assets/*', behavior: 'cache' },
    { path: 'Assets/*', behavior: 'dont-cache' },
    { path: '*.jpg', behavior: 'cache' },
  ] as const;
  await finished(there, [(await update([...cacheBehaviors])).operation!]);
  expect((await getDistribution(there, 'cdn')).cacheBehaviors).toEqual(cacheBehaviors);
  for (const [bad, message] of [
    [[...cacheBehaviors, cacheBehaviors[0]], 'The path assets/* has more than one cache behavior.'],
    [[{ path: 'a b', behavior: 'cache' }], 'The path a b of a cache behavior is not valid.'],
    [[{ path: 'a' }], 'The cache behavior of a path needs a path and a behavior.'],
    [Array.from({ length: 26 }, (_, i) => ({ path: `p${i}`, behavior: 'cache' })), /up to 25 cache behaviors of paths/],
  ] as const)
    await expect(update([...bad] as never)).rejects.toMatchObject(invalid(message));
  await update([]);
  expect((await getDistribution(there, 'cdn')).cacheBehaviors).toEqual([]);
});

test('F351 F352 F353 F356 F357 F358 F359 F360 F361 settings of the cache have their bounds and lists, and are replaced as a whole', async () => {
  const there = await accountOf('settings');
  await distribute(there, 'cdn');
  const update = (cacheBehaviorSettings: UpdateDistributionCommandInput['cacheBehaviorSettings']) =>
    there.updateDistribution({ distributionName: 'cdn', cacheBehaviorSettings });
  const settings = async () => (await getDistribution(there, 'cdn')).cacheBehaviorSettings;
  const usual = await settings();
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);
  await update({
    defaultTTL: 600,
    minimumTTL: 60,
    maximumTTL: 900,
    allowedHTTPMethods: 'GET, HEAD, OPTIONS',
    cachedHTTPMethods: 'GET,HEAD,OPTIONS',
    forwardedCookies: { option: 'allow-list', cookiesAllowList: numbered(10) },
    forwardedHeaders: { option: 'allow-list', headersAllowList: ['Accept', 'Host'] },
    forwardedQueryStrings: { option: true, queryStringsAllowList: ['page'] },
  });
  expect(await settings()).toEqual({
    defaultTTL: 600,
    minimumTTL: 60,
    maximumTTL: 900,
    allowedHTTPMethods: 'GET,HEAD,OPTIONS',
    cachedHTTPMethods: 'GET,HEAD,OPTIONS',
    forwardedCookies: { option: 'allow-list', cookiesAllowList: numbered(10) },
    forwardedHeaders: { option: 'allow-list', headersAllowList: ['Accept', 'Host'] },
    forwardedQueryStrings: { option: true, queryStringsAllowList: ['page'] },
  });
  const cookies = { option: 'allow-list', cookiesAllowList: [] as string[] } as const;
  for (const [bad, message] of [
    [{ allowedHTTPMethods: 'GET,POST' }, 'The allowedHTTPMethods GET,POST are not valid.'],
    [{ cachedHTTPMethods: 'GET,HEAD,OPTIONS,PUT,PATCH,POST,DELETE' }, /^The cachedHTTPMethods .* are not valid\.$/],
    [{ minimumTTL: -1 }, /minimumTTL -1 is not valid/],
    [{ minimumTTL: 10, defaultTTL: 5 }, /are not in this order/],
    [{ defaultTTL: 10, maximumTTL: 5 }, /are not in this order/],
    [{ minimumTTL: 1, forwardedHeaders: { option: 'all' } }, /it must be 0 when all headers are forwarded/],
    [{ forwardedCookies: cookies }, 'The option allow-list needs cookies on the list.'],
    [{ forwardedCookies: { ...cookies, cookiesAllowList: numbered(11) } }, /^Up to 10 cookies/],
    [{ forwardedCookies: { ...cookies, cookiesAllowList: ['a', 'a'] } }, /has a name twice/],
    [{ forwardedHeaders: { option: 'allow-list' } }, /needs headers on the list/],
    [{ forwardedQueryStrings: { option: false, queryStringsAllowList: numbered(11) } }, /^Up to 10 query strings/],
  ] as const)
    await expect(update(bad as never)).rejects.toMatchObject(invalid(message));
  await expect(
    update({ forwardedHeaders: { option: 'allow-list', headersAllowList: ['Cookie' as never] } }),
  ).rejects.toMatchObject(refusal('ValidationException', /enum value set: \[Accept, .*, Referer\]/));
  await update({ forwardedHeaders: { option: 'all' } });
  expect(await settings()).toEqual({ ...usual, forwardedHeaders: { option: 'all', headersAllowList: [] } });
  // Settings say nothing where nothing is cached, and are kept for when it is.
  await there.updateDistribution({ distributionName: 'cdn', defaultCacheBehavior: { behavior: 'dont-cache' } });
  expect(await getDistribution(there, 'cdn')).toMatchObject({
    defaultCacheBehavior: { behavior: 'dont-cache' },
    cacheBehaviorSettings: { forwardedHeaders: { option: 'all' } },
  });
});

test('F362 F78 a distribution is disabled and enabled, and what a request leaves out stays', async () => {
  const there = await accountOf('enabled');
  const before = await distribute(there, 'cdn');
  const { operation } = await there.updateDistribution({ distributionName: 'cdn', isEnabled: false });
  expect(operation).toEqual(started('UpdateDistribution', 'cdn'));
  await finished(there, [operation!]);
  expect(await getDistribution(there, 'cdn')).toEqual({ ...before, isEnabled: false });
  await there.updateDistribution({ distributionName: 'cdn', isEnabled: true });
  await wind();
  expect(await getDistribution(there, 'cdn')).toEqual(before);
});

test('F363 F364 the bundle changes once a month by the clock', async () => {
  const own = await startServer();
  const there = lightsail(own);
  const windOn = (ms: number) => apiOf(own).control('AdvanceClock', { ms });
  await distribute(there, 'cdn');
  const update = (distributionName: string | undefined, bundleId: string | undefined) =>
    there.updateDistributionBundle({ distributionName, bundleId });
  await expect(update(undefined, 'medium_1_0')).rejects.toMatchObject(invalid('The distributionName is needed.'));
  await expect(update('cdn', undefined)).rejects.toMatchObject(invalid('The bundleId is needed.'));
  await expect(update('cdn', 'huge_1_0')).rejects.toMatchObject(invalid(/There is no bundle huge_1_0/));
  await expect(update('cdn', 'small_1_0')).rejects.toMatchObject(invalid(/has the bundle small_1_0 already/));
  await expect(update('nobody', 'medium_1_0')).rejects.toMatchObject(missing());
  const { operation } = await update('cdn', 'medium_1_0');
  expect(operation).toEqual(started('UpdateDistributionBundle', 'cdn'));
  expect(await getDistribution(there, 'cdn')).toMatchObject({ bundleId: 'medium_1_0', ableToUpdateBundle: false });
  await expect(update('cdn', 'large_1_0')).rejects.toMatchObject(
    invalid('The bundle of the Distribution cdn was already updated in this billing cycle.'),
  );
  await windOn(31 * 24 * 3_600_000);
  expect(await getDistribution(there, 'cdn')).toMatchObject({ ableToUpdateBundle: true });
  await update('cdn', 'large_1_0');
  expect(await getDistribution(there, 'cdn')).toMatchObject({ bundleId: 'large_1_0', ableToUpdateBundle: false });
  const [now] = [Date.now() + 32 * 24 * 3_600_000];
  const { resourcesBudgetEstimate } = await there.getCostEstimate({
    resourceName: 'cdn',
    startTime: new Date(now - 40 * 24 * 3_600_000),
    endTime: new Date(now),
  });
  const costs = resourcesBudgetEstimate?.[0]?.costEstimates ?? [];
  expect(costs.map(({ usageType }) => usageType)).toContain('DistributionUsage:medium_1_0');
  await windOn(0);
  expectWhole(await readState(apiOf(own), own.data));
});

test('F365 F372 distributions are listed and deleted by name', async () => {
  const there = await accountOf('lists');
  await distribute(there, 'one', { defaultRootObject: 'index.html', customErrorResponses: [{ errorCode: 404 }] });
  await distribute(there, 'two');
  const names = async (distributionName?: string) =>
    (await there.getDistributions({ distributionName })).distributions?.map(({ name }) => name);
  expect(await names()).toEqual(['one', 'two']);
  expect(await names('two')).toEqual(['two']);
  await expect(names('nobody')).rejects.toMatchObject(missing());
  // The pages are only for who asks by name.
  expect(await getDistribution(there, 'one')).toMatchObject({
    defaultRootObject: 'index.html',
    customErrorResponses: [{ errorCode: 404, errorCachingMinTTL: 10 }],
  });
  const [first] = (await there.getDistributions({})).distributions ?? [];
  expect(first).not.toHaveProperty('defaultRootObject');
  expect(first).not.toHaveProperty('customErrorResponses');
  await expect(there.deleteDistribution({})).rejects.toMatchObject(invalid('The distributionName is needed.'));
  const { operation } = await there.deleteDistribution({ distributionName: 'one' });
  expect(operation).toMatchObject({ operationType: 'DeleteDistribution', status: 'Succeeded', resourceName: 'one' });
  await expect(there.deleteDistribution({ distributionName: 'one' })).rejects.toMatchObject(missing());
  expect(await names()).toEqual(['two']);
});

test('F366 F367 F371 F550 F80 a cache is reset, and the latest reset is shown', async () => {
  const own = await startServer({ args: ['--pace', 'real'] });
  const there = lightsail(own);
  const windOn = (ms: number) => apiOf(own).control('AdvanceClock', { ms });
  await there.createLoadBalancer({ loadBalancerName: 'front', instancePort: 80 });
  await windOn(300_000);
  for (const name of ['one', 'two']) await there.createDistribution(distributionInput(name, 'front'));
  await windOn(3_600_000);
  const latest = async (distributionName?: string) => {
    const { status, createTime } = await there.getDistributionLatestCacheReset({ distributionName });
    return { status, createTime };
  };
  expect(await latest('one')).toEqual({ status: undefined, createTime: undefined });
  await expect(there.resetDistributionCache({})).rejects.toMatchObject(invalid('The distributionName is needed.'));
  await expect(there.resetDistributionCache({ distributionName: 'nobody' })).rejects.toMatchObject(missing());
  await expect(latest('nobody')).rejects.toMatchObject(missing());
  const { status, createTime, operation } = await there.resetDistributionCache({ distributionName: 'one' });
  expect(status).toBe('InProgress');
  expect(operation).toEqual(started('ResetDistributionCache', 'one'));
  expect(await latest('one')).toEqual({ status: 'InProgress', createTime });
  await windOn(3_600_000);
  expect(await latest('one')).toEqual({ status: 'Completed', createTime });
  expect((await there.getOperation({ operationId: operation!.id })).operation?.status).toBe('Succeeded');
  const second = await there.resetDistributionCache({ distributionName: 'two' });
  expect(await latest()).toEqual({ status: 'InProgress', createTime: second.createTime });
  expect(await latest('one')).toEqual({ status: 'Completed', createTime });
});

test('F340 F341 F368 F369 a certificate brings its names, a second one takes its place, and they go with it', async () => {
  const there = await accountOf('names');
  await distribute(there, 'cdn');
  await distribute(there, 'other');
  await requestCertificate(there, 'first', 'example.com', 'www.example.com');
  await requestCertificate(there, 'second', 'example.org');
  await wind();
  const attach = (certificateName: string, distributionName = 'cdn') =>
    there.attachCertificateToDistribution({ distributionName, certificateName });
  const detach = () => there.detachCertificateFromDistribution({ distributionName: 'cdn' });
  await expect(detach()).rejects.toMatchObject(invalid('No certificate is attached to the Distribution cdn.'));
  const { operation } = await attach('first');
  expect(operation).toEqual(started('AttachCertificateToDistribution', 'cdn'));
  await finished(there, [operation!]);
  expect(await getDistribution(there, 'cdn')).toMatchObject({
    certificateName: 'first',
    alternativeDomainNames: ['example.com', 'www.example.com'],
    viewerMinimumTlsProtocolVersion: 'TLSv1.2_2021',
  });
  await expect(attach('first', 'other')).rejects.toMatchObject(
    invalid('The domain name example.com is already in use by the Distribution cdn.'),
  );
  await attach('second');
  expect(await getDistribution(there, 'cdn')).toMatchObject({
    certificateName: 'second',
    alternativeDomainNames: ['example.org'],
  });
  await there.deleteCertificate({ certificateName: 'first' });
  expect((await detach()).operation).toEqual(started('DetachCertificateFromDistribution', 'cdn'));
  await wind();
  const bare = await getDistribution(there, 'cdn');
  expect(bare).toMatchObject({ alternativeDomainNames: [], status: 'Deployed' });
  expect(bare).not.toHaveProperty('certificateName');
});

test('F340 a certificate is attached with the creation and by an update too, and the default one takes its place', async () => {
  const there = await accountOf('updates');
  await requestCertificate(there, 'site');
  await wind();
  const certificateName = 'site';
  const viewerMinimumTlsProtocolVersion = 'TLSv1.2_2018';
  await distribute(there, 'cdn', { certificateName, viewerMinimumTlsProtocolVersion });
  const names = async () => {
    const found = await getDistribution(there, 'cdn');
    return [found.certificateName, found.viewerMinimumTlsProtocolVersion];
  };
  expect(await names()).toEqual(['site', 'TLSv1.2_2018']);
  const update = (more: object) => there.updateDistribution({ distributionName: 'cdn', ...more });
  await expect(update({ certificateName, useDefaultCertificate: true })).rejects.toMatchObject(
    invalid(/either the default certificate or the named one/),
  );
  await update({ useDefaultCertificate: true });
  expect(await names()).toEqual([undefined, 'TLSv1.2_2018']);
  await expect(update({ useDefaultCertificate: false })).rejects.toMatchObject(invalid(/needs another/));
  await update({ useDefaultCertificate: false, certificateName, viewerMinimumTlsProtocolVersion: 'TLSv1.2_2019' });
  expect(await names()).toEqual(['site', 'TLSv1.2_2019']);
});

test('pages of errors, the root object and private access have their rules', async () => {
  const there = await accountOf('pages');
  await distribute(there, 'cdn');
  const update = (more: Partial<UpdateDistributionCommandInput>) =>
    there.updateDistribution({ distributionName: 'cdn', ...more });
  const page = { errorCode: 404, responseCode: '200', responsePagePath: '/404.html' };
  await update({ customErrorResponses: [{ ...page, errorCachingMinTTL: 5 }], defaultRootObject: 'index.html' });
  expect(await getDistribution(there, 'cdn')).toMatchObject({
    customErrorResponses: [{ ...page, errorCachingMinTTL: 5 }],
    defaultRootObject: 'index.html',
  });
  await update({ customErrorResponses: [], defaultRootObject: '' });
  const bare = await getDistribution(there, 'cdn');
  expect(bare.customErrorResponses).toEqual([]);
  expect(bare).not.toHaveProperty('defaultRootObject');
  const origin = { name: 'cdn-origin' };
  for (const [bad, message] of [
    [{ customErrorResponses: [page, page] }, /more than one response/],
    [{ customErrorResponses: [{ errorCode: 418 }] }, /error code 418/],
    [{ customErrorResponses: [{ ...page, responseCode: '201' }] }, /response code 201/],
    [{ customErrorResponses: [{ errorCode: 404, responseCode: '404' }] }, /both a responseCode and a responsePagePath/],
    [{ customErrorResponses: [{ ...page, responsePagePath: '404.html' }] }, /begins with \//],
    [{ customErrorResponses: [{ ...page, errorCachingMinTTL: -1 }] }, /is negative/],
    [{ defaultRootObject: '/index.html' }, /default root object is not valid/],
    [{ enablePrivateOriginAccess: true }, /private access is to an origin/],
    [{ enablePrivateOriginAccess: true, origin }, 'An origin of the type LoadBalancer has no private access.'],
  ] as const)
    await expect(update(bad as never)).rejects.toMatchObject(invalid(message));
});

test('a firewall has the rules of its bundle', async () => {
  const there = await accountOf('waf');
  const common = { name: 'AWSManagedRulesCommonRuleSet' };
  await balance(there, 'cdn-origin');
  await expect(
    there.createDistribution(distributionInput('cdn', 'cdn-origin', { enableWaf: true })),
  ).rejects.toMatchObject(invalid('A distribution with the bundle small_1_0 cannot have WAF.'));
  await expect(
    there.createDistribution(distributionInput('cdn', 'cdn-origin', { wafRules: [common] })),
  ).rejects.toMatchObject(invalid('WAF rules can be given only when WAF is enabled.'));
  const origin = { name: 'cdn-origin', regionName: 'us-east-1' } as const;
  await distribute(there, 'cdn', { origin, bundleId: 'large_1_0', enableWaf: true, wafRules: [common] });
  const waf = async () => (await getDistribution(there, 'cdn')).waf;
  expect(await waf()).toEqual({ isWafEnabled: true, wafRules: [common] });
  const update = (more: Partial<UpdateDistributionCommandInput>) =>
    there.updateDistribution({ distributionName: 'cdn', ...more });
  const atp = {
    name: 'AWSManagedRulesATPRuleSet',
    atpConfig: {
      loginPath: '/login',
      payloadType: 'JSON',
      usernameField: '/user',
      passwordField: '/password',
      responseInspection: { successCodes: [200], failureCodes: [401, 403] },
    },
  } as const;
  const acfp = {
    name: 'AWSManagedRulesACFPRuleSet',
    acfpConfig: { creationPath: '/signup/submit', registrationPagePath: '/signup', payloadType: 'JSON' },
  } as const;
  const bots = { name: 'AWSManagedRulesBotControlRuleSet', botControlConfig: { inspectionLevel: 'COMMON' } } as const;
  const rules = [atp, acfp, bots];
  await update({ wafRules: rules as never });
  expect(await waf()).toEqual({ isWafEnabled: true, wafRules: rules });
  const config = atp.atpConfig;
  const codes = (successCodes: number[], failureCodes: number[]) => ({
    wafRules: [{ ...atp, atpConfig: { ...config, responseInspection: { successCodes, failureCodes } } }],
  });
  for (const [bad, message] of [
    [{ wafRules: [{ name: 'Homemade' }] }, 'The WAF rule Homemade is not available with the bundle large_1_0.'],
    [{ wafRules: [common, common] }, 'A WAF rule is given twice.'],
    [{ wafRules: [{ ...common, atpConfig: config }] }, 'The WAF rule AWSManagedRulesCommonRuleSet has no atpConfig.'],
    [{ wafRules: [{ name: atp.name }] }, 'The WAF rule AWSManagedRulesATPRuleSet needs a atpConfig.'],
    [{ wafRules: [{ ...atp, atpConfig: { ...config, loginPath: 'login' } }] }, /loginPath begins with \//],
    [{ wafRules: [{ ...atp, atpConfig: { ...config, usernameField: 'user' } }] }, /is a pointer/],
    [{ wafRules: [{ ...acfp, acfpConfig: { creationPath: '/signup' } }] }, /needs a registrationPagePath/],
    [codes([200], [200]), 'The code 200 is both a success and a failure.'],
    [codes([1_000], [401]), /The code 1000 is not valid/],
    [codes([], [401]), /There are 1 to 10 successCodes/],
  ] as const)
    await expect(update(bad as never)).rejects.toMatchObject(invalid(message));
  await expect(
    there.updateDistributionBundle({ distributionName: 'cdn', bundleId: 'small_1_0' }),
  ).rejects.toMatchObject(invalid('A distribution with the bundle small_1_0 cannot have WAF.'));
  await update({ enableWaf: false });
  expect(await waf()).toEqual({ isWafEnabled: false, wafRules: [] });
});

test('F523 requests, bytes and errors are counted while a distribution is enabled', async () => {
  const own = await startServer();
  const there = lightsail(own);
  const hour = 3_600_000;
  const windOn = (ms: number) => apiOf(own).control('AdvanceClock', { ms });
  await distribute(there, 'cdn');
  const startTime = new Date();
  await windOn(2 * hour);
  await there.updateDistribution({ distributionName: 'cdn', isEnabled: false });
  await windOn(2 * hour);
  type Query = Parameters<Lightsail['getDistributionMetricData']>[0];
  const read = async (metricName: Query['metricName'], unit: Query['unit'], statistic: 'Sum' | 'Average') => {
    const range = { startTime, endTime: new Date(startTime.getTime() + 4 * hour), period: 300 };
    const input = { distributionName: 'cdn', metricName, unit, statistics: [statistic], ...range };
    return (await there.getDistributionMetricData(input)).metricData ?? [];
  };
  const requests = await read('Requests', 'None', 'Sum');
  expect(requests.length).toBeGreaterThan(20);
  expect(requests.length).toBeLessThanOrEqual(24);
  const last = requests.at(-1)?.timestamp?.getTime() ?? 0;
  expect(last).toBeLessThanOrEqual(startTime.getTime() + 2 * hour);
  for (const bytes of ['BytesDownloaded', 'BytesUploaded'] as const)
    expect(await read(bytes, 'None', 'Sum')).toHaveLength(requests.length);
  const [all, client, server] = await Promise.all(
    (['TotalErrorRate', 'Http4xxErrorRate', 'Http5xxErrorRate'] as const).map((name) =>
      read(name, 'Percent', 'Average'),
    ),
  );
  for (const [i, { average = 0 }] of all!.entries())
    expect(average).toBeCloseTo((client![i]?.average ?? 0) + (server![i]?.average ?? 0), 6);
  expect(await read('WafBlockedRequests', 'None', 'Sum')).toEqual([]);
  await expect(read('Requests', 'Count', 'Sum')).rejects.toMatchObject(
    invalid('The unit Count is not valid for the metric Requests.'),
  );
});

test('F274 F275 an A entry leads to a distribution as an alias', async () => {
  const there = await accountOf('aliases');
  const { domainName: target = '' } = await distribute(there, 'cdn');
  await there.createDomain({ domainName: 'aliases.example' });
  const entry = { name: 'www.aliases.example', type: 'A', target, isAlias: true };
  await there.createDomainEntry({ domainName: 'aliases.example', domainEntry: entry });
  const { domain } = await there.getDomain({ domainName: 'aliases.example' });
  expect(domain?.domainEntries).toContainEqual({ ...entry, id: expect.any(String) });
  const other = `d0000000000000.${target.split('.').slice(1).join('.')}`;
  await expect(
    there.createDomainEntry({
      domainName: 'aliases.example',
      domainEntry: { ...entry, name: 'aliases.example', target: other },
    }),
  ).rejects.toMatchObject(invalid(`This account has no load balancer or distribution with the DNS name ${other}.`));
});

test('an account has twenty distributions, with tags', async () => {
  const there = await accountOf('many');
  await balance(there, 'front');
  for (let i = 0; i < 20; i++) await there.createDistribution(distributionInput(`cdn-${i}`, 'front'));
  await expect(there.createDistribution(distributionInput('cdn-20', 'front'))).rejects.toMatchObject(
    invalid(/^Sorry, you've reached your maximum limit of Lightsail Distributions : 20\./),
  );
  await there.tagResource({ resourceName: 'cdn-0', tags: [{ key: 'team', value: 'blue' }] });
  expect((await getDistribution(there, 'cdn-0')).tags).toEqual([{ key: 'team', value: 'blue' }]);
  await wind();
  expectWhole(await readState(control, server.data));
});
