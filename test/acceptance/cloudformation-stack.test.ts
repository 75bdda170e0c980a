import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InstanceEntry, Lightsail, PortInfo } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { begun, newDisk, snapshotOfDisk, snapshotOfInstance, succeeded } from '../snapshots.ts';

const server = await startServer();
const api = lightsail(server);
const admin = apiOf(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

/** Name of the record of an export that has gone well. */
const exported = async (from: Lightsail, sourceSnapshotName: string): Promise<string> => {
  const { operations } = await from.exportSnapshot({ sourceSnapshotName });
  await succeeded(from, operations);
  return operations?.[0]?.resourceName ?? '';
};

/** The same of an instance of its own. */
const exportedInstance = async (from: Lightsail, name: string, more: object = {}): Promise<string> => {
  await launch(from, name, more);
  await snapshotOfInstance(from, name, `of-${name}`);
  return exported(from, `of-${name}`);
};

const entry = (sourceName: string, more: Partial<InstanceEntry> = {}): InstanceEntry => ({
  sourceName,
  instanceType: 't3.micro',
  portInfoSource: 'DEFAULT',
  availabilityZone: 'us-east-1a',
  ...more,
});

const recordsOf = async (from: Lightsail) =>
  (await from.getCloudFormationStackRecords({})).cloudFormationStackRecords ?? [];

/** The template that an entry leads to, from the file that its record names. */
const templateOf = async (from: InstanceEntry) => {
  const { operations } = await api.createCloudFormationStack({ instances: [from] });
  await succeeded(api, operations);
  const record = (await recordsOf(api)).find(({ name }) => name === operations?.[0]?.resourceName);
  const file = fileURLToPath(record?.destinationInfo?.id ?? '');
  expect(file).toBe(join(server.data, 'templates', `${record?.name}.json`));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  return JSON.parse(readFileSync(file, 'utf8'));
};

const ingressOf = async (from: InstanceEntry) =>
  (await templateOf(from)).Resources.SecurityGroup.Properties.SecurityGroupIngress;

test('F228 F233 F235 a stack has a record with a name of its own that tells what it was made from', async () => {
  const source = await exportedInstance(api, 'web');
  const { operations } = await api.createCloudFormationStack({ instances: [entry(source)] });
  const name = expect.stringMatching(/^CloudFormationStackRecord-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(operations).toMatchObject([
    begun('CreateCloudFormationStack', 'CloudFormationStackRecord', name, 'all', source),
    begun('CreateCloudFormationStack', 'ExportSnapshotRecord', source, 'all', operations?.[0]?.resourceName),
  ]);
  await succeeded(api, operations);
  expect(await recordsOf(api)).toEqual([
    {
      arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:CloudFormationStackRecord\/[0-9a-f-]{36}$/),
      createdAt: expect.any(Date),
      destinationInfo: { id: expect.stringMatching(/^file:\/\/\/.*\.json$/), service: 'Aws::CloudFormation::Stack' },
      location: { availabilityZone: 'all', regionName: 'us-east-1' },
      name: operations?.[0]?.resourceName,
      resourceType: 'CloudFormationStackRecord',
      sourceInfo: [
        { arn: expect.stringContaining(':ExportSnapshotRecord/'), name: source, resourceType: 'ExportSnapshotRecord' },
      ],
      state: 'Succeeded',
    },
  ]);
  expect(await recordsOf(lightsail(server, 'eu-west-1'))).toEqual([]);
});

test('F229 the template is an EC2 instance as the entry has it', async () => {
  const source = await exportedInstance(api, 'typed');
  const userData = '#!/bin/sh\necho "hello" > /tmp/hello\n';
  const template = await templateOf(entry(source, { userData, availabilityZone: 'us-east-1b' }));
  const [image] = ((await api.getExportSnapshotRecords({})).exportSnapshotRecords ?? []).filter(
    ({ name }) => name === source,
  );
  expect(template).toMatchObject({
    AWSTemplateFormatVersion: '2010-09-09',
    Parameters: { ImageId: { Type: 'AWS::EC2::Image::Id', Default: image?.destinationInfo?.id } },
    Resources: {
      Instance: {
        Type: 'AWS::EC2::Instance',
        Properties: {
          AvailabilityZone: 'us-east-1b',
          ImageId: { Ref: 'ImageId' },
          InstanceType: 't3.micro',
          SecurityGroupIds: [{ 'Fn::GetAtt': ['SecurityGroup', 'GroupId'] }],
          Tags: [{ Key: 'Name', Value: 'typed' }],
          UserData: { 'Fn::Base64': userData },
        },
      },
      SecurityGroup: { Type: 'AWS::EC2::SecurityGroup' },
    },
  });
  for (const member of ['availabilityZone', 'instanceType', 'portInfoSource', 'sourceName'] as const)
    await expect(
      api.createCloudFormationStack({ instances: [entry(source, { [member]: undefined })] }),
    ).rejects.toMatchObject(refusal('ValidationException', new RegExp(member)));
  const create = (more: Partial<InstanceEntry>) => api.createCloudFormationStack({ instances: [entry(source, more)] });
  await expect(create({ instanceType: 'micro' })).rejects.toMatchObject(
    invalid(/^The instance type micro is not valid/),
  );
  await expect(create({ availabilityZone: 'eu-west-1a' })).rejects.toMatchObject(invalid(/eu-west-1a/));
});

test('F231 the ports are those of the blueprint, those of the instance, the default group of EC2, or none', async () => {
  await launch(api, 'ported', { blueprintId: 'wordpress', bundleId: 'micro_3_0', ipAddressType: 'ipv4' });
  const office: PortInfo = { protocol: 'tcp', fromPort: 8080, toPort: 8081, cidrs: ['192.0.2.0/24'] };
  await api.putInstancePublicPorts({ instanceName: 'ported', portInfos: [office] });
  await snapshotOfInstance(api, 'ported', 'of-ported');
  const source = await exported(api, 'of-ported');
  const rules = (await ingressOf(entry(source))) as { FromPort: number; CidrIp?: string; CidrIpv6?: string }[];
  const openTo = (everyone: string) =>
    rules
      .filter(({ CidrIp, CidrIpv6 }) => (CidrIp ?? CidrIpv6) === everyone)
      .map(({ FromPort }) => FromPort)
      .sort((a, b) => a - b);
  expect([openTo('0.0.0.0/0'), openTo('::/0')]).toEqual([
    [22, 80, 443],
    [22, 80, 443],
  ]);
  expect(await ingressOf(entry(source, { portInfoSource: 'INSTANCE' }))).toEqual([
    { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8081, CidrIp: '192.0.2.0/24' },
  ]);
  expect(await ingressOf(entry(source, { portInfoSource: 'CLOSED' }))).toBeUndefined();
  const { Resources } = await templateOf(entry(source, { portInfoSource: 'NONE' }));
  expect(Object.keys(Resources)).toEqual(['Instance']);
  expect(Resources.Instance.Properties).not.toHaveProperty('SecurityGroupIds');
});

test('F232 what lightsail-connect opens stays behind', async () => {
  await launch(api, 'browsed');
  const ssh = { protocol: 'tcp', fromPort: 22, toPort: 22 } as const;
  const portInfos = [{ ...ssh, cidrs: ['192.0.2.7/32'], cidrListAliases: ['lightsail-connect'] }];
  await api.putInstancePublicPorts({ instanceName: 'browsed', portInfos });
  await snapshotOfInstance(api, 'browsed', 'of-browsed');
  const rules = await ingressOf(entry(await exported(api, 'of-browsed'), { portInfoSource: 'INSTANCE' }));
  expect(rules).toEqual([{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '192.0.2.7/32' }]);
});

test('F226 a stack has exactly one instance', async () => {
  const count = (count: number) =>
    invalid(`A CloudFormation stack is created for exactly one instance, and the request has ${count}.`);
  await expect(api.createCloudFormationStack({ instances: [] })).rejects.toMatchObject(count(0));
  await expect(
    api.createCloudFormationStack({ instances: [entry('one-record'), entry('two-records')] }),
  ).rejects.toMatchObject(count(2));
});

test('F230 the source is the record of an exported instance snapshot', async () => {
  await newDisk(api, 'data');
  await snapshotOfDisk(api, { diskName: 'data' }, 'of-data');
  const ofDisk = await exported(api, 'of-data');
  const create = (sourceName: string) => api.createCloudFormationStack({ instances: [entry(sourceName)] });
  await expect(create(ofDisk)).rejects.toMatchObject(
    invalid(`The ExportSnapshotRecord ${ofDisk} is not of an instance snapshot.`),
  );
  for (const strange of ['of-data', 'nothing'])
    await expect(create(strange)).rejects.toMatchObject(
      refusal('NotFoundException', 'The ExportSnapshotRecord does not exist'),
    );
});

test('F227 F234 one stack at a time is made from an export; its record is Started, then Succeeded or Failed', async () => {
  const source = await exportedInstance(api, 'again');
  const create = () => api.createCloudFormationStack({ instances: [entry(source)] });
  const stateOf = async (name: string | undefined) =>
    (await recordsOf(api)).find((record) => record.name === name)?.state;
  await admin.control('OrderFault', { step: 'CreateCloudFormationStack/write' });
  const { operations: slow } = await create();
  const name = slow?.[0]?.resourceName;
  expect(await stateOf(name)).toBe('Started');
  await expect(create()).rejects.toMatchObject(
    invalid(`The ExportSnapshotRecord ${source} is in use by the CloudFormationStackRecord ${name}.`),
  );
  await admin.control('AdvanceClock', { ms: 60_000 });
  expect(await stateOf(name)).toBe('Succeeded');
  await admin.control('OrderFault', { step: 'CreateCloudFormationStack/write', permanent: true });
  const { operations: failed } = await create();
  expect(await finished(api, failed)).toMatchObject([{ status: 'Failed' }, { status: 'Failed' }]);
  expect(await stateOf(failed?.[0]?.resourceName)).toBe('Failed');
  await succeeded(api, (await create()).operations);
});
