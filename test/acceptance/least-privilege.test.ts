/** Users with only the rights that they need, and with all rights but one. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, operations } from '../../src/api/generated/operations.ts';
import { validInput } from '../arbitrary.ts';
import { leastRights } from '../as-user.ts';
import { type Api, apiOf, call } from '../call.ts';
import { createInput } from '../instances.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { allow, newUser, type Somebody, setRights } from '../users.ts';

let server: Server;
let root: Api;
let ann: Somebody;

beforeAll(async () => {
  server = await startServer();
  root = apiOf(server);
  ann = await newUser(server, root, 'ann', []);
});

const availabilityZone = 'us-east-1a';
const database = {
  ...{ relationalDatabaseName: 'db', relationalDatabaseBlueprintId: 'postgres_16', masterDatabaseName: 'shop' },
  ...{ relationalDatabaseBundleId: 'micro_2_0', masterUsername: 'keeper' },
};

/** Something of every family, as somebody would do it. */
const scenario: readonly (readonly [OperationName, object])[] = [
  ['GetRegions', {}],
  ['GetBlueprints', {}],
  ['CreateKeyPair', { keyPairName: 'key' }],
  ['CreateInstances', { ...createInput(['web']), keyPairName: 'key' }],
  ['GetInstance', { instanceName: 'web' }],
  ['OpenInstancePublicPorts', { instanceName: 'web', portInfo: { fromPort: 443, toPort: 443, protocol: 'tcp' } }],
  ['TagResource', { resourceName: 'web', tags: [{ key: 'team', value: 'web' }] }],
  ['AllocateStaticIp', { staticIpName: 'front' }],
  ['AttachStaticIp', { staticIpName: 'front', instanceName: 'web' }],
  ['CreateDisk', { diskName: 'data', availabilityZone, sizeInGb: 8 }],
  ['AttachDisk', { diskName: 'data', instanceName: 'web', diskPath: '/dev/xvdf' }],
  ['CreateInstanceSnapshot', { instanceName: 'web', instanceSnapshotName: 'of-web' }],
  ['CreateLoadBalancer', { loadBalancerName: 'spread', instancePort: 80 }],
  ['AttachInstancesToLoadBalancer', { loadBalancerName: 'spread', instanceNames: ['web'] }],
  ['CreateDomain', { domainName: 'example.com' }],
  [
    'CreateDomainEntry',
    { domainName: 'example.com', domainEntry: { name: 'example.com', type: 'A', target: '192.0.2.1' } },
  ],
  ['CreateBucket', { bucketName: 'photos-of-ann', bundleId: 'small_1_0' }],
  ['CreateBucketAccessKey', { bucketName: 'photos-of-ann' }],
  ['CreateCertificate', { certificateName: 'tls', domainName: 'www.example.com' }],
  ['CreateContainerService', { serviceName: 'shop', power: 'nano', scale: 1 }],
  ['CreateRelationalDatabase', database],
  ['GetRelationalDatabase', { relationalDatabaseName: 'db' }],
  [
    'PutAlarm',
    {
      ...{ alarmName: 'busy', metricName: 'CPUUtilization', monitoredResourceName: 'web' },
      ...{ comparisonOperator: 'GreaterThanThreshold', threshold: 90, evaluationPeriods: 1 },
    },
  ],
  [
    'CreateDistribution',
    {
      ...{ distributionName: 'cdn', bundleId: 'small_1_0', defaultCacheBehavior: { behavior: 'cache' } },
      origin: { name: 'web', regionName: 'us-east-1', protocolPolicy: 'http-only' },
    },
  ],
  ['GetOperations', {}],
];

test('calls are signed by root, or by users where the tests are run as such', async () => {
  await root.call('AllocateStaticIp', { staticIpName: 'signed' });
  await client(server).releaseStaticIp({ staticIpName: 'signed' });
  const { records } = await root.control('ReadAudit', { resource: 'signed' });
  const type = process.env.LATEEN_AS === 'user' ? 'IAMUser' : 'Root';
  expect(records).toMatchObject(
    ['AllocateStaticIp', 'ReleaseStaticIp'].map((eventName) => ({
      ...{ eventName, userIdentity: { type } },
      ...(type === 'Root' ? {} : { userIdentity: { type, userName: expect.stringContaining(eventName) } }),
    })),
  );
});

test('all families are used by somebody who may do exactly what it takes', async () => {
  const needed = [...new Set(scenario.map(([operation]) => `lightsail:${operation}`))];
  await setRights(root, 'ann', [allow(needed)]);
  for (const [operation, input] of scenario) {
    await expect
      .poll(async () => (await call(ann, operation, input)).message, { timeout: 15_000, message: operation })
      .toBeUndefined();
  }
  const others = (Object.keys(operations) as OperationName[]).filter((name) => !needed.includes(`lightsail:${name}`));
  expect(others.length).toBeGreaterThan(100);
  for (const operation of ['DeleteInstance', 'StopInstance', 'GetInstances'])
    expect(await call(ann, operation, operation === 'GetInstances' ? {} : { instanceName: 'web' })).toMatchObject({
      error: 'AccessDeniedException',
    });
}, 120_000);

describe('every operation', () => {
  const names = Object.keys(operations) as OperationName[];

  test('is one of 167', () => {
    expect(names).toHaveLength(167);
  });

  test.each(names)('%s is denied without its right, and needs no other', async (operation) => {
    const [input] = fc.sample(validInput(operation), { numRuns: 1, seed: 7 });
    const action = `lightsail:${operation}`;
    await setRights(root, 'ann', [{ Effect: 'Allow', NotAction: action, Resource: '*' }]);
    const without = await call(ann, operation, input);
    expect(without, without.text).toMatchObject({
      status: 400,
      error: 'AccessDeniedException',
      message: expect.stringMatching(
        `^User: ${ann.arn} is not authorized to perform: ${action} on resource: \\S+ because no identity-based policy allows the ${action} action$`,
      ),
    });
    await setRights(root, 'ann', [leastRights(operation, ann.account)]);
    const [resource] = /(?<=on resource: )\S+/.exec(without.message ?? '') ?? [];
    expect((await call(ann, operation, input)).error).not.toBe('AccessDeniedException');
    expect(resource).toMatch(/^(\*|arn:aws:lightsail:.+)$/);
  });
});
