/** What holds for every task, whatever it does: fail it, repeat it or kill it at each of its steps. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../src/api/generated/types.ts';
import { addOnTasks } from '../../src/resources/add-ons/tasks.ts';
import { alarmTasks } from '../../src/resources/alarms/tasks.ts';
import { bucketTasks } from '../../src/resources/buckets/tasks.ts';
import { certificateTasks } from '../../src/resources/certificates/tasks.ts';
import { contactMethodTasks } from '../../src/resources/contact-methods/operations.ts';
import { containerServiceTasks } from '../../src/resources/container-services/tasks.ts';
import { databaseTasks } from '../../src/resources/databases/upkeep.ts';
import { desktopTasks } from '../../src/resources/desktops/tasks.ts';
import { diskTasks } from '../../src/resources/disks/tasks.ts';
import { distributionTasks } from '../../src/resources/distributions/tasks.ts';
import { exportTasks } from '../../src/resources/export-records/tasks.ts';
import { httpsSetupTasks } from '../../src/resources/https-setups/tasks.ts';
import { instanceSnapshotTasks } from '../../src/resources/instance-snapshots/tasks.ts';
import { followInstance } from '../../src/resources/instances/follow.ts';
import { instanceTasks, tellMachine } from '../../src/resources/instances/tasks.ts';
import { loadBalancerTasks } from '../../src/resources/load-balancers/tasks.ts';
import { snapshotTasks } from '../../src/resources/snapshots/tasks.ts';
import { stackTasks } from '../../src/resources/stack-records/tasks.ts';
import { subdomainTasks } from '../../src/resources/subdomains/tasks.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { type Api, apiOf } from '../call.ts';
import { type Server, startServer } from '../lateen.ts';
import { expectWhole, readState } from '../state.ts';

/** How the API comes to order a task, and what it leaves. */
interface Provocation {
  /** What happens before. */
  readonly before: readonly (keyof typeof ways)[];
  order(api: Api): Promise<readonly (Operation | undefined)[] | undefined>;
  /** State of the instance at the end; undefined when there is none. */
  readonly done: 'running' | 'stopped' | undefined;
  /** The same when the task failed for good. */
  readonly failed: 'running' | 'stopped' | undefined;
  /** Then all is as it was before the order. Otherwise the row keeps the wish, and the next task about it tells the machine. */
  readonly restored?: true | undefined;
  /** The operation says Succeeded with the answer, and so it cannot tell of a failure. */
  readonly answered?: true;
  /** There is no operation (F73, F76). */
  readonly silent?: true;
}

type Ordered = Awaited<ReturnType<Provocation['order']>>;

const name = 'web';
/** Imported, since making the default key pair each time would take long. */
const keyPairName = 'key';
const instanceName = name;
const diskName = 'data';
const staticIpName = 'front';
const instanceSnapshotName = 'of-web';
const diskSnapshotName = 'of-data';
const loadBalancerName = 'spread';
const certificateName = 'tls';
const distributionName = 'cdn';
const subdomainName = 'site';
const instanceNames = [name];
const serviceName = 'shop';
const alarmName = 'busy';
const bucketName = 'photos';
const relationalDatabaseName = 'shop';
const relationalDatabaseSnapshotName = 'of-shop';
/** With windows of their own, as those by default are found by chance. */
const createDatabase = async (api: Api): Promise<Ordered> =>
  (
    await api.call('CreateRelationalDatabase', {
      relationalDatabaseName,
      relationalDatabaseBlueprintId: 'postgres_16',
      relationalDatabaseBundleId: 'micro_2_0',
      masterDatabaseName: 'shop',
      masterUsername: 'keeper',
      preferredBackupWindow: '03:00-04:00',
      preferredMaintenanceWindow: 'Sun:05:00-Sun:06:00',
    })
  ).operations;
const availabilityZone = 'us-east-1a';

/** One by one, they bring about what an order needs. */
const ways = {
  running: async () => ended(await provocations.CreateInstance!.order(api)),
  stopped: async () => ended(await provocations.StopInstance!.order(api)),
  disk: async () => ended(await provocations.CreateDisk!.order(api)),
  attached: async () => ended(await provocations.AttachDisk!.order(api)),
  address: async () => ended((await api.call('AllocateStaticIp', { staticIpName })).operations),
  addressed: async () => ended(await provocations.SetStaticIp!.order(api)),
  deleted: async () => ended(await provocations.DeleteInstance!.order(api)),
  freed: async () => ended(await provocations.DeleteDisk!.order(api)),
  snapshot: async () => ended(await provocations.CreateInstanceSnapshot!.order(api)),
  diskSnapshot: async () => ended(await provocations.CreateDiskSnapshot!.order(api)),
  phone: async () =>
    ended((await api.call('CreateContactMethod', { protocol: 'SMS', contactEndpoint: '+12065550100' })).operations),
  alarm: async () => ended(await provocations.EvaluateAlarm!.order(api)),
  bucket: async () => ended(await provocations.CreateBucket!.order(api)),
  exported: async () => ended(await provocations.ExportSnapshot!.order(api)),
  balancer: async () => ended(await provocations.CreateLoadBalancer!.order(api)),
  certificate: async () => ended(await provocations.IssueCertificate!.order(api)),
  distribution: async () => ended(await provocations.CreateDistribution!.order(api)),
  sharedCertificate: async () =>
    ended((await api.call('CreateCertificate', { certificateName, domainName: 'www.example.com' })).operations),
  subdomain: async () => ended([(await api.call('CreateSubdomain', { subdomainName })).operation]),
  site: async () => {
    await ended(await launch('wordpress', 'nano_3_0'));
    await ways.address();
    await ways.addressed();
  },
  secured: async () => ended(await provocations.SetupInstanceHttps!.order(api)),
  research: async () => ended(await launch('lfr_rstudio', 'app_standard_xl_1_0')),
  desktop: async () => ended(await provocations.StartGUISession!.order(api)),
  service: async () => {
    await provocations.CreateContainerService!.order(api);
    await settle();
  },
  deployment: async () => {
    await deployTo(api);
    await settle();
  },
  target: async () => ended(await provocations.AttachInstancesToLoadBalancer!.order(api)),
  database: async () => ended(await provocations.CreateRelationalDatabase!.order(api)),
  databaseOff: async () => ended(await provocations.StopRelationalDatabase!.order(api)),
  databaseSnapshot: async () => ended(await provocations.CreateRelationalDatabaseSnapshot!.order(api)),
} as const;

/** There is no instance, before and after. */
const databaseEnds = { done: undefined, failed: undefined, restored: true } as const;
const launch = async (blueprintId: string, bundleId: string): Promise<Ordered> =>
  (await api.call('CreateInstances', { instanceNames, availabilityZone, blueprintId, bundleId, keyPairName }))
    .operations;

const deployTo = async (api: Api, image = 'nginx'): Promise<Ordered> => {
  const containers = { web: { image, ports: { '80': 'HTTP' } } } as const;
  const publicEndpoint = { containerName: 'web', containerPort: 80 };
  await api.call('CreateContainerServiceDeployment', { serviceName, containers, publicEndpoint });
  return undefined;
};

const orderInstanceSnapshot = async (api: Api): Promise<Ordered> =>
  (await api.call('CreateInstanceSnapshot', { instanceName, instanceSnapshotName })).operations;

const enableAutoSnapshots = async (api: Api, snapshotTimeOfDay = '06:00'): Promise<Ordered> => {
  const addOnRequest = { addOnType: 'AutoSnapshot', autoSnapshotAddOnRequest: { snapshotTimeOfDay } } as const;
  return (await api.call('EnableAddOn', { resourceName: name, addOnRequest })).operations;
};

const orderDistribution = async (api: Api, more: object = {}): Promise<Ordered> => {
  const input = {
    distributionName,
    bundleId: 'small_1_0',
    origin: { name: loadBalancerName, regionName: 'us-east-1' },
    defaultCacheBehavior: { behavior: 'cache' },
    ...more,
  } as const;
  return [(await api.call('CreateDistribution', input)).operation];
};

const provocations: Readonly<Record<string, Provocation>> = {
  CreateBucket: {
    before: [],
    // One that could not be made stays, until it is deleted.
    order: async (api) => {
      await api.ask('DeleteBucket', { bucketName });
      return (await api.call('CreateBucket', { bucketName, bundleId: 'small_1_0' })).operations;
    },
    done: undefined,
    failed: undefined,
  },
  DeleteBucket: {
    before: ['bucket'],
    order: async (api) => (await api.call('DeleteBucket', { bucketName })).operations,
    done: undefined,
    failed: undefined,
    answered: true,
  },
  CreateInstance: {
    before: [],
    order: async (api) =>
      (
        await api.call('CreateInstances', {
          instanceNames,
          availabilityZone: 'us-east-1a',
          blueprintId: 'ubuntu_24_04',
          bundleId: 'nano_3_0',
          keyPairName,
        })
      ).operations,
    done: 'running',
    failed: undefined,
    restored: true,
  },
  StartInstance: {
    before: ['running', 'stopped'],
    order: async (api) =>
      (await api.call('StartInstance', { instanceName, attributeUpdates: { bundleId: 'small_3_0' } })).operations,
    done: 'running',
    failed: 'stopped',
  },
  StopInstance: {
    before: ['running'],
    order: async (api) => (await api.call('StopInstance', { instanceName })).operations,
    done: 'stopped',
    failed: 'running',
    restored: true,
  },
  RebootInstance: {
    before: ['running'],
    order: async (api) => (await api.call('RebootInstance', { instanceName })).operations,
    done: 'running',
    failed: 'running',
    restored: true,
    answered: true,
  },
  DeleteInstance: {
    before: ['running', 'disk', 'attached', 'address', 'addressed', 'balancer', 'target'],
    order: async (api) => (await api.call('DeleteInstance', { instanceName })).operations,
    done: undefined,
    failed: undefined,
    answered: true,
  },
  SetFirewall: {
    before: ['running'],
    order: async (api) => {
      const portInfo = { protocol: 'tcp', fromPort: 8080, toPort: 8080 } as const;
      return [(await api.call('OpenInstancePublicPorts', { instanceName, portInfo })).operation];
    },
    done: 'running',
    failed: 'running',
    answered: true,
  },
  SetAddresses: {
    before: ['running'],
    order: async (api) =>
      (
        await api.call('SetIpAddressType', {
          resourceType: 'Instance',
          resourceName: name,
          ipAddressType: 'ipv4',
        })
      ).operations,
    done: 'running',
    failed: 'running',
  },
  SetStaticIp: {
    before: ['running', 'address'],
    order: async (api) => (await api.call('AttachStaticIp', { staticIpName, instanceName })).operations,
    done: 'running',
    failed: 'running',
    answered: true,
  },
  FollowInstance: {
    before: ['running'],
    order: async (api) => {
      await api.control('HaltMachine', { instanceName });
      await settle(3_000);
      return undefined;
    },
    done: 'stopped',
    failed: 'stopped',
    silent: true,
  },
  TellMachine: {
    before: ['running'],
    order: async (api) => {
      await api.control('TellMachine', { instanceName });
      return undefined;
    },
    done: 'running',
    failed: 'running',
    restored: true,
    silent: true,
  },
  SetMetadata: {
    before: ['running'],
    order: async (api) => [
      (await api.call('UpdateInstanceMetadataOptions', { instanceName, httpTokens: 'required' })).operation,
    ],
    done: 'running',
    failed: 'running',
    restored: true,
  },
  CreateDisk: {
    before: [],
    order: async (api) =>
      (await api.call('CreateDisk', { diskName, availabilityZone: 'us-east-1a', sizeInGb: 8 })).operations,
    done: undefined,
    failed: undefined,
    restored: true,
  },
  AttachDisk: {
    before: ['running', 'disk'],
    order: async (api) => (await api.call('AttachDisk', { diskName, instanceName, diskPath: '/dev/xvdf' })).operations,
    done: 'running',
    failed: 'running',
    restored: true,
  },
  DetachDisk: {
    before: ['running', 'disk', 'attached', 'stopped'],
    order: async (api) => (await api.call('DetachDisk', { diskName })).operations,
    done: 'stopped',
    failed: 'stopped',
    restored: true,
  },
  DeleteDisk: {
    before: ['disk'],
    order: async (api) => (await api.call('DeleteDisk', { diskName })).operations,
    done: undefined,
    failed: undefined,
    answered: true,
  },
  CreateInstanceSnapshot: {
    before: ['running', 'disk', 'attached'],
    order: (api) => orderInstanceSnapshot(api),
    done: 'running',
    failed: 'running',
    restored: true,
  },
  CompleteSnapshot: {
    before: ['running'],
    order: (api) => orderInstanceSnapshot(api),
    done: 'running',
    failed: 'running',
    restored: true,
  },
  CreateDiskSnapshot: {
    before: ['disk'],
    order: async (api) => (await api.call('CreateDiskSnapshot', { diskName, diskSnapshotName })).operations,
    done: undefined,
    failed: undefined,
    restored: true,
  },
  CopySnapshot: {
    before: ['disk', 'diskSnapshot'],
    order: async (api) => {
      const [sourceRegion, targetSnapshotName] = ['us-east-1', 'copy'] as const;
      const input = { sourceRegion, sourceSnapshotName: diskSnapshotName, targetSnapshotName };
      return (await api.call('CopySnapshot', input)).operations;
    },
    done: undefined,
    failed: undefined,
    restored: true,
  },
  DeleteSnapshot: {
    before: ['disk', 'diskSnapshot'],
    order: async (api) => (await api.call('DeleteDiskSnapshot', { diskSnapshotName })).operations,
    done: undefined,
    failed: undefined,
    answered: true,
  },
  CreateDiskFromSnapshot: {
    before: ['disk', 'diskSnapshot', 'freed'],
    order: async (api) => {
      const input = { diskName, diskSnapshotName, availabilityZone, sizeInGb: 16 };
      return (await api.call('CreateDiskFromSnapshot', input)).operations;
    },
    done: undefined,
    failed: undefined,
    restored: true,
  },
  CreateInstancesFromSnapshot: {
    before: ['running', 'disk', 'attached', 'snapshot', 'deleted'],
    order: async (api) => {
      const input = {
        instanceNames,
        instanceSnapshotName,
        availabilityZone,
        bundleId: 'nano_3_0',
        keyPairName,
      };
      return (await api.call('CreateInstancesFromSnapshot', input)).operations;
    },
    done: 'running',
    failed: undefined,
    restored: true,
  },
  ExportSnapshot: {
    before: ['running', 'snapshot'],
    order: async (api) => (await api.call('ExportSnapshot', { sourceSnapshotName: instanceSnapshotName })).operations,
    done: 'running',
    failed: 'running',
  },
  CreateCloudFormationStack: {
    before: ['running', 'snapshot', 'exported'],
    order: async (api) => {
      const { exportSnapshotRecords = [] } = await api.call('GetExportSnapshotRecords');
      const sourceName = exportSnapshotRecords[0]?.name ?? '';
      const entry = { sourceName, instanceType: 't3.micro', portInfoSource: 'DEFAULT', availabilityZone } as const;
      return (await api.call('CreateCloudFormationStack', { instances: [entry] })).operations;
    },
    done: 'running',
    failed: 'running',
  },
  CreateLoadBalancer: {
    before: [],
    order: async (api) => (await api.call('CreateLoadBalancer', { loadBalancerName, instancePort: 80 })).operations,
    done: undefined,
    failed: undefined,
    restored: true,
  },
  ApplyLoadBalancer: {
    before: ['balancer', 'certificate'],
    order: async (api) =>
      (await api.call('AttachLoadBalancerTlsCertificate', { loadBalancerName, certificateName })).operations,
    done: undefined,
    failed: undefined,
    answered: true,
  },
  DeleteLoadBalancer: {
    before: ['running', 'balancer', 'certificate', 'target'],
    order: async (api) => (await api.call('DeleteLoadBalancer', { loadBalancerName })).operations,
    done: 'running',
    failed: 'running',
    answered: true,
  },
  AttachInstancesToLoadBalancer: {
    before: ['running', 'balancer'],
    order: async (api) =>
      (await api.call('AttachInstancesToLoadBalancer', { loadBalancerName, instanceNames })).operations,
    done: 'running',
    failed: 'running',
    restored: true,
  },
  CheckTarget: {
    before: ['running', 'balancer', 'target'],
    order: async (api) => (await api.call('RebootInstance', { instanceName })).operations,
    done: 'running',
    failed: 'running',
    answered: true,
  },
  DetachInstancesFromLoadBalancer: {
    before: ['running', 'balancer', 'target'],
    order: async (api) =>
      (await api.call('DetachInstancesFromLoadBalancer', { loadBalancerName, instanceNames })).operations,
    done: 'running',
    failed: 'running',
    restored: true,
  },
  IssueCertificate: {
    before: ['balancer'],
    order: async (api) =>
      (
        await api.call('CreateLoadBalancerTlsCertificate', {
          loadBalancerName,
          certificateName,
          certificateDomainName: 'www.example.com',
        })
      ).operations,
    done: undefined,
    failed: undefined,
    answered: true,
  },
  RenewCertificate: {
    before: ['balancer', 'certificate'],
    order: async (api) => {
      const operations = await provocations.ApplyLoadBalancer!.order(api);
      await settle(340 * 24 * 3_600_000);
      return operations;
    },
    done: undefined,
    failed: undefined,
    answered: true,
  },
  CreateContainerService: {
    before: [],
    // One that could not be made is in the way of the next.
    order: async (api) => {
      await api.ask('DeleteContainerService', { serviceName });
      await settle();
      await api.call('CreateContainerService', { serviceName, power: 'nano', scale: 1 });
      return undefined;
    },
    done: undefined,
    failed: undefined,
    silent: true,
  },
  UpdateContainerService: {
    before: ['service', 'deployment'],
    order: async (api) => {
      await api.call('UpdateContainerService', { serviceName, scale: 3, isDisabled: true });
      return undefined;
    },
    done: undefined,
    failed: undefined,
    silent: true,
  },
  ApplyContainerService: {
    before: ['sharedCertificate', 'service'],
    order: async (api) => {
      const publicDomainNames = { [certificateName]: ['www.example.com'] };
      await api.call('UpdateContainerService', { serviceName, publicDomainNames });
      await settle(340 * 24 * 3_600_000);
      return undefined;
    },
    done: undefined,
    failed: undefined,
    silent: true,
  },
  CreateContainerServiceDeployment: {
    before: ['service', 'deployment'],
    order: (api) => deployTo(api, 'httpd'),
    done: undefined,
    failed: undefined,
    silent: true,
  },
  DeleteContainerService: {
    before: ['service', 'deployment'],
    order: async (api) => {
      await api.call('DeleteContainerService', { serviceName });
      return undefined;
    },
    done: undefined,
    failed: undefined,
    silent: true,
  },
  SetAddOn: {
    before: ['running'],
    order: (api) => enableAutoSnapshots(api),
    done: 'running',
    failed: 'running',
    restored: true,
  },
  StopIdleInstance: {
    before: ['research'],
    order: async (api) => {
      const known = (await allOperations()).length;
      const stopInstanceOnIdleRequest = { threshold: '100', duration: '5' };
      const addOnRequest = { addOnType: 'StopInstanceOnIdle', stopInstanceOnIdleRequest } as const;
      await api.call('EnableAddOn', { resourceName: name, addOnRequest });
      await settle(15 * 60_000);
      return (await allOperations()).slice(known);
    },
    done: 'stopped',
    failed: 'stopped',
    answered: true,
  },
  TakeAutoSnapshots: {
    before: ['running'],
    order: async (api) => {
      const hour = 3_600_000;
      const now = Number((await api.control('GetClock')).now);
      const next = new Date(now + hour).toISOString();
      const operations = await enableAutoSnapshots(api, `${next.slice(11, 13)}:00`);
      await settle(hour - (now % hour) + hour);
      return operations;
    },
    done: 'running',
    failed: 'running',
    answered: true,
  },
  CreateDistribution: {
    before: ['balancer'],
    order: (api) => orderDistribution(api),
    done: undefined,
    failed: undefined,
    restored: true,
  },
  UpdateDistribution: {
    before: ['balancer', 'distribution'],
    order: async (api) => [(await api.call('UpdateDistribution', { distributionName, isEnabled: false })).operation],
    done: undefined,
    failed: undefined,
  },
  ApplyDistribution: {
    before: ['balancer', 'distribution', 'sharedCertificate'],
    order: async (api) => {
      const input = { distributionName, certificateName };
      const { operation } = await api.call('AttachCertificateToDistribution', input);
      await settle(340 * 24 * 3_600_000);
      return [operation];
    },
    done: undefined,
    failed: undefined,
    answered: true,
  },
  ResetDistributionCache: {
    before: ['balancer', 'distribution'],
    order: async (api) => [(await api.call('ResetDistributionCache', { distributionName })).operation],
    done: undefined,
    failed: undefined,
    restored: true,
  },
  DeleteDistribution: {
    before: ['balancer', 'distribution', 'subdomain'],
    order: async (api) => [(await api.call('DeleteDistribution', { distributionName })).operation],
    done: undefined,
    failed: undefined,
    answered: true,
  },
  UpdateSubdomain: {
    before: ['balancer', 'distribution', 'subdomain'],
    order: async (api) => {
      const { distributions = [] } = await api.call('GetDistributions', { distributionName });
      const input = { subdomainName, action: 'ASSOCIATE', targetResourceArn: distributions[0]?.arn ?? '' } as const;
      return [(await api.call('UpdateSubdomainAssociation', input)).operation];
    },
    done: undefined,
    failed: undefined,
    restored: true,
  },
  AttachNewSubdomain: {
    before: ['balancer'],
    order: async (api) => {
      // One that failed has left its distribution.
      await api.ask('DeleteDistribution', { distributionName });
      return orderDistribution(api, { subdomainName });
    },
    done: undefined,
    failed: undefined,
  },
  EvaluateAlarm: {
    before: ['running'],
    // An alarm whether there is a figure yet or not.
    order: async (api) => {
      const input = {
        alarmName,
        monitoredResourceName: name,
        metricName: 'CPUUtilization',
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
        threshold: 0,
        evaluationPeriods: 1,
        treatMissingData: 'breaching',
        contactProtocols: ['SMS'],
      } as const;
      return (await api.call('PutAlarm', input)).operations;
    },
    done: 'running',
    failed: 'running',
    answered: true,
  },
  NotifyContact: {
    before: ['running', 'phone', 'alarm'],
    order: async (api) => (await api.call('TestAlarm', { alarmName, state: 'ALARM' })).operations,
    done: 'running',
    failed: 'running',
    answered: true,
  },
  NotifyWebhook: {
    before: ['running', 'alarm'],
    order: async (api) => (await api.call('TestAlarm', { alarmName, state: 'ALARM' })).operations,
    done: 'running',
    failed: 'running',
    answered: true,
  },
  PostContactMethodVerification: {
    before: [],
    order: async (api) => {
      const operations = await provocations.SendContactMethodVerification!.order(api);
      await settle();
      return operations;
    },
    done: undefined,
    failed: undefined,
    answered: true,
  },
  SetupInstanceHttps: {
    before: ['site'],
    order: async (api) => {
      const domainNames = ['www.example.com', 'example.com'];
      const input = {
        instanceName,
        domainNames,
        emailAddress: 'admin@example.com',
        certificateProvider: 'LetsEncrypt',
      };
      return (await api.call('SetupInstanceHttps', input as { certificateProvider: 'LetsEncrypt' } & typeof input))
        .operations;
    },
    done: 'running',
    failed: 'running',
    restored: true,
  },
  RenewInstanceCertificate: {
    before: ['site'],
    order: async (api) => {
      const operations = await provocations.SetupInstanceHttps!.order(api);
      await settle(340 * 24 * 3_600_000);
      return operations;
    },
    done: 'running',
    failed: 'running',
    answered: true,
  },
  StartGUISession: {
    before: ['research'],
    order: async (api) => (await api.call('StartGUISession', { resourceName: name })).operations,
    done: 'running',
    failed: 'running',
  },
  StopGUISession: {
    before: ['research', 'desktop'],
    order: async (api) => (await api.call('StopGUISession', { resourceName: name })).operations,
    done: 'running',
    failed: 'running',
  },
  SendContactMethodVerification: {
    before: ['running'],
    order: async (api) => {
      await api.ask('DeleteContactMethod', { protocol: 'Email' });
      const method = { protocol: 'Email', contactEndpoint: 'admin@example.com' } as const;
      return (await api.call('CreateContactMethod', method)).operations;
    },
    done: 'running',
    failed: 'running',
  },
  CreateRelationalDatabase: { ...databaseEnds, before: [], order: createDatabase },
  KeepRelationalDatabase: { ...databaseEnds, before: [], order: createDatabase, restored: undefined, answered: true },
  StartRelationalDatabase: {
    ...databaseEnds,
    before: ['database', 'databaseOff'],
    order: async (api) => (await api.call('StartRelationalDatabase', { relationalDatabaseName })).operations,
  },
  StopRelationalDatabase: {
    ...databaseEnds,
    before: ['database'],
    order: async (api) => {
      const input = { relationalDatabaseName, relationalDatabaseSnapshotName };
      return (await api.call('StopRelationalDatabase', input)).operations;
    },
  },
  RebootRelationalDatabase: {
    ...databaseEnds,
    before: ['database'],
    order: async (api) => (await api.call('RebootRelationalDatabase', { relationalDatabaseName })).operations,
  },
  BackUpRelationalDatabase: {
    ...databaseEnds,
    before: ['database'],
    order: async (api) => {
      const { operations } = await api.call('TagResource', {
        resourceName: relationalDatabaseName,
        tags: [{ key: 'a' }],
      });
      await settle(24 * 3_600_000);
      return operations;
    },
    restored: undefined,
    answered: true,
  },
  UpdateRelationalDatabase: {
    ...databaseEnds,
    before: ['database'],
    order: async (api) => {
      const input = { relationalDatabaseName, masterUserPassword: 'another-Password', publiclyAccessible: true };
      return (await api.call('UpdateRelationalDatabase', input)).operations;
    },
  },
  UpdateRelationalDatabaseParameters: {
    ...databaseEnds,
    before: ['database'],
    order: async (api) => {
      const parameters = [{ parameterName: 'work_mem', parameterValue: '4096' }];
      return (await api.call('UpdateRelationalDatabaseParameters', { relationalDatabaseName, parameters })).operations;
    },
  },
  CreateRelationalDatabaseSnapshot: {
    ...databaseEnds,
    before: ['database'],
    order: async (api) => {
      const input = { relationalDatabaseName, relationalDatabaseSnapshotName };
      return (await api.call('CreateRelationalDatabaseSnapshot', input)).operations;
    },
  },
  DeleteRelationalDatabaseSnapshot: {
    ...databaseEnds,
    before: ['database', 'databaseSnapshot'],
    order: async (api) =>
      (await api.call('DeleteRelationalDatabaseSnapshot', { relationalDatabaseSnapshotName })).operations,
    restored: undefined,
    answered: true,
  },
  DeleteRelationalDatabase: {
    ...databaseEnds,
    before: ['database'],
    order: async (api) => {
      const finalRelationalDatabaseSnapshotName = relationalDatabaseSnapshotName;
      const input = { relationalDatabaseName, finalRelationalDatabaseSnapshotName };
      return (await api.call('DeleteRelationalDatabase', input)).operations;
    },
  },
};

const kinds = [
  ...addOnTasks,
  ...instanceTasks,
  ...diskTasks,
  ...snapshotTasks,
  ...instanceSnapshotTasks,
  ...exportTasks,
  followInstance,
  ...stackTasks,
  ...loadBalancerTasks,
  ...certificateTasks,
  ...containerServiceTasks,
  ...distributionTasks,
  ...subdomainTasks,
  ...alarmTasks,
  ...bucketTasks,
  ...contactMethodTasks,
  ...databaseTasks,
  ...desktopTasks,
  ...httpsSetupTasks,
  tellMachine,
];
const steps = kinds.flatMap(({ name, unfailing, steps }) =>
  steps.map((step) => ({ step: `${name}/${step.name}`, unfailing, ...provocations[name]! })),
);

const { publicKey: publicKeyBase64 } = await newRsaKeyPair(1024);

let server: Server;
let api: Api;

/** Room for one instance, so that one which is not gone shows. */
const args = ['--quota', 'instancesPerAccount=1'];

const start = async (data?: string, pace = 'instant'): Promise<void> => {
  server = await startServer({ args: [...args, '--pace', pace], ...(data === undefined ? {} : { data }) });
  api = apiOf(server);
};

const settle = (ms = 0) => api.control('AdvanceClock', { ms });

/** All that came of it: the resources and their machines, volumes and balancers, without what is different each time. */
const outcome = async () => {
  const state = await readState(api, server.data);
  expectWhole(state);
  const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
  const proof = /_[0-9a-f]{32}/g;
  const textOf = (row: object): string =>
    JSON.stringify(row).replace(uuid, 'id').replace(proof, 'proof').replace(volatile, '');
  const machines = state('machine').map(({ body }) => {
    const known = JSON.parse(String(body)) as Record<string, unknown>;
    const {
      settlesAt,
      begunAt,
      change,
      lastReboot,
      request,
      targets,
      leaving,
      told,
      stages,
      https,
      desktop,
      reset,
      spells,
      ...machine
    } = known;
    return textOf({
      ...machine,
      served: Object.keys(targets ?? {}).length,
      rebooted: lastReboot !== undefined,
      ...seen(https),
      ...seen(desktop),
      ...seen((spells as object[] | undefined)?.at(-1)),
    });
  });
  const resources = state('resource').filter(({ kind }) => kind !== 'KeyPair');
  return { resources: resources.map(textOf).sort(), machines: machines.sort() };
};

/** What does not differ from one time to the next. */
const seen = (thing: unknown): object => {
  const { names, open, filtered, until } = (thing ?? {}) as {
    names?: unknown;
    open?: boolean;
    filtered?: boolean;
    until?: number;
  };
  return {
    ...(names === undefined ? {} : { names }),
    ...(open ? { open } : {}),
    ...(filtered === undefined ? {} : { filtered, ended: until !== undefined }),
  };
};

/** As it stands in the JSON text of a body in the JSON text of a row. */
const volatile =
  /\\"(at|attachedAt|updatedAt|domainName|originPublicDNS|serialNumber|createdAt|since|until|privateIpAddress|publicIpAddress|ipv6Addresses|ipAddress|addresses|supportCode|userAuthority|authorizedKey|lastPublicIp|verifyBy|id|dnsName|url|principal|principalArn|puller|serial|chain|issuedAt|launchedAt|notBefore|notAfter|value|nextAt|last|snapshotTimeOfDay|nextSnapshotTimeOfDay|address|latestRestorableTime|restorableSince|CURRENT|PREVIOUS|backup|maintenance)\\":(\\".*?\\"|[\d.]+|\[.*?\]),?|"(seq|created_at)":\d+,/g;

const stateOf = async (): Promise<string | undefined> => {
  const { body, error } = await api.ask('GetInstanceState', { instanceName });
  return error === 'NotFoundException' ? undefined : body.state?.name;
};

const allOperations = async (): Promise<readonly Operation[]> => (await api.call('GetOperations')).operations ?? [];

/** How the operations that an order led to stand now: each way once, so that one says it of all. */
const followed = async (ordered: Ordered): Promise<readonly Operation[]> => {
  const ids = ordered?.map((operation) => operation?.id);
  const found = (await allOperations()).filter(({ id }) => ids?.includes(id));
  expect(found).toHaveLength(ids?.length ?? 0);
  return standings(found);
};

const standings = (operations: readonly Operation[]): readonly Operation[] => {
  const texts = operations.map(({ status, isTerminal, errorCode, errorDetails }) =>
    JSON.stringify({ status, isTerminal, errorCode, errorDetails }),
  );
  return [...new Set(texts)].map((text) => JSON.parse(text) as Operation);
};

const ended = async (ordered: Ordered): Promise<void> => {
  await settle();
  expect(await followed(ordered)).toMatchObject([{ status: 'Succeeded' }]);
};

const prepare = async ({ before }: Provocation): Promise<void> => {
  await api.control('ClearFaults');
  await api.control('ResetState');
  await api.call('ImportKeyPair', { keyPairName, publicKeyBase64 });
  for (const way of before) await ways[way]();
};

type Left = Awaited<ReturnType<typeof run>>;

/** By the order that each came of: it is the same whichever step is to be disturbed. */
const runs = new Map<Provocation['order'], Promise<Left>>();

/** What is left when nothing is in the way. */
const undisturbed = (provocation: Provocation): Promise<Left> => {
  const known = runs.get(provocation.order) ?? run(provocation);
  runs.set(provocation.order, known);
  return known;
};

const run = async (provocation: Provocation) => {
  await prepare(provocation);
  const ordered = await provocation.order(api);
  await settle();
  expect(await stateOf()).toBe(provocation.done);
  return { left: await outcome(), count: ordered?.length ?? 0 };
};

describe('at the pace of real machines', () => {
  beforeAll(() => start(undefined, 'real'));
  afterAll(() => server.stop());

  const running = async (): Promise<void> => {
    await prepare(provocations.CreateInstance!);
    await provocations.CreateInstance!.order(api);
    await settle(3_600_000);
    expect(await stateOf()).toBe('running');
  };

  test('a stop that fails on its way leaves the instance running, and what comes next does not wait for ever', async () => {
    await running();
    const ordered = await provocations.StopInstance!.order(api);
    await settle();
    expect(await stateOf()).toBe('stopping');
    await api.control('OrderFault', { step: 'StopInstance/stop', permanent: true });
    await settle(3_600_000);
    expect(await followed(ordered)).toMatchObject([{ status: 'Failed' }]);
    await provocations.RebootInstance!.order(api);
    await settle(3_600_000);
    expect(await stateOf()).toBe('running');
    await outcome();
  });

  test('the clock of a process that dies while it is wound does not go back', async () => {
    await running();
    await provocations.StopInstance!.order(api);
    await settle();
    await api.control('OrderFault', { step: 'StopInstance/stop', effect: 'crash' });
    const { now } = await api.control('GetClock');
    await expect(settle(3_600_000)).rejects.toThrow();
    await died();
    await start(server.data, 'real');
    expect((await api.control('GetClock')).now).toBeGreaterThan(Number(now) + 10_000);
    await settle();
    expect(await stateOf()).toBe('stopped');
  });
});

describe('at once', () => {
  beforeAll(() => start());
  afterAll(() => server.stop());

  test('each kind of task has a call that orders it', () => {
    expect(Object.keys(provocations).sort()).toEqual(kinds.map((kind) => kind.name).sort());
  });

  describe.each(steps)('$step', ({ step, ...provocation }) => {
    const { unfailing, order, done, failed, restored, answered, silent } = provocation;
    const succeeded = silent ? [] : [{ status: 'Succeeded', isTerminal: true }];

    test('fails for good: a clean slate, the reason in the operation, and the next try works', async () => {
      const message = `no way to ${step}`;
      await prepare(provocation);
      const before = await outcome();
      await api.control('OrderFault', { step, message, permanent: true });
      const ordered = await order(api);
      await settle();
      // What was answered as done is tried on.
      if (answered || silent) await settle(60_000);
      const ending = answered
        ? { status: 'Succeeded', isTerminal: true }
        : { status: 'Failed', isTerminal: true, errorCode: 'OperationFailure', errorDetails: message };
      expect(await followed(ordered)).toMatchObject(silent ? [] : [ending]);
      expect(await stateOf()).toBe(failed);
      const after = await outcome();
      if (restored) expect(after).toEqual(before);

      if (unfailing) await prepare(provocation);
      const again = await order(api);
      await settle();
      expect(await followed(again)).toMatchObject(succeeded);
      expect(await stateOf()).toBe(done);
      expectWhole(await readState(api, server.data));
    });

    test('fails once: it is tried again, and all is as if nothing had been', async () => {
      const { left } = await undisturbed(provocation);
      await prepare(provocation);
      await api.control('OrderFault', { step });
      const ordered = await order(api);
      await settle();
      if (!answered && !silent)
        expect(await followed(ordered)).toMatchObject([{ status: 'Started', isTerminal: false }]);
      await settle(60_000);
      expect(await followed(ordered)).toMatchObject(succeeded);
      expect(await outcome()).toEqual(left);
    });

    test('runs twice: the end is the same', async () => {
      const { left } = await undisturbed(provocation);
      await prepare(provocation);
      await api.control('OrderFault', { step, effect: 'repeat' });
      const ordered = await order(api);
      await settle();
      expect(await api.control('ListFaults')).toEqual({ faults: [] });
      expect(await followed(ordered)).toMatchObject(succeeded);
      expect(await outcome()).toEqual(left);
    });

    test('dies with the process: the next one goes on', async () => {
      const { left, count } = await undisturbed(provocation);
      await prepare(provocation);
      await api.control('OrderFault', { step, effect: 'crash' });
      const known = (await allOperations()).length;
      // The answer may or may not have gone out before.
      await order(api).catch(() => undefined);
      await died();
      await start(server.data);
      await settle(60_000);
      const ordered = (await allOperations()).slice(known);
      expect(ordered).toHaveLength(count);
      expect(standings(ordered)).toMatchObject(succeeded);
      expect(await outcome()).toEqual(left);
    });
  });
});

/** Resolves when the process has ended by a signal that was not ours. */
const died = async (): Promise<void> => {
  while (await api.ask('GetRegions').catch(() => undefined));
  expect(await server.stop()).toBe(null);
};
