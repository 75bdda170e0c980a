/** No way from one account into another: every operation is tried with another account's names and ARNs. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, operations } from '../../src/api/generated/operations.ts';
import type { ResourceType } from '../../src/api/generated/types.ts';
import { targetsOf } from '../../src/iam/targets.ts';
import { fullInput } from '../arbitrary.ts';
import { type Api, apiOf } from '../call.ts';
import { createInput, newAccount } from '../instances.ts';
import { type Server, startServer } from '../lateen.ts';
import { readState } from '../state.ts';
import { allow, newUser } from '../users.ts';

let server: Server;
let root: Api;
let intruder: Api;
/** Rows of the account that is to be left alone, by table and key. */
let before: readonly string[];

const mark = 'secret-of-the-owner';
const tags = [{ key: 'mark', value: mark }];
const availabilityZone = 'us-east-1a';

/** What the owner has, by kind. */
const names: Partial<Record<ResourceType, string>> = {
  Alarm: 'busy',
  Bucket: 'photos-of-the-owner',
  Certificate: 'tls',
  ContainerService: 'shop',
  Disk: 'data',
  DiskSnapshot: 'of-data',
  Distribution: 'cdn',
  Domain: 'owner.example.com',
  Instance: 'web',
  InstanceSnapshot: 'of-web',
  KeyPair: 'key',
  LoadBalancer: 'spread',
  RelationalDatabase: 'db',
  RelationalDatabaseSnapshot: 'of-db',
  StaticIp: 'front',
  Subdomain: 'owner',
};

/** The owner's resources, in an order in which they can be made. */
const belongings: readonly (readonly [OperationName, object])[] = [
  ['CreateKeyPair', { keyPairName: names.KeyPair, tags }],
  ['CreateInstances', { ...createInput([names.Instance!]), tags }],
  ['CreateDisk', { diskName: names.Disk, availabilityZone, sizeInGb: 8, tags }],
  ['AllocateStaticIp', { staticIpName: names.StaticIp }],
  ['CreateDomain', { domainName: names.Domain, tags }],
  ['CreateLoadBalancer', { loadBalancerName: names.LoadBalancer, instancePort: 80, tags }],
  ['CreateBucket', { bucketName: names.Bucket, bundleId: 'small_1_0', tags }],
  ['CreateCertificate', { certificateName: names.Certificate, domainName: 'www.owner.example.com', tags }],
  ['CreateContainerService', { serviceName: names.ContainerService, power: 'nano', scale: 1, tags }],
  ['CreateSubdomain', { subdomainName: names.Subdomain, tags }],
  [
    'CreateRelationalDatabase',
    {
      ...{ relationalDatabaseName: names.RelationalDatabase, relationalDatabaseBlueprintId: 'postgres_16', tags },
      ...{ relationalDatabaseBundleId: 'micro_2_0', masterDatabaseName: 'shop', masterUsername: 'keeper' },
    },
  ],
  ['CreateDiskSnapshot', { diskName: names.Disk, diskSnapshotName: names.DiskSnapshot, tags }],
  ['CreateInstanceSnapshot', { instanceName: names.Instance, instanceSnapshotName: names.InstanceSnapshot, tags }],
  [
    'CreateRelationalDatabaseSnapshot',
    {
      relationalDatabaseName: names.RelationalDatabase,
      relationalDatabaseSnapshotName: names.RelationalDatabaseSnapshot,
      tags,
    },
  ],
  ['AttachStaticIp', { staticIpName: names.StaticIp, instanceName: names.Instance }],
  [
    'CreateDistribution',
    {
      ...{ distributionName: names.Distribution, bundleId: 'small_1_0', defaultCacheBehavior: { behavior: 'cache' } },
      origin: { name: names.Instance, regionName: 'us-east-1', protocolPolicy: 'http-only' },
      tags,
    },
  ],
  [
    'PutAlarm',
    {
      ...{ alarmName: names.Alarm, metricName: 'CPUUtilization', monitoredResourceName: names.Instance },
      ...{ comparisonOperator: 'GreaterThanThreshold', threshold: 90, evaluationPeriods: 1 },
    },
  ],
  ['AttachInstancesToLoadBalancer', { loadBalancerName: names.LoadBalancer, instanceNames: [names.Instance] }],
];

/** What makes something of its own is tried last: afterwards the intruder has the same names. */
const makes = /^(Allocate|Copy|Create|Download|Import|Put(?!Inst)|Peer|Register|CheckSub)/;
const inOrder = (Object.keys(operations) as OperationName[]).sort(
  (a, b) => Number(makes.test(a)) - Number(makes.test(b)),
);

/** The rows of the owner, but for what comes and goes by itself: the evaluation of alarms, and when a task is due. */
const ownersRows = async (owner: string): Promise<string[]> => {
  const state = await readState(root, server.data);
  const resources = state('resource').filter((row) => row.account === owner);
  const ids = resources.map(({ id }) => `${id}`);
  const lasting = (row: (typeof resources)[number]) =>
    'run_at' in row || row.kind === 'Alarm' ? { kind: row.kind, id: row.id, resource: row.resource } : row;
  const tables = ['resource', 'secret', 'machine', 'task', 'operation', 'bucket_key', 'address', 'identity', 'policy'];
  return tables
    .flatMap((table) => state(table).map((row) => ({ table, whole: JSON.stringify(row), row })))
    .filter(({ whole }) => whole.includes(owner) || ids.some((id) => whole.includes(id)))
    .map(({ table, row }) => `${table} ${JSON.stringify(lasting(row))}`)
    .sort();
};

let owner: { readonly account: string };
let ids: readonly string[];
let arnOf: (kind: ResourceType) => string;

const rowsOfTasks = async (account: string) =>
  (await readState(root, server.data))('task').filter(
    (row) => row.account === account && !/^(EvaluateAlarm|KeepRelational|Renew)/.test(`${row.kind}`),
  );

/** A whole input that names what the owner has wherever something can be named. */
const hostileInput = (operation: OperationName, seed: number): Record<string, unknown> => {
  const [sample] = fc.sample(fullInput(operation), { numRuns: 1, seed });
  const input = { ...(sample as Record<string, unknown>) };
  for (const { member, kind } of targetsOf(operation)) {
    if (member === undefined || !(member in input)) continue;
    const name = names[kind === 'any' ? kinds[seed % kinds.length]! : kind] ?? 'web';
    if (typeof input[member] === 'string') input[member] = name;
    else if (Array.isArray(input[member]) && typeof (input[member] as unknown[])[0] === 'string')
      input[member] = [name];
  }
  const wanted = kinds.find((kind) => names[kind] === input.resourceName) ?? 'Instance';
  if ('resourceArn' in input) input.resourceArn = arnOf(wanted);
  if ('targetResourceArn' in input) input.targetResourceArn = arnOf('Distribution');
  if ('origin' in input) input.origin = { name: names.Instance, regionName: 'us-east-1', protocolPolicy: 'http-only' };
  return input;
};

const kinds = Object.keys(names) as ResourceType[];

/** Lists, and what has nothing to name: they are answered, and show nothing of the owner. */
const answered = new Set(['GetContainerAPIMetadata']);

beforeAll(async () => {
  server = await startServer();
  root = apiOf(server);
});

describe('another account', () => {
  test('has something of nearly every kind', async () => {
    const owning = await newAccount(server, 'owner');
    owner = owning;
    const api = apiOf(owning);
    for (const [operation, input] of belongings) {
      // What it is made of may not be ready yet.
      await expect
        .poll(async () => (await api.ask(operation, input)).message, { timeout: 15_000, message: operation })
        .toBeUndefined();
    }
    await expect.poll(async () => (await rowsOfTasks(owning.account)).length, { timeout: 15_000 }).toBe(0);
    const stranger = await newAccount(server, 'intruder');
    intruder = apiOf(await newUser(server, root, 'intruder', [allow('*')], stranger.account));
    const rows = (await readState(root, server.data))('resource').filter((row) => row.account === owning.account);
    ids = rows.map(({ id }) => `${id}`);
    arnOf = (kind) =>
      `arn:aws:lightsail:${kind === 'Domain' ? 'global' : 'us-east-1'}:${owning.account}:${kind}/${rows.find((row) => row.kind === kind)?.id}`;
    before = await ownersRows(owning.account);
    expect(ids.length).toBeGreaterThanOrEqual(kinds.length);
  }, 120_000);

  test.each(inOrder)('nothing of it is shown or changed by %s', async (operation) => {
    const named = targetsOf(operation).filter(
      ({ member, kind }) => member !== undefined && (kind === 'any' || names[kind]),
    );
    const variants = named.some(({ kind }) => kind === 'any') ? kinds.length : 2;
    for (let seed = 0; seed < variants; seed++) {
      const input = hostileInput(operation, seed);
      const { status, text, error } = await intruder.ask(operation, input);
      expect(status, `${operation} ${text}`).toBeLessThan(500);
      // What was sent may be sent back.
      const told = Object.values(input).reduce<string>(
        (left, value) => (typeof value === 'string' && value.length > 1 ? left.replaceAll(value, '') : left),
        text,
      );
      for (const secret of [owner.account, mark, ...ids]) expect(told, `${operation} ${text}`).not.toContain(secret);
      const isFilter = operation.startsWith('Get') && Object.keys(input).includes('pageToken');
      if (named.length > 0 && !makes.test(operation) && !isFilter && !answered.has(operation)) {
        if (status === 200) expect(emptyAnswers, operation).toContain(operation);
        else expect(['InvalidInputException', 'NotFoundException'], `${operation} ${text}`).toContain(error);
      }
    }
  });

  test('all of it is as it was', async () => {
    expect(await ownersRows(owner.account)).toEqual(before);
  });
});

/** Listings that a name only narrows down. */
const emptyAnswers: readonly string[] = [
  'GetBuckets',
  'GetContainerServices',
  'GetCertificates',
  'GetAlarms',
  'GetDistributions',
  'GetSubdomains',
  'GetOperationsForResource',
];
