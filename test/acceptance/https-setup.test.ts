import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateInstancesCommandInput, SetupInstanceHttpsCommandInput } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { allPages, apiOf } from '../call.ts';
import { startDns } from '../dns.ts';
import { finished, getInstance, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { type Account, startServer } from '../lateen.ts';
import { expectWhole, readState } from '../state.ts';

const dns = await startDns();
const server = await startServer({ args: ['--validation', 'dns', '--dns-server', dns.address, '--page-size', '2'] });
const { control, ask } = apiOf(server);
const days = 24 * 3_600_000;
const wind = (ms: number) => control('AdvanceClock', { ms });
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const emailAddress = 'admin@example.com';

/** An account with a WordPress instance `blog`, its static IP, and both domains leading to it. */
const site = async (name: string, settings: Partial<CreateInstancesCommandInput> = {}) => {
  const account = await newAccount(server, name);
  const api = lightsail(account);
  await launch(api, 'blog', { blueprintId: 'wordpress', ...settings });
  await api.allocateStaticIp({ staticIpName: 'front' });
  await finished(api, (await api.attachStaticIp({ staticIpName: 'front', instanceName: 'blog' })).operations);
  const { publicIpAddress = '' } = await getInstance(api, 'blog');
  const domainNames = [`${name}.example.com`, `www.${name}.example.com`];
  for (const domain of domainNames) dns.addresses.set(domain, publicIpAddress);
  return { account, api, domainNames, publicIpAddress };
};

const input = (
  domainNames: string[],
  more: Partial<SetupInstanceHttpsCommandInput> = {},
): SetupInstanceHttpsCommandInput => ({
  ...{ instanceName: 'blog', emailAddress, domainNames, certificateProvider: 'LetsEncrypt' },
  ...more,
});

const history = async (account: Account) =>
  (await lightsail(account).getSetupHistory({ resourceName: 'blog' })).setupHistory ?? [];

/** What the simulated machine of the only instance of an account serves. */
const served = async (account: { readonly account: string }) => {
  const state = await readState(apiOf(server), server.data);
  const row = state('resource').find((each) => each.account === account.account && each.kind === 'Instance');
  const machine = state('machine').find(({ id }) => id === row?.id);
  return (JSON.parse(String(machine?.body)) as { https?: { names: string[]; serial: string } }).https;
};

test('SetupInstanceHttps checks, issues and installs, and the history tells of each', async () => {
  const { account, api, domainNames, publicIpAddress } = await site('whole');
  const { operations = [] } = await api.setupInstanceHttps(input(domainNames));
  expect(operations).toMatchObject([
    {
      operationType: 'SetupInstanceHttps',
      resourceName: 'blog',
      resourceType: 'Instance',
      location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
      status: 'Started',
      isTerminal: false,
    },
  ]);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }]);
  const { name, arn, createdAt, location, resourceType } = await getInstance(api, 'blog');
  const passed = (command: string, standardOutput: unknown) => ({
    command,
    dateTime: expect.any(Date),
    name: 'blog',
    standardError: '',
    standardOutput,
    status: 'succeeded',
    version: '1.0',
  });
  expect(await history(account)).toEqual([
    {
      operationId: operations[0]?.id,
      // The e-mail address is shown to nobody.
      request: { instanceName: 'blog', domainNames, certificateProvider: 'LetsEncrypt' },
      resource: { name, arn, createdAt, location, resourceType },
      status: 'succeeded',
      executionDetails: [
        passed(`check ${domainNames.join(' ')}`, expect.stringContaining(publicIpAddress)),
        passed(`issue ${domainNames.join(' ')}`, expect.stringContaining('Lateen')),
        passed('install blog', `https://${domainNames.join(', https://')}`),
      ],
    },
  ]);
  expect(await served(account)).toEqual({ names: domainNames, serial: expect.stringMatching(/^[0-9A-F]{32}$/) });
});

test('the certificate is one of the authority, and its key is sealed', async () => {
  const own = await startServer();
  const api = lightsail(own);
  await launch(api, 'blog', { blueprintId: 'wordpress' });
  await api.allocateStaticIp({ staticIpName: 'front' });
  await api.attachStaticIp({ staticIpName: 'front', instanceName: 'blog' });
  // One name is long; the subject is the other.
  const long = `${'a'.repeat(60)}.example.com`;
  // Without --validation dns the caller's word is enough.
  const { operations = [] } = await api.setupInstanceHttps(input([long, 'Example.com']));
  await finished(api, operations);
  const stored = await own.cli('state', 'save', join(own.data, 'all.jsonl'));
  expect(stored.code).toBe(0);
  const text = readFileSync(join(own.data, 'all.jsonl'), 'utf8');
  const [header] = text.split('\n');
  const { key } = JSON.parse(header!) as { key: string };
  const secret = text.split('\n').find((line) => line.startsWith('["secret"') && line.includes(operations[0]!.id!))!;
  expect(text).not.toContain('PRIVATE KEY');
  expect(text).not.toContain(emailAddress);
  const kept = await unseal(JSON.parse(secret)[1].value.sealed, key);
  const [leaf] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(kept.chain)!;
  const certificate = new X509Certificate(leaf);
  const authority = new X509Certificate(readFileSync(join(own.data, 'authority.pem')));
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(kept.privateKey))).toBe(true);
  expect(certificate.subject).toBe('CN=example.com');
  expect(certificate.subjectAltName).toBe(`DNS:example.com, DNS:${long}`);
});

const unseal = async (sealed: string, key: string): Promise<{ chain: string; privateKey: string }> => {
  const { createSeal } = await import('../../src/store/seal.ts');
  const { randomIds } = await import('../../src/ids.ts');
  return JSON.parse(createSeal(Buffer.from(key, 'base64'), randomIds).open(Buffer.from(sealed, 'base64')).toString());
};

test('a domain that leads elsewhere, or nowhere, fails the check; the next try works', async () => {
  const { account, api, domainNames, publicIpAddress } = await site('astray');
  const [first = '', second = ''] = domainNames;
  dns.addresses.set(first, '192.0.2.1');
  dns.addresses.delete(second);
  const [failed] = await finished(api, (await api.setupInstanceHttps(input(domainNames))).operations);
  const reason = `${first}, ${second} must lead to ${publicIpAddress}: publish an A record with this address for each, and try again.`;
  expect(failed).toMatchObject({ status: 'Failed', errorCode: 'OperationFailure', errorDetails: reason });
  expect(await history(account)).toMatchObject([
    {
      status: 'failed',
      executionDetails: [{ command: `check ${domainNames.join(' ')}`, status: 'failed', standardError: reason }],
    },
  ]);
  expect(await served(account)).toBeUndefined();
  for (const domain of domainNames) dns.addresses.set(domain, publicIpAddress);
  expect(await finished(api, (await api.setupInstanceHttps(input(domainNames))).operations)).toMatchObject([
    { status: 'Succeeded' },
  ]);
  expect((await history(account)).map(({ status }) => status)).toEqual(['succeeded', 'failed']);
});

test('a set-up that fails on its way leaves the certificate of the one before', async () => {
  const { account, api, domainNames } = await site('kept');
  await finished(api, (await api.setupInstanceHttps(input(domainNames))).operations);
  const before = await served(account);
  for (const step of ['issue', 'install']) {
    await control('OrderFault', { step: `SetupInstanceHttps/${step}`, permanent: true, message: 'No room.' });
    const { operations } = await api.setupInstanceHttps(input(domainNames.slice(1)));
    expect(await finished(api, operations)).toMatchObject([{ status: 'Failed', errorDetails: 'No room.' }]);
    const [{ executionDetails = [] } = {}] = await history(account);
    expect(executionDetails.at(-1)).toMatchObject({ status: 'failed', standardError: 'No room.' });
    expect(executionDetails.at(-1)?.command).toContain(step);
    expect(await served(account)).toEqual(before);
  }
  await finished(api, (await api.setupInstanceHttps(input(domainNames.slice(1)))).operations);
  expect((await served(account))?.names).toEqual(domainNames.slice(1));
});

test('what stands against a set-up is told at once', async () => {
  const api = lightsail(await newAccount(server, 'against'));
  const domains = ['www.against.example.com'];
  const set = (more: Partial<SetupInstanceHttpsCommandInput> = {}) => api.setupInstanceHttps(input(domains, more));
  await expect(set()).rejects.toMatchObject(refusal('NotFoundException', 'The Instance does not exist'));
  await launch(api, 'plain');
  await expect(set({ instanceName: 'plain' })).rejects.toMatchObject(
    invalid('The blueprint debian_12 of the Instance plain does not support the set-up of HTTPS.'),
  );
  await launch(api, 'blog', { blueprintId: 'wordpress' });
  await expect(set()).rejects.toMatchObject(invalid('The Instance blog has no static IP.'));
  await api.allocateStaticIp({ staticIpName: 'front' });
  await api.attachStaticIp({ staticIpName: 'front', instanceName: 'blog' });
  const close = (fromPort: number, toPort: number) =>
    api.closeInstancePublicPorts({ instanceName: 'blog', portInfo: { protocol: 'tcp', fromPort, toPort } });
  await close(443, 443);
  await expect(set()).rejects.toMatchObject(invalid('The Instance blog must let in tcp 443 from anywhere.'));
  await close(80, 80);
  await expect(set()).rejects.toMatchObject(invalid('The Instance blog must let in tcp 80 and 443 from anywhere.'));
  await api.openInstancePublicPorts({
    instanceName: 'blog',
    portInfo: { protocol: 'tcp', fromPort: 1, toPort: 1024, cidrs: ['192.0.2.0/24'] },
  });
  await expect(set()).rejects.toMatchObject(invalid(/from anywhere/));
  await api.openInstancePublicPorts({
    instanceName: 'blog',
    portInfo: { protocol: 'all', fromPort: 0, toPort: 65535 },
  });
  for (const [domainNames, message] of [
    [['-bad.example.com'], /is not a valid domain name/],
    [['www.amazonaws.com'], 'No certificate can be issued for www.amazonaws.com: DOMAIN_NOT_ALLOWED.'],
    [['www.example.invalid'], /INVALID_PUBLIC_DOMAIN/],
    [[`${'a'.repeat(60)}.example.com`], 'One of the domain names must have at most 63 characters.'],
  ] as const)
    await expect(set({ domainNames: [...domainNames] })).rejects.toMatchObject(invalid(message));
  for (const wrong of [{ domainNames: [] }, { domainNames: ['x'] }, { emailAddress: 'nobody' }])
    expect((await ask('SetupInstanceHttps', input(domains, wrong))).error).toBe('ValidationException');
  await finished(api, (await api.stopInstance({ instanceName: 'blog' })).operations);
  await expect(set()).rejects.toMatchObject(
    invalid('The Instance blog cannot be set up for HTTPS while its state is stopped.'),
  );
  await expect(api.getSetupHistory({ resourceName: 'front' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance does not exist'),
  );
  expect((await api.getSetupHistory({ resourceName: 'blog' })).setupHistory).toEqual([]);
});

test('the history shows the latest five, newest first, in pages', async () => {
  const { account, api, domainNames } = await site('many');
  const ids: string[] = [];
  // What fails at once makes the history as well, and no keys.
  for (const domain of domainNames) dns.addresses.delete(domain);
  const setUp = async () => {
    const { operations = [] } = await api.setupInstanceHttps(input(domainNames));
    await finished(api, operations);
    ids.unshift(operations[0]?.id ?? '');
  };
  for (let i = 0; i < 6; i++) await setUp();
  const tokens: string[] = [];
  const shown = await allPages(async (pageToken) => {
    const page = await api.getSetupHistory({ resourceName: 'blog', pageToken });
    expect(page.setupHistory?.length).toBeLessThanOrEqual(2);
    if (page.nextPageToken !== undefined) tokens.push(page.nextPageToken);
    return { items: page.setupHistory, next: page.nextPageToken };
  });
  expect(shown.map(({ operationId }) => operationId)).toEqual(ids.slice(0, 5));
  expect(tokens).toHaveLength(2);
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9+/=]{24,40}$/);
  const other = await site('others');
  await finished(other.api, (await other.api.setupInstanceHttps(input(domainNames))).operations);
  for (const pageToken of ['A'.repeat(24), tokens[0]!])
    await expect(other.api.getSetupHistory({ resourceName: 'blog', pageToken })).rejects.toMatchObject(
      invalid('The page token is not valid.'),
    );
  // One that came before goes on where it was.
  await setUp();
  const { setupHistory } = await api.getSetupHistory({ resourceName: 'blog', pageToken: tokens[0]! });
  expect(setupHistory?.map(({ operationId }) => operationId)).toEqual(ids.slice(3, 5));
  expect(await history(account)).toHaveLength(2);
  const rows = (await readState(apiOf(server), server.data))('https_setup').filter(
    (row) => row.account === account.account,
  );
  expect(rows).toHaveLength(5);
});

test('a certificate is renewed before its end, when its machine runs, and goes with the instance', async () => {
  const { account, api, domainNames } = await site('renewed');
  await finished(api, (await api.setupInstanceHttps(input(domainNames))).operations);
  const first = await served(account);
  await wind(330 * days);
  expect(await served(account)).toEqual(first);
  await wind(10 * days);
  const second = await served(account);
  expect(second).toEqual({ names: domainNames, serial: expect.any(String) });
  expect(second?.serial).not.toBe(first?.serial);
  // One that is off gets it when it runs again.
  await finished(api, (await api.stopInstance({ instanceName: 'blog' })).operations);
  await wind(340 * days);
  expect(await served(account)).toEqual(second);
  await finished(api, (await api.startInstance({ instanceName: 'blog' })).operations);
  await wind(2 * days);
  expect((await served(account))?.serial).not.toBe(second?.serial);

  await finished(api, (await api.deleteInstance({ instanceName: 'blog' })).operations);
  await wind(0);
  const state = await readState(apiOf(server), server.data);
  expectWhole(state);
  const left = (table: string) => state(table).filter((row) => row.account === account.account);
  expect(left('https_setup')).toEqual([]);
  expect(left('task')).toEqual([]);
  await launch(api, 'blog', { blueprintId: 'wordpress' });
  expect(await history(account)).toEqual([]);
});
