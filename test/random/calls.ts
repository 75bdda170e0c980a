import { type OperationName, operations } from '../../src/api/generated/operations.ts';
import { type ShapeName, shapes } from '../../src/api/generated/shapes.ts';
import type {
  CreateBucketAccessKeyResult,
  GetDistributionsResult,
  GetDomainResult,
  GetExportSnapshotRecordsResult,
  GetOperationsResult,
} from '../../src/api/generated/types.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import type { Random } from '../random.ts';

/** A call as it goes out. */
export interface Call {
  readonly operation: OperationName;
  readonly input: Record<string, unknown>;
}

const { publicKey: publicKeyBase64 } = await newRsaKeyPair(1024);

type Choose = (random: Random, given?: Given) => unknown;

const of =
  (...values: readonly unknown[]): Choose =>
  (random) =>
    random.pick(values);

/** Few names, so that calls meet each other. Now and then one of another kind, or of nobody. */
const named = (prefix: string, count = 4): Choose => {
  const own = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  return (random) => (random.below(25) === 0 ? random.pick(['instance-0', 'disk-0', 'nobody']) : random.pick(own));
};

const bucket = named('bucket', 3);
const instance = named('instance');
const database = named('database', 3);
const disk = named('disk');
const snapshot = named('snapshot');
const day = 86_400;
/** Seconds, around the time that the run begins and what it winds. */
const moment: Choose = (random) => Math.floor(Date.now() / 1_000) + (random.below(60) - 20) * 3_600;

/** What members are given, by their names. Where a member is not listed, its shape says what it may be. */
const values: Readonly<Record<string, Choose>> = {
  accessDirection: of('inbound'),
  accessKeyId: of('AKIANOBODY2345672345'),
  accessLogConfig: (random) =>
    random.pick([{ enabled: false }, { enabled: true, destination: bucket(random), prefix: 'logs/' }]),
  action: of('ASSOCIATE', 'DISASSOCIATE', 'TRANSFER'),
  alarmName: named('alarm'),
  attributeValue: of('/', '/health', 'true', 'false', '600', 'TLS-2016-08'),
  availabilityZone: of('us-east-1a', 'us-east-1a', 'us-east-1b'),
  blueprintId: of('ubuntu_22_04', 'wordpress', 'wordpress', 'lfr_rstudio'),
  bucketName: bucket,
  bundleId: of('nano_3_0', 'small_3_0', 'app_standard_xl_1_0'),
  caCertificateIdentifier: of('rds-ca-rsa2048-g1', 'rds-ca-ecc384-g1'),
  certificateAlternativeNames: of(['www.example.com']),
  certificateDomainName: of('example.com'),
  certificateName: named('certificate'),
  cacheBehaviorSettings: of({ minimumTTL: 0, forwardedHeaders: { option: 'all' } }, {}),
  cacheBehaviors: of([{ path: 'assets/*', behavior: 'cache' }], []),
  cidrListAliases: of(['lightsail-connect']),
  cidrs: of(['0.0.0.0/0'], ['10.0.0.0/8', '192.0.2.1/32']),
  containerName: of('web', 'app'),
  containerPort: of(80),
  containers: of(
    { web: { image: 'nginx', ports: { '80': 'HTTP' } } },
    { web: { image: 'nginx', ports: { '80': 'HTTP' } }, app: { image: ':service-0.app.latest' } },
    { web: { image: 'missing', ports: { '80': 'HTTP' } } },
  ),
  contactEndpoint: of('someone@example.com', 'other@example.com'),
  cors: of({ rules: [{ allowedMethods: ['GET'], allowedOrigins: ['*'] }] }, { rules: [] }),
  customErrorResponses: of([{ errorCode: 404, responseCode: '404', responsePagePath: '/404.html' }]),
  datapointsToAlarm: of(1),
  date: () => new Date(Date.now() + day * 1_000).toISOString().slice(0, 10),
  deployment: of({ containers: { web: { image: 'httpd', ports: { '80': 'HTTP' } } } }),
  digest: of(`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`),
  diskName: disk,
  diskPath: of('/dev/xvdf', '/dev/xvdg'),
  diskSnapshotName: named('disk-snapshot'),
  distributionName: named('distribution', 3),
  domainNames: of(['example.com'], ['www.example.com', 'example.com']),
  durationInMinutes: of(60, 20_160),
  emailAddress: of('someone@example.com'),
  domainEntry: of(
    { name: 'www.example.com', type: 'CNAME', target: 'web.example.org' },
    { name: 'example.com', type: 'A', target: '192.0.2.1' },
    { name: 'example.org', type: 'TXT', target: '"text"' },
    { name: 'example.org', type: 'MX', target: '10 mail.example.org' },
  ),
  defaultRootObject: of('index.html', ''),
  domainName: of('example.com', 'example.org'),
  duration: of('30'),
  endTime: moment,
  evaluationPeriods: of(1, 2),
  filterPattern: of('', 'GET -POST', '?one ?other'),
  finalRelationalDatabaseSnapshotName: named('database-snapshot'),
  forceDelete: of(true),
  fromPort: of(80),
  healthCheckPath: of('/', '/health'),
  healthCheck: of({ path: '/', successCodes: '200-299' }, { path: '/nowhere', successCodes: '200' }, {}),
  image: of(':service-0.app.1', ':service-1.app.1', ':service-0.web.2'),
  includeDefault: of(true, false),
  instanceName: instance,
  instanceNames: (random) => [instance(random), ...(random.below(3) === 0 ? [instance(random)] : [])],
  instancePort: of(80, 8080),
  instanceSnapshotName: named('instance-snapshot'),
  instanceType: of('t2.micro'),
  ipv6Cidrs: of(['::/0']),
  keyPairName: named('key', 2),
  label: of('app', 'web'),
  loadBalancerName: named('balancer', 3),
  logStreamName: of('error', 'general', 'postgresql'),
  masterDatabaseName: of('shop'),
  masterUsername: of('keeper'),
  masterUserPassword: of('a-good-Password'),
  monitoredResourceName: (random) => random.pick([instance, database, named('balancer', 3)])(random),
  newDiskName: disk,
  origin: (random) => ({
    name: random.pick([bucket, instance, named('balancer', 3)])(random),
    regionName: 'us-east-1',
  }),
  originalDiskPath: of('/dev/xvdf'),
  parameters: of(
    [{ parameterName: 'max_connections', parameterValue: '100' }],
    [{ parameterName: 'innodb_purge_threads', parameterValue: '2' }],
  ),
  period: of(300, 3_600),
  preferredBackupWindow: of('03:00-04:00', '22:00-22:30'),
  preferredMaintenanceWindow: of('Sun:05:00-Sun:06:00', 'Wed:20:00-Wed:21:00'),
  publicDomainNames: of({}, { 'certificate-0': ['www.example.com'] }),
  publicKeyBase64: of(publicKeyBase64),
  readonlyAccessAccounts: of([], ['222222222222']),
  relationalDatabaseBlueprintId: of('mysql_8_0', 'mysql_8_4', 'postgres_16'),
  relationalDatabaseBundleId: of('micro_2_0', 'small_2_0', 'small_ha_2_0'),
  relationalDatabaseName: database,
  relationalDatabaseSnapshotName: named('database-snapshot'),
  resourceName: (random) =>
    random.pick([
      instance,
      bucket,
      database,
      disk,
      snapshot,
      named('balancer', 3),
      named('distribution', 3),
      named('static-ip'),
      named('static-ip'),
      named('service', 3),
    ])(random),
  restoreTime: moment,
  scale: of(1, 2, 3),
  serviceName: named('service', 3),
  sizeInGb: of(8, 16, 32, 64),
  skipFinalSnapshot: of(true),
  snapshotTimeOfDay: of('06:00', '18:00'),
  sourceDiskName: disk,
  subdomainName: of('site', 'site', 'blog.site', 'shop'),
  subjectAlternativeNames: of(['www.example.com'], []),
  sourceInstanceName: instance,
  sourceRegion: of('us-east-1'),
  sourceRelationalDatabaseName: database,
  sourceResourceName: (random) => random.pick([instance, disk])(random),
  sourceSnapshotName: (random) => random.pick([named('instance-snapshot'), named('disk-snapshot')])(random),
  startTime: moment,
  staticIpName: named('static-ip'),
  tagKeys: of(['team'], ['team', 'stage']),
  tags: of([{ key: 'team', value: 'blue' }], [{ key: 'stage' }]),
  targetSnapshotName: (random) => random.pick([named('instance-snapshot'), named('disk-snapshot')])(random),
  tlsPolicyName: of('TLS-2016-08'),
  toPort: of(80, 81),
  useLatestRestorableAutoSnapshot: of(true),
  useLatestRestorableTime: of(true),
  unit: of('Count', 'Percent', 'Bytes'),
  userData: of('echo hello'),
  versioning: of('Enabled', 'Suspended'),
  viewerMinimumTlsProtocolVersion: of('TLSv1.2_2021'),
};

const ofInstance = { resourceName: instance };
const ofInstanceOrDisk: Readonly<Record<string, Choose>> = {
  resourceName: (random) => random.pick([instance, disk])(random),
};
const bucketBundle = of('small_1_0', 'medium_1_0', 'large_1_0');

/** The same where an operation has a member of the name for something else. */
const particular: Partial<Record<OperationName, Readonly<Record<string, Choose>>>> = {
  CreateBucket: { bundleId: bucketBundle },
  CreateDistribution: { bundleId: of('small_1_0', 'medium_1_0') },
  CreateGUISessionAccessDetails: ofInstance,
  DeleteAutoSnapshot: ofInstanceOrDisk,
  DisableAddOn: ofInstanceOrDisk,
  EnableAddOn: ofInstanceOrDisk,
  GetAutoSnapshots: ofInstanceOrDisk,
  GetBucketMetricData: { period: of(day) },
  GetSetupHistory: ofInstance,
  SetIpAddressType: { resourceType: of('Instance', 'Instance', 'LoadBalancer', 'Distribution', 'Disk') },
  SetResourceAccessForBucket: ofInstance,
  StartGUISession: ofInstance,
  StopGUISession: ofInstance,
  UpdateBucketBundle: { bundleId: bucketBundle },
  UpdateDistributionBundle: { bundleId: of('small_1_0', 'medium_1_0', 'large_1_0') },
  UpdateDomainEntry: {
    domainEntry: (random, given) => ({
      id: given?.choose(random, 'entryId'),
      ...(values.domainEntry?.(random) as object),
    }),
  },
};

/** Which of the members that are not required belong together. Elsewhere each is there or not by chance. */
const together: Partial<Record<OperationName, readonly (readonly string[])[]>> = {
  CopySnapshot: [['sourceSnapshotName'], ['sourceResourceName', 'useLatestRestorableAutoSnapshot']],
  CreateDiskFromSnapshot: [['diskSnapshotName'], ['sourceDiskName', 'useLatestRestorableAutoSnapshot']],
  CreateDiskSnapshot: [['diskName'], ['instanceName']],
  CreateInstancesFromSnapshot: [
    ['instanceSnapshotName'],
    ['instanceSnapshotName', 'attachedDiskMapping'],
    ['sourceInstanceName', 'useLatestRestorableAutoSnapshot'],
  ],
  CreateContainerService: [[], ['tags'], ['deployment'], ['privateRegistryAccess'], ['publicDomainNames']],
  CreateContainerServiceDeployment: [['containers'], ['containers', 'publicEndpoint']],
  DeleteBucket: [[], ['forceDelete']],
  CreateRelationalDatabaseFromSnapshot: [
    ['relationalDatabaseSnapshotName'],
    ['sourceRelationalDatabaseName', 'useLatestRestorableTime'],
    ['sourceRelationalDatabaseName', 'restoreTime'],
  ],
  DeleteRelationalDatabase: [['finalRelationalDatabaseSnapshotName'], ['skipFinalSnapshot']],
  CreateDistribution: [[], ['cacheBehaviors', 'cacheBehaviorSettings'], ['certificateName'], ['subdomainName']],
  CreateLoadBalancer: [[], ['healthCheckPath'], ['certificateName', 'certificateDomainName']],
  DeleteDistribution: [['distributionName']],
  GetDistributionLatestCacheReset: [[], ['distributionName']],
  PutAlarm: [[], ['datapointsToAlarm', 'treatMissingData'], ['contactProtocols', 'notificationTriggers']],
  ResetDistributionCache: [['distributionName']],
  StartInstance: [[], ['bundleId']],
  TagResource: [[]],
  UntagResource: [[]],
  UpdateDistribution: [['isEnabled'], ['origin'], ['cacheBehaviors', 'cacheBehaviorSettings'], ['certificateName']],
  UpdateDistributionBundle: [['distributionName', 'bundleId']],
  UpdateSubdomainAssociation: [['targetResourceArn']],
  UpdateContainerService: [['power'], ['scale'], ['isDisabled'], ['publicDomainNames'], ['privateRegistryAccess']],
};

/** Deletions are rarer than what they undo, or nothing would ever grow. */
const weightOf = (operation: string): number =>
  /^(Delete|Unpeer|Release)/.test(operation) ? 2 : /^Get(?!Domain$)|^Download/.test(operation) ? 1 : 5;

const known = Object.keys(operations) as OperationName[];
const weighted = known.flatMap((operation) => Array<OperationName>(weightOf(operation)).fill(operation));

/** Names that Lateen gave and no caller chose, by the member that asks for them. */
export class Given {
  readonly #names = new Map<string, string[]>();

  /** Takes them from an answer. */
  learn(answer: object): void {
    const { accessKey, domain, operations, exportSnapshotRecords, distributions } =
      answer as CreateBucketAccessKeyResult &
        GetDomainResult &
        GetOperationsResult &
        GetExportSnapshotRecordsResult &
        GetDistributionsResult;
    this.#keep('accessKeyId', [accessKey?.accessKeyId]);
    this.#keep(
      'entryId',
      domain?.domainEntries?.map(({ id }) => id),
    );
    this.#keep(
      'targetResourceArn',
      distributions?.map(({ arn }) => arn),
    );
    this.#keep(
      'operationId',
      operations?.map(({ id }) => id),
    );
    this.#keep(
      'sourceName',
      exportSnapshotRecords?.map(({ name }) => name),
    );
  }

  #keep(member: string, found: readonly (string | undefined)[] = []): void {
    const all = [...(this.#names.get(member) ?? []), ...found.filter((name) => name !== undefined)];
    this.#names.set(member, [...new Set(all)].slice(-20));
  }

  choose(random: Random, member: string): string | undefined {
    const names = this.#names.get(member) ?? [];
    return names.length > 0 ? random.pick(names) : undefined;
  }
}

/** A call of one of all operations, valid by the model and often by the rules. */
export const randomCall = (random: Random, given: Given): Call => {
  const operation = random.pick(weighted);
  const chosen = together[operation] && random.pick(together[operation]);
  const wanted = (member: string): boolean => (chosen ? chosen.includes(member) : random.below(4) === 0);
  return { operation, input: structureOf(random, given, operations[operation].input, wanted, particular[operation]) };
};

const structureOf = (
  random: Random,
  given: Given,
  name: ShapeName,
  wanted: (member: string) => boolean,
  own: Readonly<Record<string, Choose>> = {},
): Record<string, unknown> => {
  const shape = shapes[name];
  if (shape.kind !== 'structure') return {};
  const members = Object.entries(shape.members)
    .filter(([member]) => (shape.required?.includes(member) || wanted(member)) && member !== 'pageToken')
    .map(([member, target]) => [
      member,
      given.choose(random, member) ?? (own[member] ?? values[member])?.(random, given) ?? anyOf(random, given, target),
    ]);
  return Object.fromEntries(members);
};

const anyOf = (random: Random, given: Given, name: ShapeName): unknown => {
  const shape = shapes[name];
  switch (shape.kind) {
    case 'structure':
      return structureOf(random, given, name, () => random.below(4) > 0);
    case 'list':
      return [anyOf(random, given, shape.member)];
    case 'map':
      return { [String(anyOf(random, given, shape.key))]: anyOf(random, given, shape.value) };
    case 'string':
      return random.pick(shape.values ?? ['text', 'other']);
    case 'boolean':
      return random.below(2) === 0;
    default:
      return random.below(10);
  }
};
