import { beforeAll, describe, expect, test } from 'vitest';
import type { OperationName } from '../../src/api/generated/operations.ts';
import { type Api, apiOf } from '../call.ts';
import { createInput, newAccount } from '../instances.ts';
import { type Account, type Server, startServer } from '../lateen.ts';
import { escaped, getQuery, queryOf } from '../query.ts';
import { sign } from '../sign.ts';

let server: Server;
let api: Api;
beforeAll(async () => {
  server = await startServer();
  api = apiOf(server);
});

interface Got {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

const got = async (answer: Response): Promise<Got> => {
  const { status, headers } = answer;
  const text = await answer.text();
  return { status, type: headers.get('content-type'), headers, text, body: JSON.parse(text) };
};

/** `GET /?Action=...` of somebody, with the parameters in the order given. */
const get = async (action: string, parameters: Record<string, string> = {}, who: Account = server): Promise<Got> =>
  got(await getQuery(queryOf([['Action', action], ...Object.entries(parameters)]), who));

/** An OpenSSH line in base64. */
const publicKey = (() => {
  const [type, key] = ['ssh-ed25519', Buffer.alloc(32, 7)];
  const fields = [Buffer.from(type), key].flatMap((field) => [Buffer.from([0, 0, 0, field.length]), field]);
  return Buffer.from(`${type} ${Buffer.concat(fields).toString('base64')}`).toString('base64');
})();

/**
 * The 47 actions of the published description with all of its parameters, in an order in which each finds what it is about. Values are
 * texts, as the description says.
 */
const domainEntry = '{"name":"www.query.example","type":"A","target":"192.0.2.1"}';
const actions: [action: OperationName, parameters: Record<string, string>, shown: object][] = [
  ['GetRegions', { includeAvailabilityZones: 'true' }, { regions: expect.any(Array) }],
  ['GetBlueprints', { includeInactive: 'false', pageToken: '' }, { blueprints: expect.any(Array) }],
  ['GetBundles', { includeInactive: 'True', pageToken: '' }, { bundles: expect.any(Array) }],
  ['CreateKeyPair', { keyPairName: 'query-key' }, { keyPair: { name: 'query-key' } }],
  [
    'ImportKeyPair',
    { keyPairName: 'query-import', publicKeyBase64: publicKey },
    { operation: { status: 'Succeeded' } },
  ],
  ['GetKeyPair', { keyPairName: 'query-key' }, { keyPair: { name: 'query-key' } }],
  ['GetKeyPairs', { pageToken: '' }, { keyPairs: [{ name: 'query-key' }, { name: 'query-import' }] }],
  ['DownloadDefaultKeyPair', { publicKeyBase64: 'x', privateKeyBase64: 'y' }, { publicKeyBase64: expect.any(String) }],
  [
    'CreateInstances',
    {
      ...{ availabilityZone: 'us-east-1a', blueprintId: 'debian_12', bundleId: 'nano_3_0', customImageName: '' },
      ...{ instanceNames: 'query-1,query-2', keyPairName: 'query-key', userData: '#!/bin/sh\necho 1' },
    },
    { operations: [{ resourceName: 'query-1' }, { resourceName: 'query-2' }] },
  ],
  ['GetInstance', { instanceName: 'query-1' }, { instance: { name: 'query-1', sshKeyName: 'query-key' } }],
  ['GetInstances', { pageToken: '' }, { instances: [{ name: 'query-1' }, { name: 'query-2' }] }],
  ['GetInstanceState', { instanceName: 'query-1' }, { state: { name: 'running' } }],
  ['GetInstanceAccessDetails', { instanceName: 'query-1', protocol: 'ssh' }, { accessDetails: { protocol: 'ssh' } }],
  [
    'GetInstanceMetricData',
    {
      ...{ instanceName: 'query-1', metricName: 'NetworkIn', period: '300', unit: 'Bytes', statistics: 'Sum,Average' },
      ...{ startTime: '2026-01-01T00:00:00Z', endTime: '2026-01-01T01:00:00Z' },
    },
    { metricName: 'NetworkIn', metricData: [] },
  ],
  ['GetInstancePortStates', { instanceName: 'query-1' }, { portStates: expect.any(Array) }],
  [
    'OpenInstancePublicPorts',
    { instanceName: 'query-1', portInfo: 'fromPort=8080,toPort=8081,protocol=tcp' },
    { operation: { operationType: 'OpenInstancePublicPorts' } },
  ],
  [
    'CloseInstancePublicPorts',
    { instanceName: 'query-1', portInfo: "{'fromPort': 8080, 'toPort': 8081, 'protocol': 'tcp'}" },
    { operation: { operationType: 'CloseInstancePublicPorts' } },
  ],
  ['RebootInstance', { instanceName: 'query-1' }, { operations: [{ operationType: 'RebootInstance' }] }],
  ['AllocateStaticIp', { staticIpName: 'query-ip' }, { operations: [{ resourceName: 'query-ip' }] }],
  ['AttachStaticIp', { instanceName: 'query-1', staticIpName: 'query-ip' }, { operations: expect.any(Array) }],
  ['GetStaticIp', { staticIpName: 'query-ip' }, { staticIp: { attachedTo: 'query-1' } }],
  ['GetStaticIps', { pageToken: '' }, { staticIps: [{ name: 'query-ip' }] }],
  ['DetachStaticIp', { staticIpName: 'query-ip' }, { operations: expect.any(Array) }],
  ['ReleaseStaticIp', { staticIpName: 'query-ip' }, { operations: expect.any(Array) }],
  [
    'CreateInstanceSnapshot',
    { instanceName: 'query-1', instanceSnapshotName: 'query-snapshot' },
    { operations: expect.any(Array) },
  ],
  [
    'GetInstanceSnapshot',
    { instanceSnapshotName: 'query-snapshot' },
    { instanceSnapshot: { fromInstanceName: 'query-1' } },
  ],
  ['GetInstanceSnapshots', { pageToken: '' }, { instanceSnapshots: [{ name: 'query-snapshot' }] }],
  [
    'CreateInstancesFromSnapshot',
    {
      ...{
        availabilityZone: 'us-east-1a',
        bundleId: 'nano_3_0',
        instanceNames: '["query-3"]',
        keyPairName: 'query-key',
      },
      ...{ instanceSnapshotName: 'query-snapshot', userData: '' },
    },
    { operations: [{ resourceName: 'query-3' }] },
  ],
  ['DeleteInstanceSnapshot', { instanceSnapshotName: 'query-snapshot' }, { operations: expect.any(Array) }],
  ['StopInstance', { instanceName: 'query-1' }, { operations: [{ operationType: 'StopInstance' }] }],
  ['StartInstance', { instanceName: 'query-1' }, { operations: [{ operationType: 'StartInstance' }] }],
  ['CreateDomain', { domainName: 'query.example' }, { operation: { resourceName: 'query.example' } }],
  ['CreateDomainEntry', { domainName: 'query.example', domainEntry }, { operation: { status: 'Succeeded' } }],
  ['GetDomain', { domainName: 'query.example' }, { domain: { name: 'query.example' } }],
  ['GetDomains', { pageToken: '' }, { domains: [{ name: 'query.example' }] }],
  ['UpdateDomainEntry', { domainName: 'query.example', domainEntry: '' }, {}],
  ['DeleteDomainEntry', { domainName: 'query.example', domainEntry }, { operation: { status: 'Succeeded' } }],
  ['DeleteDomain', { domainName: 'query.example' }, { operation: { status: 'Succeeded' } }],
  ['PeerVpc', { operation: '' }, { operation: { operationType: 'PeeredVpc' } }],
  ['IsVpcPeered', { isPeered: '' }, { isPeered: true }],
  ['UnpeerVpc', { operation: '' }, { operation: { operationType: 'UnpeeredVpc' } }],
  ['GetActiveNames', { pageToken: '' }, { activeNames: expect.arrayContaining(['query-1', 'query-key']) }],
  ['GetOperation', { operationId: '' }, { operation: { status: expect.any(String) } }],
  ['GetOperations', { pageToken: '' }, { operations: expect.any(Array) }],
  ['GetOperationsForResource', { resourceName: 'query-1', pageToken: '' }, { operations: expect.any(Array) }],
  ['DeleteInstance', { instanceName: 'query-1' }, { operations: expect.any(Array) }],
  ['DeleteKeyPair', { keyPairName: 'query-key' }, { operation: { status: 'Succeeded' } }],
];

/** Waits until nothing is under way, so that the next action may begin. */
const settle = async (who: Account): Promise<void> => {
  const { operations = [] } = (await apiOf(who).ask('GetOperations')).body;
  if (operations.some(({ isTerminal }) => !isTerminal)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await settle(who);
  }
};

describe('the published description', () => {
  let who: Account;
  let entryId: string;
  beforeAll(async () => {
    who = await newAccount(server, 'query');
  });

  test('has 47 actions', () => {
    expect(new Set(actions.map(([action]) => action)).size).toBe(47);
  });

  test.each(actions)('%s %j', async (action, given, shown) => {
    await settle(who);
    const parameters = { ...given };
    // Ids come from earlier answers.
    if (action === 'UpdateDomainEntry') {
      const { domain } = await apiOf(who).call('GetDomain', { domainName: 'query.example' });
      entryId = domain?.domainEntries?.find(({ type }) => type === 'A')?.id ?? '';
      parameters.domainEntry = `id=${entryId},name=www.query.example,type=A,target=192.0.2.2`;
    }
    if (action === 'DeleteDomainEntry') {
      parameters.domainEntry = JSON.stringify({
        id: entryId,
        name: 'www.query.example',
        type: 'A',
        target: '192.0.2.2',
      });
    }
    if (action === 'GetOperation') {
      parameters.operationId = (await apiOf(who).call('GetOperations')).operations?.[0]?.id ?? '';
    }
    const { status, type, headers, body } = await get(action, parameters, who);
    expect({ status, body }).toMatchObject({ status: 200, body: shown });
    expect(type).toBe('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test('answers are those of AWS JSON, byte by byte', async () => {
  for (const action of ['GetRegions', 'GetBundles', 'GetBlueprints', 'GetKeyPairs', 'GetActiveNames'] as const) {
    expect((await get(action)).text, action).toBe((await api.ask(action)).text);
  }
});

test('operations beyond the description are there by the same rules', async () => {
  const made = await get('CreateDisk', {
    ...{ diskName: 'query-disk', availabilityZone: 'us-east-1a', sizeInGb: '8' },
    ...{ 'tags.member.1.key': 'team', 'tags.member.1.value': 'a b', 'tags.member.2.key': 'bare' },
  });
  expect(made.body).toMatchObject({ operations: [{ resourceName: 'query-disk' }] });
  const { body } = await get('GetDisk', { diskName: 'query-disk' });
  expect(body.disk).toMatchObject({ sizeInGb: 8, tags: [{ key: 'team', value: 'a b' }, { key: 'bare' }] });
});

test('the doubled question mark, as the published collection sends it', async () => {
  await api.ask('CreateInstances', createInput(['doubled']));
  const url = `${server.url}/?Action=GetInstance?instanceName=doubled`;
  const answer = await got(await fetch(url, { headers: sign({ ...server, method: 'GET', url }) }));
  expect(answer).toMatchObject({ status: 200, body: { instance: { name: 'doubled' } } });
});

test('a form is a query', async () => {
  const body = `Action=TagResource&Version=2016-11-28&resourceName=form-key&tags.member.1.key=${escaped('a b')}`;
  await api.call('CreateKeyPair', { keyPairName: 'form-key' });
  const headers = sign({ ...server, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
  expect(await got(await fetch(server.url, { method: 'POST', headers, body }))).toMatchObject({ status: 200 });
  const { keyPair } = await api.call('GetKeyPair', { keyPairName: 'form-key' });
  expect(keyPair?.tags).toEqual([{ key: 'a b' }]);
});

test.each([
  ['F20 MalformedQueryString', 'Action=GetRegions&a=%zz', 404, 'MalformedQueryString', undefined],
  ['F19 InvalidQueryParameter', 'Action=GetRegions&a..b=1', 400, 'InvalidQueryParameter', undefined],
  ['MissingAction', 'Version=2016-11-28', 400, 'MissingAction', undefined],
  ['InvalidAction', 'Action=Launch', 400, 'InvalidAction', 'Could not find operation Launch for version 2016-11-28'],
  [
    'MissingParameter',
    'Action=GetInstance',
    400,
    'MissingParameter',
    'The request must contain the parameter instanceName.',
  ],
  ['InvalidParameterValue', 'Action=GetBundles&includeInactive=2', 400, 'InvalidParameterValue', undefined],
  [
    'ValidationException',
    'Action=GetInstanceAccessDetails&instanceName=web&protocol=telnet',
    400,
    'ValidationException',
    undefined,
  ],
  [
    'NotFoundException',
    'Action=GetInstance&instanceName=nowhere',
    400,
    'NotFoundException',
    'The Instance does not exist',
  ],
])('refused: %s', async (_, query, status, error, message) => {
  const answer = await got(await fetch(`${server.url}/?${query}`, { headers: signedFor(query) }));
  expect(answer).toMatchObject({ status, type: 'application/json', body: { __type: error } });
  expect(answer.headers.get('x-amzn-errortype')).toBe(error);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  if (message !== undefined) expect(answer.body.message).toBe(message);
});

/** The query has no escapes that a signer would change. */
const signedFor = (query: string): Record<string, string> =>
  query.includes('%') ? {} : sign({ ...server, method: 'GET', url: `${server.url}/?${query}` });

test('who signs wrongly is told so by the names of AWS Query', async () => {
  const query = 'Action=GetRegions';
  const ask = async (who: Partial<Account> & { date?: number; unsigned?: boolean }): Promise<unknown> => {
    const url = `${server.url}/?${query}`;
    const headers = who.unsigned ? {} : sign({ ...server, ...who, method: 'GET', url });
    const { status, body } = await got(await fetch(url, { headers }));
    return [status, body.__type];
  };
  expect(await ask({ unsigned: true })).toEqual([403, 'MissingAuthenticationToken']);
  expect(await ask({ secret: 'another' })).toEqual([403, 'SignatureDoesNotMatch']);
  expect(await ask({ accessKeyId: 'AKIANOBODY' })).toEqual([403, 'InvalidClientTokenId']);
  expect(await ask({ date: Date.now() - 3_600_000 })).toEqual([400, 'RequestExpired']);
});

test('a page token goes from one query to the next', async () => {
  const paged = await startServer({ args: ['--page-size', '1'] });
  for (const keyPairName of ['first', 'second']) await apiOf(paged).call('CreateKeyPair', { keyPairName });
  const one = await get('GetKeyPairs', {}, paged);
  const two = await get('GetKeyPairs', { pageToken: one.body.nextPageToken }, paged);
  expect([one.body.keyPairs[0].name, two.body.keyPairs[0].name, two.body.nextPageToken]).toEqual([
    'first',
    'second',
    undefined,
  ]);
});
