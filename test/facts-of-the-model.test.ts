/** Facts that the contract itself states: which operation declares, takes and returns what, also where it is still to come. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type OperationName, type OperationTraits, operations } from '../src/api/generated/operations.ts';
import { type ShapeName, type StringShape, shapes } from '../src/api/generated/shapes.ts';
import type { ErrorCode } from '../src/errors.ts';

interface ModelShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly traits?: Readonly<Record<string, unknown>> }>>;
}
const model = JSON.parse(readFileSync(new URL('../model/lightsail-2016-11-28.json', import.meta.url), 'utf8')) as {
  readonly shapes: Readonly<Record<string, ModelShape>>;
};

/** Those of the reference of 2022, which the facts are about. */
const of2022 = (Object.entries(operations) as [OperationName, OperationTraits][]).filter(
  ([, { origin }]) => origin === 'reference-2022',
);
const named = (is: (traits: OperationTraits, name: OperationName) => boolean): OperationName[] =>
  of2022.filter(([name, traits]) => is(traits, name)).map(([name]) => name);

const membersOf = (name: ShapeName): string[] => {
  const shape = shapes[name];
  return shape.kind === 'structure' ? Object.keys(shape.members) : [];
};
const takes = (member: string) => named(({ input }) => membersOf(input).includes(member));
const gives = (operation: OperationName): string[] => membersOf(operations[operation].output).sort();

const without = (error: ErrorCode): OperationName[] => named(({ errors }) => !errors.includes(error));

/** The values of an enum, without those that are newer than the reference. */
const enumOf2022 = (name: string): unknown[] =>
  Object.values(model.shapes[`com.amazonaws.lightsail#${name}`]?.members ?? {})
    .filter(({ traits = {} }) => !('lateen#origin' in traits))
    .map(({ traits = {} }) => traits['smithy.api#enumValue']);

const words = (text: string): string[] => text.trim().split(/\s+/);

describe('answers', () => {
  test('F4 F76 of 154 operations two answer with nothing', () => {
    expect(of2022).toHaveLength(154);
    expect(named(({ output }) => membersOf(output).length === 0)).toEqual([
      'DeleteContainerImage',
      'DeleteContainerService',
    ]);
  });

  test('F45 sixteen types carry a support code', () => {
    const carriers = (Object.keys(shapes) as ShapeName[]).filter((name) => membersOf(name).includes('supportCode'));
    expect(carriers.sort()).toEqual(
      words(`Alarm Bucket Certificate ContactMethod Disk DiskSnapshot Domain Instance InstanceSnapshot KeyPair
        LightsailDistribution LoadBalancer LoadBalancerTlsCertificate RelationalDatabase RelationalDatabaseSnapshot StaticIp`),
    );
  });

  test('F43 F538 there are twenty kinds of resources, PeeredVpc among them', () => {
    expect(enumOf2022('ResourceType')).toEqual(
      words(`ContainerService Instance StaticIp KeyPair InstanceSnapshot Domain PeeredVpc LoadBalancer
        LoadBalancerTlsCertificate Disk DiskSnapshot RelationalDatabase RelationalDatabaseSnapshot ExportSnapshotRecord
        CloudFormationStackRecord Alarm ContactMethod Distribution Certificate Bucket`),
    );
    expect((shapes.ResourceType as StringShape).values).toEqual(expect.arrayContaining(enumOf2022('ResourceType')));
  });
});

describe('errors', () => {
  test('F29 F30 F31 every operation may deny, ask who it is, and fail', () => {
    for (const error of ['AccessDeniedException', 'UnauthenticatedException', 'ServiceException'] as const) {
      expect(without(error)).toEqual([]);
    }
  });

  test('F32 all but one may find the input invalid', () => {
    expect(without('InvalidInputException')).toEqual(['GetContainerAPIMetadata']);
  });

  test('F34 all but four may not find a resource', () => {
    expect(without('NotFoundException')).toEqual(
      words('CreateBucket GetBucketBundles GetContainerAPIMetadata GetLoadBalancerTlsPolicies'),
    );
  });

  test('F35 125 may fail to execute, and none about buckets, containers and certificates', () => {
    const never = without('OperationFailureException');
    expect(of2022.length - never.length).toBe(125);
    for (const name of never) {
      expect(name).toMatch(/Bucket|Container|^(Create|Delete|Get)Certificates?$|^GetLoadBalancerTlsPolicies$/);
    }
  });

  test('F36 103 may be in the setup of the account', () => {
    const never = without('AccountSetupInProgressException');
    expect(of2022.length - never.length).toBe(103);
    for (const name of never) {
      expect(name).toMatch(
        /Distribution|Alarm|ContactMethod|AddOn|AutoSnapshot|Bucket|Container|^(Create|Delete|Get)Certificates?$/,
      );
    }
  });

  test('F37 the errors of an operation are in its entry, also for reads of the catalogue', () => {
    for (const name of ['GetBlueprints', 'GetBundles', 'GetRegions'] as const) {
      expect(operations[name].errors).toEqual(
        expect.arrayContaining(['NotFoundException', 'OperationFailureException']),
      );
    }
  });
});

describe('pages', () => {
  test('F47 27 reads take a token', () => {
    // GetCertificates became paged later.
    const paged = takes('pageToken').filter((name) => name !== 'GetCertificates');
    expect(paged).toHaveLength(27);
    for (const name of paged) {
      expect(name).toMatch(/^Get/);
      expect(operations[name].paged?.inputToken).toBe('pageToken');
    }
  });

  test('F49 none takes the size of a page', () => {
    for (const name of takes('pageToken')) {
      const sizes = membersOf(operations[name].input).filter((member) => /max|size|limit|count/i.test(member));
      expect(sizes, name).toEqual([]);
    }
  });

  test('F51 GetOperationsForResource has a count of pages beside the token', () => {
    expect(gives('GetOperationsForResource')).toEqual(['nextPageCount', 'nextPageToken', 'operations']);
  });

  test('F52 log events of databases are read both ways', () => {
    expect(gives('GetRelationalDatabaseLogEvents')).toEqual([
      'nextBackwardToken',
      'nextForwardToken',
      'resourceLogEvents',
    ]);
    expect(named(({ paged }) => paged?.twoWay === true)).toEqual(['GetRelationalDatabaseLogEvents']);
  });

  test('F53 F55 logs of containers and TLS policies are paged like the rest', () => {
    for (const name of ['GetContainerLog', 'GetLoadBalancerTlsPolicies'] as const) {
      expect(operations[name].paged).toMatchObject({ inputToken: 'pageToken', outputToken: 'nextPageToken' });
    }
  });

  test('F54 lists without tokens are whole', () => {
    const whole = words(`GetAutoSnapshots GetBucketAccessKeys GetBucketBundles GetContactMethods GetContainerAPIMetadata
      GetContainerImages GetContainerServiceDeployments GetContainerServicePowers GetContainerServices GetDistributionBundles
      GetInstancePortStates GetLoadBalancerTlsCertificates GetRegions GetRelationalDatabaseLogStreams GetBucketMetricData
      GetContainerServiceMetricData GetDistributionMetricData GetInstanceMetricData GetLoadBalancerMetricData
      GetRelationalDatabaseMetricData`) as OperationName[];
    for (const name of whole) {
      expect(membersOf(operations[name].input), name).not.toContain('pageToken');
      expect(gives(name), name).not.toContain('nextPageToken');
      expect(operations[name].paged, name).toBeUndefined();
    }
  });
});

describe('operations', () => {
  test('F56 there are five states', () => {
    expect(enumOf2022('OperationStatus')).toEqual(words('NotStarted Started Failed Completed Succeeded'));
  });

  test('F62 F65 there are 79 types, CreateInstance in the singular and two reads among them', () => {
    const types = enumOf2022('OperationType');
    expect(types).toHaveLength(79);
    expect(types).toEqual(
      expect.arrayContaining(['CreateInstance', 'CreateInstancesFromSnapshot', 'GetAlarms', 'GetContactMethods']),
    );
  });

  test('F63 F64 some operations that give an operation have no type of their name', () => {
    const types = enumOf2022('OperationType');
    const untyped =
      words(`CopySnapshot CreateInstances CreateDomainEntry CreateKeyPair ImportKeyPair DeleteKeyPair PeerVpc
      UnpeerVpc TagResource UntagResource ExportSnapshot CreateCloudFormationStack DeleteAutoSnapshot`) as OperationName[];
    for (const name of untyped) {
      expect(types).not.toContain(name);
      expect(operations[name].returns, name).not.toBe('none');
    }
  });

  test('F69 65 give an array of operations', () => {
    const many = named(({ returns }) => returns === 'operations');
    expect(many).toHaveLength(65);
    for (const name of many) expect(gives(name), name).toContain('operations');
  });

  test('F70 F72 twenty give one operation', () => {
    const one = named(({ returns }) => returns === 'operation');
    expect(one.sort()).toEqual(
      words(`AttachCertificateToDistribution CloseInstancePublicPorts CreateDistribution CreateDomain CreateDomainEntry
        CreateKeyPair DeleteDistribution DeleteDomain DeleteDomainEntry DeleteKeyPair DetachCertificateFromDistribution
        GetOperation ImportKeyPair OpenInstancePublicPorts PeerVpc PutInstancePublicPorts ResetDistributionCache UnpeerVpc
        UpdateDistribution UpdateDistributionBundle`),
    );
    for (const name of one) expect(gives(name), name).toContain('operation');
  });

  test('F71 UpdateDomainEntry gives an array, and its neighbours one', () => {
    expect(gives('UpdateDomainEntry')).toEqual(['operations']);
    expect(gives('CreateDomainEntry')).toEqual(['operation']);
    expect(gives('DeleteDomainEntry')).toEqual(['operation']);
  });

  test('F73 container services are given as they are, without an operation', () => {
    for (const name of words('CreateContainerService CreateContainerServiceDeployment UpdateContainerService')) {
      expect(gives(name as OperationName), name).toEqual(['containerService']);
    }
  });

  test('F74 F75 so are container images and logins to the registry', () => {
    expect(gives('RegisterContainerImage')).toEqual(['containerImage']);
    expect(gives('CreateContainerServiceRegistryLogin')).toEqual(['registryLogin']);
  });

  test('F77 buckets, their keys and certificates are given with operations', () => {
    expect(gives('CreateBucket')).toEqual(['bucket', 'operations']);
    expect(gives('UpdateBucket')).toEqual(['bucket', 'operations']);
    expect(gives('CreateBucketAccessKey')).toEqual(['accessKey', 'operations']);
    expect(gives('CreateCertificate')).toEqual(['certificate', 'operations']);
  });

  test('F78 F80 distributions are given with one operation, and a reset with its status and time', () => {
    expect(gives('CreateDistribution')).toEqual(['distribution', 'operation']);
    expect(gives('ResetDistributionCache')).toEqual(['createTime', 'operation', 'status']);
  });
});

describe('tags', () => {
  test('F531 seventeen creates take tags', () => {
    // Two more took them up later.
    const later = ['CreateContactMethod', 'PutAlarm', 'TagResource'];
    expect(
      takes('tags')
        .filter((name) => !later.includes(name))
        .sort(),
    ).toEqual(
      words(`CreateBucket CreateCertificate CreateContainerService CreateDisk CreateDiskFromSnapshot CreateDiskSnapshot
        CreateDistribution CreateDomain CreateInstanceSnapshot CreateInstances CreateInstancesFromSnapshot CreateKeyPair
        CreateLoadBalancer CreateLoadBalancerTlsCertificate CreateRelationalDatabase CreateRelationalDatabaseFromSnapshot
        CreateRelationalDatabaseSnapshot`),
    );
  });

  test('F532 48 are controlled by tags: 14 by those of the request, 34 by those of the resource alone', () => {
    const byRequest = named(({ tagAccess }) => tagAccess === 'request' || tagAccess === 'both');
    expect(byRequest).toHaveLength(14);
    expect(byRequest).toEqual(expect.arrayContaining(['TagResource', 'UntagResource']));
    const byResource = named(({ tagAccess }) => tagAccess === 'resource');
    expect(byResource).toHaveLength(34);
    expect(byResource).toContain('DetachDisk');
  });

  test('F533 DeleteRelationalDatabaseSnapshot is controlled by the resource that it names, a snapshot', () => {
    expect(operations.DeleteRelationalDatabaseSnapshot.tagAccess).toBe('resource');
    expect(membersOf(operations.DeleteRelationalDatabaseSnapshot.input)).toEqual(['relationalDatabaseSnapshotName']);
  });

  test('F534 two reads are controlled by tags', () => {
    expect(named(({ tagAccess, readOnly }) => readOnly && tagAccess !== 'none')).toEqual([
      'GetInstanceAccessDetails',
      'GetRelationalDatabaseMasterUserPassword',
    ]);
  });

  test('F539 some creates take tags that do not control them', () => {
    const free = takes('tags').filter((name) => !/request|both/.test(operations[name].tagAccess));
    expect(free).toEqual(
      expect.arrayContaining(
        words(
          `CreateBucket CreateCertificate CreateContainerService CreateDistribution CreateLoadBalancerTlsCertificate`,
        ),
      ),
    );
  });
});
