import type { ContainerService, ContainerServicePowerName } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf, call } from '../call.ts';
import { deploy, getService, remove, rested, serve, webOf } from '../containers.ts';
import { lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { expectWhole, readState } from '../state.ts';

const hour = 3_600_000;
const server = await startServer();
const api = lightsail(server);
const admin = apiOf(server);
const wind = (ms: number) => admin.control('AdvanceClock', { ms });
const invalid = (message?: string | RegExp) => refusal('InvalidInputException', message);
const gone = refusal('NotFoundException', 'The ContainerService does not exist');

/** Where every stage takes its time. */
const slow = await startServer({ args: ['--pace', 'real'] });
const slowApi = lightsail(slow);
const windSlow = (ms: number) => apiOf(slow).control('AdvanceClock', { ms });
/** The states and stages that a service goes through from now on until it rests, each once. */
const walk = async (name: string): Promise<string[]> => {
  const seen: string[] = [];
  for (;;) {
    const { state, stateDetail } = await getService(slowApi, name);
    const words = [state, stateDetail?.code].filter((word) => word !== undefined).join(' ');
    if (seen.at(-1) !== words) seen.push(words);
    if (!['PENDING', 'DEPLOYING', 'UPDATING'].includes(state ?? '')) return seen;
    await windSlow(5_000);
  }
};

const bare: ContainerService = {
  arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:ContainerService\/[0-9a-f-]{36}$/),
  containerServiceName: 'plain',
  createdAt: expect.any(Date),
  isDisabled: false,
  location: { availabilityZone: 'all', regionName: 'us-east-1' },
  power: 'nano',
  powerId: 'nano-1',
  principalArn: '',
  privateDomainName: 'plain.service.local',
  privateRegistryAccess: { ecrImagePullerRole: { isActive: false, principalArn: '' } },
  resourceType: 'ContainerService',
  scale: 1,
  state: 'PENDING',
  tags: [],
  url: expect.stringMatching(/^https:\/\/plain\.[a-z2-7]{13}\.us-east-1\.cs\.lateen\.internal\/$/),
};

test('F39 F73 F404 F411 F413 F423 a service is pending at first, and ready once it is there', async () => {
  for (const missing of ['power', 'scale', 'serviceName']) {
    const { [missing]: _, ...input } = { power: 'nano', scale: 1, serviceName: 'plain' } as Record<string, unknown>;
    expect(await call(server, 'CreateContainerService', input)).toMatchObject({ status: 400 });
  }
  const answer = await api.createContainerService({ serviceName: 'plain', power: 'nano', scale: 1 });
  expect(Object.keys(answer).sort()).toEqual(['$metadata', 'containerService']);
  expect(answer.containerService).toEqual(bare);
  const service = await rested(api, 'plain');
  expect(service).toEqual({
    ...bare,
    state: 'READY',
    principalArn: expect.stringMatching(
      /^arn:aws:iam::\d{12}:role\/amazon\/lightsail\/us-east-1\/containers\/plain\/[a-z2-7]{51}$/,
    ),
  });
  await expect(api.createContainerService({ serviceName: 'plain', power: 'nano', scale: 1 })).rejects.toMatchObject(
    invalid('Some names are already in use: plain'),
  );
  const elsewhere = lightsail(server, 'eu-west-1');
  expect((await serve(elsewhere, 'plain')).url).not.toBe(service.url);
  await remove(elsewhere, 'plain');
});

test.each(['-web', 'web-', 'Web', 'we.b', '', 'w'.repeat(64)])('F405 the name "%s" is refused', async (serviceName) => {
  expect(await call(server, 'CreateContainerService', { serviceName, power: 'nano', scale: 1 })).toMatchObject({
    status: 400,
    error: 'ValidationException',
  });
});

test('F405 names may have one character, and sixty-three', async () => {
  for (const name of ['a', '9z', 'w'.repeat(63)]) {
    expect(await serve(api, name)).toMatchObject({ privateDomainName: `${name}.service.local` });
    await remove(api, name);
  }
});

test('F406 F407 there are one to twenty nodes, of six powers', async () => {
  for (const scale of [0, 21])
    await expect(api.createContainerService({ serviceName: 'many', power: 'nano', scale })).rejects.toMatchObject(
      refusal('ValidationException'),
    );
  await expect(
    api.createContainerService({ serviceName: 'many', power: 'huge' as ContainerServicePowerName, scale: 1 }),
  ).rejects.toMatchObject(refusal('ValidationException'));
  const { powers = [] } = await api.getContainerServicePowers({});
  for (const { name, powerId } of powers) {
    const power = name as ContainerServicePowerName;
    expect(await serve(api, 'many', { power, scale: 20 })).toMatchObject({ power, powerId, scale: 20, state: 'READY' });
    await remove(api, 'many');
  }
});

test('F408 a service costs the price of its power for every node, and disabled too', async () => {
  const now = async () => Number((await admin.control('GetClock')).now);
  await wind(24 * hour - ((await now()) % (24 * hour)));
  const begun = await now();
  const nodeHours = async () => {
    const { resourcesBudgetEstimate: [found] = [] } = await api.getCostEstimate({
      resourceName: 'priced',
      startTime: new Date(begun),
      endTime: new Date(begun + 24 * hour),
    });
    return Object.fromEntries(
      (found?.costEstimates ?? []).map(({ usageType, resultsByTime = [] }) => [
        usageType,
        [resultsByTime[0]?.unit, resultsByTime[0]?.usageCost],
      ]),
    );
  };
  await serve(api, 'priced', { power: 'micro', scale: 3 });
  await wind(2 * hour);
  await api.updateContainerService({ serviceName: 'priced', power: 'large', scale: 2, isDisabled: true });
  await wind(hour);
  expect(await nodeHours()).toEqual({
    'ContainerServiceUsage:micro': [expect.closeTo(6, 1), expect.closeTo((6 * 10) / 744, 3)],
    'ContainerServiceUsage:large': [expect.closeTo(2, 1), expect.closeTo((2 * 80) / 744, 3)],
  });
  await rested(api, 'priced');
  await remove(api, 'priced');
});

test('F409 F424 public names need certificates that are there, and are four at most', async () => {
  const ask = (publicDomainNames: Record<string, string[]>) =>
    api.createContainerService({ serviceName: 'named', power: 'nano', scale: 1, publicDomainNames });
  await expect(ask({ nothing: ['www.example.com'] })).rejects.toMatchObject(
    invalid('The certificates nothing do not exist.'),
  );
  const five = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.example.com`);
  await expect(ask({ nothing: five })).rejects.toMatchObject(invalid(/up to 4 public domain names/));
  await expect(ask({ one: ['example.com'], other: ['example.com'] })).rejects.toMatchObject(invalid(/more than once/));
  await expect(
    api.updateContainerService({ serviceName: 'plain', publicDomainNames: { nothing: five.slice(1) } }),
  ).rejects.toMatchObject(invalid('The certificates nothing do not exist.'));
  await expect(
    api.updateContainerService({ serviceName: 'plain', publicDomainNames: { nothing: five } }),
  ).rejects.toMatchObject(invalid(/up to 4 public domain names/));
  expect(await getService(api, 'plain')).toMatchObject({ state: 'READY' });
});

test('F409 F424 public names are those of issued certificates, which then are in use', async () => {
  const issue = async (certificateName: string, domainName: string, more: string[] = []) => {
    await api.createCertificate({ certificateName, domainName, subjectAlternativeNames: more });
    await wind(1_000);
  };
  const certificateOf = async (certificateName: string) =>
    (await api.getCertificates({ certificateName, includeCertificateDetails: true })).certificates?.[0]
      ?.certificateDetail;
  const update = async (publicDomainNames: Record<string, string[]>) => {
    const { containerService } = await api.updateContainerService({ serviceName: 'named', publicDomainNames });
    expect(containerService?.state).toBe('UPDATING');
    return rested(api, 'named');
  };
  await issue('shop', 'example.com', ['www.example.com', 'shop.example.com']);
  await issue('other', 'example.org');
  await issue('failed', 'www.amazonaws.com');
  const first = { shop: ['example.com', 'www.example.com'] };
  await api.createContainerService({ serviceName: 'named', power: 'nano', scale: 1, publicDomainNames: first });
  expect(await rested(api, 'named')).toMatchObject({ publicDomainNames: first });
  expect(await certificateOf('shop')).toMatchObject({ inUseResourceCount: 1, eligibleToRenew: 'ELIGIBLE' });
  await expect(api.deleteCertificate({ certificateName: 'shop' })).rejects.toMatchObject(
    invalid(/attached to the ContainerService named/),
  );
  await expect(update({ shop: ['example.org'] })).rejects.toMatchObject(
    invalid('The certificate shop is not for the domain name example.org.'),
  );
  await expect(update({ shop: [] })).rejects.toMatchObject(invalid(/No public domain name is given/));
  await expect(update({ failed: ['www.amazonaws.com'] })).rejects.toMatchObject(invalid(/is not validated/));
  const both = { shop: ['shop.example.com'], other: ['example.org'] };
  expect((await update(both)).publicDomainNames).toEqual(both);
  expect(await certificateOf('other')).toMatchObject({ inUseResourceCount: 1 });
  expect((await update({ other: ['example.org'] })).publicDomainNames).toEqual({ other: ['example.org'] });
  expect(await certificateOf('shop')).toMatchObject({ inUseResourceCount: 0, eligibleToRenew: 'INELIGIBLE' });
  expectWhole(await readState(admin, server.data));
  await remove(api, 'named');
  expect(await certificateOf('other')).toMatchObject({ inUseResourceCount: 0 });
  for (const certificateName of ['shop', 'other', 'failed']) await api.deleteCertificate({ certificateName });
});

test('F410 F414 F420 a first deployment comes with the service', async () => {
  const answer = await slowApi.createContainerService({
    ...{ serviceName: 'at-once', power: 'nano', scale: 1 },
    deployment: webOf(),
  });
  expect(answer.containerService).toMatchObject({
    state: 'PENDING',
    nextDeployment: { version: 1, state: 'ACTIVATING', containers: { web: { image: 'nginx:latest' } } },
  });
  expect(answer.containerService).not.toHaveProperty('currentDeployment');
  const seen = await walk('at-once');
  expect(seen).toEqual([
    'PENDING',
    ...[
      'CREATING_SYSTEM_RESOURCES',
      'CREATING_NETWORK_INFRASTRUCTURE',
      'PROVISIONING_CERTIFICATE',
      'PROVISIONING_SERVICE',
      'CREATING_DEPLOYMENT',
      'EVALUATING_HEALTH_CHECK',
      'ACTIVATING_DEPLOYMENT',
    ].map((code) => `DEPLOYING ${code}`),
    'RUNNING',
  ]);
  const service = await getService(slowApi, 'at-once');
  expect(service).toMatchObject({ currentDeployment: { version: 1, state: 'ACTIVE' } });
  expect(service).not.toHaveProperty('nextDeployment');
  await expect(
    api.createContainerService({ serviceName: 'none', power: 'nano', scale: 1, deployment: { containers: {} } }),
  ).rejects.toMatchObject(invalid('A deployment has at least one container.'));
  await expect(getService(api, 'none')).rejects.toMatchObject(gone);
});

test('F412 F415 F417 F418 a service goes through its states, and tells details while something goes on', async () => {
  await slowApi.createContainerService({ serviceName: 'stages', power: 'nano', scale: 1 });
  expect(await walk('stages')).toEqual(['PENDING', 'READY']);
  const { containerService } = await slowApi.updateContainerService({
    serviceName: 'stages',
    scale: 2,
    power: 'small',
  });
  expect(containerService).toMatchObject({ state: 'UPDATING', scale: 2, power: 'small', powerId: 'small-1' });
  expect((await walk('stages')).filter((words) => words !== 'UPDATING')).toEqual([
    'UPDATING PROVISIONING_SERVICE',
    'READY',
  ]);
  const busy = await slowApi.createContainerServiceDeployment({ serviceName: 'stages', ...webOf() });
  expect(busy.containerService).toMatchObject({ state: 'DEPLOYING', nextDeployment: { version: 1 } });
  const calls = [
    slowApi.createContainerServiceDeployment({ serviceName: 'stages', ...webOf() }),
    slowApi.updateContainerService({ serviceName: 'stages', scale: 1 }),
  ];
  await Promise.all(
    calls.map((refused) => expect(refused).rejects.toMatchObject(invalid(/while its state is DEPLOYING/))),
  );
  await windSlow(5_000);
  expect((await getService(slowApi, 'stages')).stateDetail).toEqual({
    code: 'CREATING_SYSTEM_RESOURCES',
    message: expect.stringMatching(/\w/),
  });
  expect((await walk('stages')).at(-1)).toBe('RUNNING');
  expect(await getService(slowApi, 'stages')).not.toHaveProperty('stateDetail');
  await slowApi.createContainerServiceDeployment({ serviceName: 'stages', ...webOf() });
  await slowApi.deleteContainerService({ serviceName: 'stages' });
  expect(await getService(slowApi, 'stages')).toMatchObject({ state: 'DELETING' });
  await expect(slowApi.updateContainerService({ serviceName: 'stages', scale: 1 })).rejects.toMatchObject(
    invalid(/while its state is DELETING/),
  );
  await slowApi.deleteContainerService({ serviceName: 'stages' });
  await windSlow(120_000);
  await expect(getService(slowApi, 'stages')).rejects.toMatchObject(gone);
  expect((await readState(apiOf(slow), slow.data)).report.findings).toEqual([]);
});

test('F419 a service that cannot be made stays pending, says why, and can be deleted', async () => {
  const step = 'CreateContainerService/apply';
  await admin.control('OrderFault', { step, message: 'no node is left', permanent: true });
  await api.createContainerService({ serviceName: 'unlucky', power: 'nano', scale: 1, deployment: webOf() });
  await wind(60_000);
  const service = await getService(api, 'unlucky');
  expect(service).toMatchObject({
    state: 'PENDING',
    stateDetail: { code: 'UNKNOWN_ERROR', message: 'no node is left' },
    principalArn: '',
  });
  expect(service).not.toHaveProperty('nextDeployment');
  expect((await api.getContainerServiceDeployments({ serviceName: 'unlucky' })).deployments).toMatchObject([
    { version: 1, state: 'FAILED' },
  ]);
  expectWhole(await readState(admin, server.data));
  await remove(api, 'unlucky');
  expectWhole(await readState(admin, server.data));
});

test('F416 F424 F425 a disabled service has shut down what it ran, takes no deployment, and starts it again', async () => {
  await serve(api, 'switch');
  await deploy(api, 'switch');
  const { containerService } = await api.updateContainerService({ serviceName: 'switch', isDisabled: true });
  expect(containerService).toMatchObject({ state: 'UPDATING', isDisabled: true });
  expect(await rested(api, 'switch')).toMatchObject({
    state: 'DISABLED',
    isDisabled: true,
    currentDeployment: { version: 1, state: 'INACTIVE' },
  });
  await expect(api.createContainerServiceDeployment({ serviceName: 'switch', ...webOf() })).rejects.toMatchObject(
    invalid('The container service switch is disabled and cannot be deployed to.'),
  );
  await api.updateContainerService({ serviceName: 'switch', scale: 2 });
  expect(await rested(api, 'switch')).toMatchObject({ state: 'DISABLED', scale: 2, power: 'nano', isDisabled: true });
  await api.updateContainerService({ serviceName: 'switch', isDisabled: false });
  expect(await rested(api, 'switch')).toMatchObject({
    state: 'RUNNING',
    isDisabled: false,
    currentDeployment: { version: 1, state: 'ACTIVE' },
  });
  await remove(api, 'switch');
});

test('a role for private registries shows while it is active, and is the same one when it is again', async () => {
  const settings = { ecrImagePullerRole: { isActive: true } };
  const roleOf = ({ privateRegistryAccess }: ContainerService) => privateRegistryAccess?.ecrImagePullerRole;
  const { containerService } = await api.createContainerService({
    ...{ serviceName: 'puller', power: 'nano', scale: 1 },
    privateRegistryAccess: settings,
  });
  expect(roleOf(containerService!)).toEqual({ isActive: true, principalArn: '' });
  const active = roleOf(await rested(api, 'puller'));
  expect(active).toEqual({
    isActive: true,
    principalArn: expect.stringMatching(
      /:role\/amazon\/lightsail\/us-east-1\/containers\/puller\/private-repo-access\/\w+$/,
    ),
  });
  const update = async (isActive: boolean) => {
    const privateRegistryAccess = { ecrImagePullerRole: { isActive } };
    await api.updateContainerService({ serviceName: 'puller', privateRegistryAccess });
    return roleOf(await rested(api, 'puller'));
  };
  expect(await update(false)).toEqual({ isActive: false, principalArn: '' });
  await api.updateContainerService({ serviceName: 'puller', scale: 2 });
  expect(roleOf(await rested(api, 'puller'))).toEqual({ isActive: false, principalArn: '' });
  expect(await update(true)).toEqual(active);
  await remove(api, 'puller');
});

test('F274 F275 the url leads to an address of its own, and so do aliases of its zone', async () => {
  const { url = '', privateDomainName } = await serve(api, 'reached');
  expect(privateDomainName).toBe('reached.service.local');
  const host = new URL(url).host;
  await api.createDomain({ domainName: 'example.com' });
  const domainEntry = { name: 'www.example.com', type: 'A', target: host, isAlias: true };
  await api.createDomainEntry({ domainName: 'example.com', domainEntry });
  await expect(
    api.createDomainEntry({
      domainName: 'example.com',
      domainEntry: { ...domainEntry, name: 'other.example.com', target: host.replace('reached', 'nothing') },
    }),
  ).rejects.toMatchObject(invalid());
  await api.deleteDomain({ domainName: 'example.com' });
  await remove(api, 'reached');
});

test('F443 all services of the Region are listed, or the named one', async () => {
  await serve(api, 'second');
  const names = async (serviceName?: string) =>
    (await api.getContainerServices({ serviceName })).containerServices?.map((one) => one.containerServiceName);
  expect(await names()).toEqual(['plain', 'second']);
  expect(await names('second')).toEqual(['second']);
  await expect(names('third')).rejects.toMatchObject(gone);
  expect((await lightsail(server, 'eu-west-1').getContainerServices({})).containerServices).toEqual([]);
});

test('tags come with the service, and are taken and given as those of others', async () => {
  await serve(api, 'tagged', { tags: [{ key: 'team', value: 'blue' }] });
  const { operations } = await api.tagResource({ resourceName: 'tagged', tags: [{ key: 'stage' }] });
  expect(operations).toMatchObject([{ resourceType: 'ContainerService', location: { availabilityZone: 'all' } }]);
  expect((await getService(api, 'tagged')).tags).toEqual([{ key: 'team', value: 'blue' }, { key: 'stage' }]);
  await remove(api, 'tagged');
});

test('the quota of services is kept', async () => {
  const small = await startServer({ args: ['--quota', 'containerServicesPerAccount=1'] });
  const own = lightsail(small);
  await serve(own, 'first');
  await expect(own.createContainerService({ serviceName: 'next', power: 'nano', scale: 1 })).rejects.toMatchObject(
    invalid("Sorry, you've either reached or will exceed your maximum limit of Lightsail Container Services."),
  );
  expect(await serve(lightsail(await newAccount(small, 'other')), 'next')).toMatchObject({ state: 'READY' });
  await small.stop();
});

test('F445 a deletion answers with nothing, and takes along all that the service had', async () => {
  await serve(api, 'doomed');
  await deploy(api, 'doomed');
  const digest = `sha256:${'1'.repeat(64)}`;
  await api.registerContainerImage({ serviceName: 'doomed', label: 'app', digest });
  const { status, body } = await call(server, 'DeleteContainerService', { serviceName: 'doomed' });
  expect({ status, body }).toEqual({ status: 200, body: {} });
  await wind(1_000);
  await expect(getService(api, 'doomed')).rejects.toMatchObject(gone);
  const calls = [
    api.deleteContainerService({ serviceName: 'doomed' }),
    api.updateContainerService({ serviceName: 'doomed', scale: 2 }),
    api.createContainerServiceDeployment({ serviceName: 'doomed', ...webOf() }),
    api.getContainerServiceDeployments({ serviceName: 'doomed' }),
    api.getContainerImages({ serviceName: 'doomed' }),
    api.registerContainerImage({ serviceName: 'doomed', label: 'app', digest }),
    api.getContainerLog({ serviceName: 'doomed', containerName: 'web' }),
  ];
  await Promise.all(calls.map((refused) => expect(refused).rejects.toMatchObject(gone)));
  await serve(api, 'doomed');
  const { containerImage } = await api.registerContainerImage({ serviceName: 'doomed', label: 'app', digest });
  expect(containerImage?.image).toBe(':doomed.app.1');
  expect((await deploy(api, 'doomed')).currentDeployment?.version).toBe(1);
  expectWhole(await readState(admin, server.data));
});
