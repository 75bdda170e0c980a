import { type OperationName, operations } from '../api/generated/operations.ts';
import { shapes } from '../api/generated/shapes.ts';
import type { ResourceType } from '../api/generated/types.ts';

/** Where in an input it stands what the operation is about. */
export interface Target {
  /** Absent where nothing is named: what is new, and lists of a kind. */
  readonly member?: string;
  /** `any` where a name of whatever kind may stand. */
  readonly kind: ResourceType | 'any';
  /** The member that says in which Region it is, if not in that of the request. */
  readonly region?: string;
  /** Reads the names, where the member is neither a name nor a list of names. */
  readonly read?: (value: unknown) => readonly string[];
}

/** The members of inputs that name something that is there, and its kind. */
const named: Readonly<Record<string, Target['kind']>> = {
  alarmName: 'Alarm',
  bucketName: 'Bucket',
  certificateName: 'Certificate',
  diskName: 'Disk',
  diskSnapshotName: 'DiskSnapshot',
  distributionName: 'Distribution',
  domainName: 'Domain',
  instanceName: 'Instance',
  instanceNames: 'Instance',
  instanceSnapshotName: 'InstanceSnapshot',
  keyPairName: 'KeyPair',
  loadBalancerName: 'LoadBalancer',
  monitoredResourceName: 'any',
  relationalDatabaseName: 'RelationalDatabase',
  relationalDatabaseSnapshotName: 'RelationalDatabaseSnapshot',
  resourceName: 'any',
  serviceName: 'ContainerService',
  sourceDiskName: 'Disk',
  sourceInstanceName: 'Instance',
  sourceRelationalDatabaseName: 'RelationalDatabase',
  sourceSnapshotName: 'any',
  staticIpName: 'StaticIp',
  subdomainName: 'Subdomain',
};

const member = (name: string): Target => ({ member: name, kind: named[name]! });
const kind = (of: ResourceType): readonly Target[] => [{ kind: of }];
const from = (...names: readonly string[]): readonly Target[] => names.map(member);

const exports: Target = {
  member: 'instances',
  kind: 'ExportSnapshotRecord',
  read: (value) => (value as readonly { readonly sourceName: string }[]).map(({ sourceName }) => sourceName),
};

/**
 * Where the members alone do not tell. What is made of something is asked of that: a snapshot of its instance, a disk of its snapshot. What is
 * made of nothing is asked of its kind, and so are lists. A certificate of a load balancer is the load balancer's.
 */
const special: Partial<Record<OperationName, readonly Target[]>> = {
  AllocateStaticIp: kind('StaticIp'),
  AttachLoadBalancerTlsCertificate: from('loadBalancerName'),
  CheckSubdomainAvailability: [],
  CopySnapshot: [
    { member: 'sourceSnapshotName', kind: 'any', region: 'sourceRegion' },
    { member: 'sourceResourceName', kind: 'any', region: 'sourceRegion' },
  ],
  CreateBucket: kind('Bucket'),
  CreateCertificate: kind('Certificate'),
  CreateCloudFormationStack: [exports],
  CreateContactMethod: kind('ContactMethod'),
  CreateContainerService: kind('ContainerService'),
  CreateDisk: kind('Disk'),
  CreateDiskFromSnapshot: from('diskSnapshotName', 'sourceDiskName'),
  CreateDiskSnapshot: from('diskName', 'instanceName'),
  CreateDistribution: kind('Distribution'),
  CreateDomain: kind('Domain'),
  CreateInstanceSnapshot: from('instanceName'),
  CreateInstances: kind('Instance'),
  CreateInstancesFromSnapshot: from('instanceSnapshotName', 'sourceInstanceName'),
  CreateKeyPair: kind('KeyPair'),
  CreateLoadBalancer: kind('LoadBalancer'),
  CreateLoadBalancerTlsCertificate: from('loadBalancerName'),
  CreateRelationalDatabase: kind('RelationalDatabase'),
  CreateRelationalDatabaseFromSnapshot: from('relationalDatabaseSnapshotName', 'sourceRelationalDatabaseName'),
  CreateRelationalDatabaseSnapshot: from('relationalDatabaseName'),
  CreateSubdomain: kind('Subdomain'),
  DeleteContactMethod: kind('ContactMethod'),
  DeleteLoadBalancerTlsCertificate: from('loadBalancerName'),
  DownloadDefaultKeyPair: kind('KeyPair'),
  GetCloudFormationStackRecords: kind('CloudFormationStackRecord'),
  GetContactMethods: kind('ContactMethod'),
  GetDiskSnapshots: kind('DiskSnapshot'),
  GetDisks: kind('Disk'),
  GetDomains: kind('Domain'),
  GetExportSnapshotRecords: kind('ExportSnapshotRecord'),
  GetInstanceSnapshots: kind('InstanceSnapshot'),
  GetInstances: kind('Instance'),
  GetKeyPairs: kind('KeyPair'),
  GetLoadBalancers: kind('LoadBalancer'),
  GetRelationalDatabaseSnapshots: kind('RelationalDatabaseSnapshot'),
  GetRelationalDatabases: kind('RelationalDatabase'),
  GetStaticIps: kind('StaticIp'),
  ImportKeyPair: kind('KeyPair'),
  SendContactMethodVerification: kind('ContactMethod'),
  StopRelationalDatabase: from('relationalDatabaseName'),
  UpdateDistribution: from('distributionName'),
};

/** What each operation is asked of, the one whose tags count first. Nothing in particular where the list is empty. */
const targets: ReadonlyMap<OperationName, readonly Target[]> = new Map(
  (Object.keys(operations) as OperationName[]).map((name) => {
    const shape = shapes[operations[name].input];
    const members = shape.kind === 'structure' ? Object.keys(shape.members) : [];
    return [name, special[name] ?? from(...members.filter((of) => Object.hasOwn(named, of)))];
  }),
);

export const targetsOf = (operation: OperationName): readonly Target[] => targets.get(operation)!;
