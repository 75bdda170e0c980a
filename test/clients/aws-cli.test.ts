import type {
  CreateKeyPairResult,
  DownloadDefaultKeyPairResult,
  GetInstanceAccessDetailsResult,
  Instance,
  InstancePortState,
  KeyPair,
  Operation,
  Region,
} from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { type Ended, type Server, startServer } from '../lateen.ts';
import { awsCliFor, testWithAwsCli as test } from './aws-cli.ts';
import { until } from './tools.ts';

let server: Server;
const { run: aws, answer, query } = awsCliFor(() => server);

beforeAll(async () => {
  server = await startServer({ args: ['--pace', 'brisk', '--page-size', '2'] });
});

/** Version 1 ends with 255 for what the service refuses, version 2 with 254. */
const refuses = async (ended: Promise<Ended>, message: string): Promise<void> => {
  const { code, stdout, stderr } = await ended;
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringContaining(`An error occurred ${message}`) });
  expect([254, 255]).toContain(code);
};

const kind = '--availability-zone us-east-1a --blueprint-id ubuntu_22_04 --bundle-id nano_3_0';
const launch = (names: string, ...more: string[]): Promise<readonly Operation[]> =>
  answer<{ operations: Operation[] }>(`create-instances --instance-names ${names} ${kind}`, ...more).then(
    ({ operations }) => operations,
  );
const succeeded = (operation: Operation | undefined): Promise<Operation> =>
  until(
    () => query<Operation>(`get-operation --operation-id ${operation?.id}`, 'operation'),
    ({ isTerminal }) => isTerminal === true,
  );
const inState = (name: string, state: string): Promise<string> =>
  until(
    () => query<string>(`get-instance-state --instance-name ${name}`, 'state.name'),
    (found) => found === state,
  );

test('reads what is on offer', async () => {
  const [regions, bundles] = await Promise.all([
    query<Region[]>('get-regions --include-availability-zones', 'regions'),
    query<string[]>('get-bundles --no-include-inactive', 'bundles[].bundleId'),
  ]);
  expect(regions.find(({ name }) => name === 'us-east-1')?.availabilityZones).toHaveLength(6);
  expect(bundles).toContain('nano_3_0');
  expect(new Set(bundles).size).toBe(bundles.length);
});

test('makes an instance and follows its operation', async () => {
  const script = '#!/bin/sh\necho "made by a script"';
  const [operation] = await launch('web-1', '--tags', 'key=team,value=blue sky', 'key=plain', '--user-data', script);
  expect(operation).toMatchObject({ operationType: 'CreateInstance', status: 'Started', isTerminal: false });
  expect(await succeeded(operation)).toMatchObject({ id: operation?.id, status: 'Succeeded', resourceName: 'web-1' });
  const instance = await query<Instance>('get-instance --instance-name web-1', 'instance');
  expect(instance).toMatchObject({
    name: 'web-1',
    state: { code: 16, name: 'running' },
    tags: [{ key: 'team', value: 'blue sky' }, { key: 'plain' }],
    location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
  });
  expect(instance.arn).toMatch(/^arn:aws:lightsail:us-east-1:111111111111:Instance\/[0-9a-f-]{36}$/);
});

test('makes several, and lists them over pages', async () => {
  expect(await launch('web-2 web-3 web-4 web-5')).toHaveLength(4);
  const everyName = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'];
  const [all, page, some] = await Promise.all([
    query<string[]>('get-instances', 'instances[].name'),
    answer<{ instances: Instance[]; nextPageToken: string }>('get-instances --no-paginate'),
    answer<{ instances: Instance[]; NextToken: string }>('get-instances --max-items 3'),
  ]);
  expect(all).toEqual(everyName);
  expect(page.instances.map(({ name }) => name)).toEqual(everyName.slice(0, 2));
  expect(some.instances.map(({ name }) => name)).toEqual(everyName.slice(0, 3));
  const [next, rest] = await Promise.all([
    query<string[]>(`get-instances --no-paginate --page-token ${page.nextPageToken}`, 'instances[].name'),
    query<string[]>(`get-instances --starting-token ${some.NextToken}`, 'instances[].name'),
  ]);
  expect(next).toEqual(everyName.slice(2, 4));
  expect(rest).toEqual(everyName.slice(3));
});

test('opens, closes and replaces ports', async () => {
  const of = '--instance-name web-1';
  const put = await query<Operation>(
    `put-instance-public-ports ${of} --port-infos ` +
      'fromPort=80,toPort=80,protocol=tcp fromPort=443,toPort=443,protocol=tcp,cidrs=192.0.2.0/24,198.51.100.7/32',
    'operation',
  );
  expect(put).toMatchObject({ operationType: 'PutInstancePublicPorts', status: 'Succeeded', isTerminal: true });
  await answer(`open-instance-public-ports ${of} --port-info fromPort=8000,toPort=8010,protocol=udp`);
  await answer(`close-instance-public-ports ${of} --port-info fromPort=80,toPort=80,protocol=tcp`);
  const ports = await query<InstancePortState[]>(`get-instance-port-states ${of}`, 'portStates');
  expect(ports).toMatchObject([
    { protocol: 'tcp', fromPort: 443, toPort: 443, state: 'open', cidrs: ['192.0.2.0/24', '198.51.100.7/32'] },
    { protocol: 'udp', fromPort: 8000, toPort: 8010, state: 'open', cidrs: ['0.0.0.0/0'] },
  ]);
});

test('makes, imports, lists and deletes key pairs', async () => {
  const [made, standard] = await Promise.all([
    answer<CreateKeyPairResult>('create-key-pair --key-pair-name made --tags key=team,value=blue'),
    answer<DownloadDefaultKeyPairResult>('download-default-key-pair'),
  ]);
  expect(made.privateKeyBase64).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(standard.publicKeyBase64).toMatch(/^ssh-rsa /);
  const brought = ['--public-key-base64', made.publicKeyBase64 ?? ''];
  const imported = await query<Operation>('import-key-pair --key-pair-name brought', 'operation', ...brought);
  expect(imported).toMatchObject({ operationType: 'ImportKeyPair', status: 'Succeeded' });
  const keys = await query<KeyPair[]>('get-key-pairs --include-default-key-pair', 'keyPairs');
  expect(keys.map(({ name }) => name).sort()).toEqual(['LightsailDefaultKeyPair', 'brought', 'made']);
  expect(keys.find(({ name }) => name === 'made')).toMatchObject({ tags: [{ key: 'team', value: 'blue' }] });
  await Promise.all(['made', 'brought'].map((name) => answer(`delete-key-pair --key-pair-name ${name}`)));
  expect(await query<KeyPair[]>('get-key-pairs', 'keyPairs')).toEqual([]);
});

test('tags and untags', async () => {
  const tags = () => query('get-instance --instance-name web-2', 'instance.tags');
  await answer('tag-resource --resource-name web-2 --tags key=team,value=green key=plain');
  expect(await tags()).toEqual([{ key: 'team', value: 'green' }, { key: 'plain' }]);
  await answer('untag-resource --resource-name web-2 --tag-keys team');
  expect(await tags()).toEqual([{ key: 'plain' }]);
});

test('stops, starts and reboots', async () => {
  const [stop] = await query<Operation[]>('stop-instance --instance-name web-3', 'operations');
  expect(stop).toMatchObject({ operationType: 'StopInstance', status: 'Started' });
  await inState('web-3', 'stopped');
  await answer('start-instance --instance-name web-3');
  await inState('web-3', 'running');
  const [reboot] = await query<Operation[]>('reboot-instance --instance-name web-3', 'operations');
  expect(reboot).toMatchObject({ operationType: 'RebootInstance', status: 'Succeeded' });
});

test('attaches and detaches a disk', async () => {
  const [made] = await query<Operation[]>(
    'create-disk --disk-name data --availability-zone us-east-1a --size-in-gb 8',
    'operations',
  );
  await succeeded(made);
  const attach = 'attach-disk --disk-name data --instance-name web-2 --disk-path';
  await refuses(
    aws(`${attach} /data`),
    '(InvalidInputException) when calling the AttachDisk operation: The disk path is invalid. You must specify a valid disk path.',
  );
  const attached = await query<Operation[]>(`${attach} /dev/xvdf`, 'operations');
  expect(attached.map(({ resourceName, operationDetails }) => [resourceName, operationDetails])).toEqual([
    ['data', 'web-2'],
    ['web-2', 'data'],
  ]);
  await Promise.all(attached.map(succeeded));
  expect(await query('get-instance --instance-name web-2', 'instance.hardware.disks[].path')).toEqual([
    '/dev/xvda',
    '/dev/xvdf',
  ]);
  await answer('stop-instance --instance-name web-2');
  await inState('web-2', 'stopped');
  const detached = await query<Operation[]>('detach-disk --disk-name data', 'operations');
  await Promise.all(detached.map(succeeded));
  await answer('delete-disk --disk-name data');
  expect(await query('get-disks', 'disks')).toEqual([]);
});

test('keeps a static address over stop and start', async () => {
  await answer('allocate-static-ip --static-ip-name front');
  const address = await query<string>('get-static-ip --static-ip-name front', 'staticIp.ipAddress');
  await answer('attach-static-ip --static-ip-name front --instance-name web-2');
  await answer('start-instance --instance-name web-2');
  await inState('web-2', 'running');
  expect(await query('get-instance --instance-name web-2', 'instance.[isStaticIp, publicIpAddress]')).toEqual([
    true,
    address,
  ]);
  await answer('detach-static-ip --static-ip-name front');
  await answer('release-static-ip --static-ip-name front');
  expect(await query('get-static-ips', 'staticIps')).toEqual([]);
});

test('gets what ssh needs', async () => {
  const { accessDetails } = await answer<GetInstanceAccessDetailsResult>(
    'get-instance-access-details --instance-name web-1 --protocol ssh',
  );
  expect(accessDetails).toMatchObject({ instanceName: 'web-1', protocol: 'ssh', username: 'ubuntu' });
  expect(accessDetails?.certKey).toMatch(/^ssh-rsa-cert-v01@openssh\.com /);
  expect(accessDetails?.privateKey).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
});

test('prints what the service refuses', async () => {
  const wrongSecret = { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: 'wrong' };
  await Promise.all([
    refuses(
      aws('get-instance --instance-name missing'),
      '(NotFoundException) when calling the GetInstance operation: The Instance does not exist',
    ),
    refuses(
      aws(`create-instances --instance-names web-1 ${kind}`),
      '(InvalidInputException) when calling the CreateInstances operation: Some names are already in use: web-1',
    ),
    refuses(
      aws('get-regions', [], { ...wrongSecret, AWS_ACCESS_KEY_ID: 'AKIAWITHOUTACCOUNT00' }),
      '(UnrecognizedClientException) when calling the GetRegions operation: The security token included in the request is invalid.',
    ),
    refuses(
      aws('get-regions', [], wrongSecret),
      '(InvalidSignatureException) when calling the GetRegions operation: The request signature we calculated does not match',
    ),
  ]);
});

test('signs with temporary credentials', async () => {
  const created = await server.cli('keys', 'create', '--minutes', '10', '--json');
  const { accessKeyId, secretAccessKey, sessionToken } = JSON.parse(created.stdout) as Record<string, string>;
  const key = { AWS_ACCESS_KEY_ID: accessKeyId ?? '', AWS_SECRET_ACCESS_KEY: secretAccessKey ?? '' };
  const [inside] = await Promise.all([
    aws('get-instances --query instances[].name', [], { ...key, AWS_SESSION_TOKEN: sessionToken ?? '' }),
    refuses(
      aws('get-instances', [], key),
      '(UnrecognizedClientException) when calling the GetInstances operation: The security token included in the request is invalid.',
    ),
  ]);
  expect(JSON.parse(inside.stdout)).toContain('web-1');
});

test('deletes', async () => {
  await Promise.all([4, 5].map((number) => answer(`delete-instance --instance-name web-${number}`)));
  await refuses(
    aws('get-instance --instance-name web-5'),
    '(NotFoundException) when calling the GetInstance operation: The Instance does not exist',
  );
  expect(await query('get-instances', 'instances[].name')).toEqual(['web-1', 'web-2', 'web-3']);
});
