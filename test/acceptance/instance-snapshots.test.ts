import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, finished, getInstance, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { attachedDisk, begun, done, snapshotOfInstance, succeeded } from '../snapshots.ts';
import { readState } from '../state.ts';

const server = await startServer({ args: ['--quota', 'instancesPerAccount=100'] });
const api = lightsail(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const availabilityZone = 'us-east-1a';
const bundleId = 'nano_3_0';

test('F200 F204 a snapshot of an instance tells what it was taken of, and has its tags', async () => {
  const { arn } = await launch(api, 'source', { bundleId: 'micro_3_0' });
  await attachedDisk(api, 'source-data', 'source', '/dev/xvdf');
  const { operations } = await api.createInstanceSnapshot({
    instanceName: 'source',
    instanceSnapshotName: 'first',
    tags: [{ key: 'kept' }],
  });
  expect(operations).toMatchObject([
    begun('CreateInstanceSnapshot', 'InstanceSnapshot', 'first', 'all', 'source'),
    begun('CreateInstanceSnapshot', 'Instance', 'source', 'us-east-1a', 'first'),
  ]);
  await succeeded(api, operations);
  const { instanceSnapshot } = await api.getInstanceSnapshot({ instanceSnapshotName: 'first' });
  expect(instanceSnapshot).toEqual({
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:InstanceSnapshot\/[0-9a-f-]{36}$/),
    createdAt: expect.any(Date),
    fromAttachedDisks: [
      {
        arn: expect.stringContaining(':Disk/'),
        createdAt: expect.any(Date),
        iops: 100,
        isSystemDisk: false,
        name: 'source-data',
        path: '/dev/xvdf',
        sizeInGb: 8,
      },
    ],
    fromBlueprintId: 'debian_12',
    fromBundleId: 'micro_3_0',
    fromInstanceArn: arn,
    fromInstanceName: 'source',
    isFromAutoSnapshot: false,
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    name: 'first',
    resourceType: 'InstanceSnapshot',
    sizeInGb: 40,
    state: 'available',
    supportCode: expect.stringMatching(/^\d{12}\/ami-0[0-9a-f]{16}$/),
    tags: [{ key: 'kept' }],
  });
});

test('F200 names are those of all resources, and both are needed to be there or free', async () => {
  await launch(api, 'named');
  await expect(
    api.createInstanceSnapshot({ instanceName: 'named', instanceSnapshotName: 'named' }),
  ).rejects.toMatchObject(invalid('Some names are already in use: named'));
  await expect(
    api.createInstanceSnapshot({ instanceName: 'nobody', instanceSnapshotName: 'of-nobody' }),
  ).rejects.toMatchObject(refusal('NotFoundException', 'The Instance does not exist'));
  await expect(api.getInstanceSnapshot({ instanceSnapshotName: 'of-nobody' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The InstanceSnapshot does not exist'),
  );
});

test('F201 F202 a snapshot is pending and then available, and shows no progress', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const patient = lightsail(slow);
  const wind = (seconds: number) => apiOf(slow).control('AdvanceClock', { ms: seconds * 1_000 });
  await create(patient, ['slow']);
  const ask = () => patient.createInstanceSnapshot({ instanceName: 'slow', instanceSnapshotName: 'of-slow' });
  await expect(ask()).rejects.toMatchObject(
    invalid('The Instance slow cannot be snapshotted while its state is pending.'),
  );
  await wind(20);
  await ask();
  const seen = async () => (await patient.getInstanceSnapshot({ instanceSnapshotName: 'of-slow' })).instanceSnapshot;
  expect(await seen()).toMatchObject({ state: 'pending' });
  await wind(60);
  expect(await seen()).toMatchObject({ state: 'pending' });
  expect(await seen()).not.toHaveProperty('progress');
  await expect(patient.deleteInstanceSnapshot({ instanceSnapshotName: 'of-slow' })).rejects.toMatchObject(
    invalid('The InstanceSnapshot of-slow cannot be deleted while its state is pending.'),
  );
  await wind(60);
  expect(await seen()).toMatchObject({ state: 'available' });
  expect(await seen()).not.toHaveProperty('progress');
});

test('a snapshot outlives what it was taken of, also what goes right after it was asked for', async () => {
  await launch(api, 'short-lived');
  const { operations } = await api.createInstanceSnapshot({
    instanceName: 'short-lived',
    instanceSnapshotName: 'last-words',
  });
  await api.deleteInstance({ instanceName: 'short-lived' });
  await succeeded(api, operations);
  const from = { instanceSnapshotName: 'last-words', availabilityZone, bundleId };
  await succeeded(api, (await api.createInstancesFromSnapshot({ instanceNames: ['short-lived'], ...from })).operations);
});

test('F211 all snapshots of instances of the Region are listed, by pages', async () => {
  const paged = await startServer({ args: ['--page-size', '2'] });
  const [here, there] = [lightsail(paged), lightsail(paged, 'eu-west-1')];
  await launch(here, 'listed');
  for (const name of ['s1', 's2', 's3']) await snapshotOfInstance(here, 'listed', name);
  const first = await here.getInstanceSnapshots({});
  expect(first.instanceSnapshots?.map(({ name }) => name)).toEqual(['s1', 's2']);
  const second = await here.getInstanceSnapshots({ pageToken: first.nextPageToken });
  expect(second.instanceSnapshots?.map(({ name }) => name)).toEqual(['s3']);
  expect(second.nextPageToken).toBeUndefined();
  expect((await there.getInstanceSnapshots({})).instanceSnapshots).toEqual([]);
});

test('a snapshot is gone with the answer', async () => {
  await launch(api, 'to-delete');
  await snapshotOfInstance(api, 'to-delete', 'deleted');
  const { operations } = await api.deleteInstanceSnapshot({ instanceSnapshotName: 'deleted' });
  expect(operations).toMatchObject([done('DeleteInstanceSnapshot', 'InstanceSnapshot', 'deleted')]);
  await expect(api.getInstanceSnapshot({ instanceSnapshotName: 'deleted' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The InstanceSnapshot does not exist'),
  );
});

test('F117 F124 instances are launched from a snapshot by its name, in the zone and with the bundle of the request', async () => {
  await launch(api, 'original', { userData: 'echo one' });
  await snapshotOfInstance(api, 'original', 'to-launch');
  const { operations } = await api.createInstancesFromSnapshot({
    instanceNames: ['copy-1', 'copy-2'],
    instanceSnapshotName: 'to-launch',
    availabilityZone: 'us-east-1b',
    bundleId: 'micro_3_0',
    tags: [{ key: 'made' }],
  });
  expect(operations).toMatchObject(
    ['copy-1', 'copy-2'].map((name) =>
      begun('CreateInstancesFromSnapshot', 'Instance', name, 'us-east-1b', 'to-launch'),
    ),
  );
  await succeeded(api, operations);
  expect(await getInstance(api, 'copy-2')).toMatchObject({
    blueprintId: 'debian_12',
    bundleId: 'micro_3_0',
    location: { availabilityZone: 'us-east-1b' },
    state: { name: 'running' },
    tags: [{ key: 'made' }],
  });
  for (const missing of ['bundleId', 'availabilityZone'] as const) {
    const input = { instanceNames: ['half'], instanceSnapshotName: 'to-launch', availabilityZone, bundleId };
    await expect(api.createInstancesFromSnapshot({ ...input, [missing]: undefined })).rejects.toMatchObject(
      refusal('ValidationException', new RegExp(`'${missing}'`)),
    );
  }
});

test('F117-F120 one source is named, and a date or the latest for an automatic snapshot alone', async () => {
  await launch(api, 'plain');
  await snapshotOfInstance(api, 'plain', 'of-plain');
  const from = (more: object) =>
    api.createInstancesFromSnapshot({ instanceNames: ['unborn'], availabilityZone, bundleId, ...more });
  const [instanceSnapshotName, sourceInstanceName] = ['of-plain', 'plain'];
  const [restoreDate, useLatestRestorableAutoSnapshot] = ['2026-01-31', true];
  const one = invalid('Exactly one of instanceSnapshotName and sourceInstanceName is needed.');
  await expect(from({})).rejects.toMatchObject(one);
  await expect(from({ instanceSnapshotName, sourceInstanceName, restoreDate })).rejects.toMatchObject(one);
  const auto = invalid('restoreDate and useLatestRestorableAutoSnapshot are for automatic snapshots alone.');
  await expect(from({ instanceSnapshotName, restoreDate })).rejects.toMatchObject(auto);
  await expect(from({ instanceSnapshotName, useLatestRestorableAutoSnapshot })).rejects.toMatchObject(auto);
  const which = invalid(/^Exactly one of restoreDate and useLatestRestorableAutoSnapshot is needed/);
  await expect(from({ sourceInstanceName })).rejects.toMatchObject(which);
  await expect(from({ sourceInstanceName, restoreDate, useLatestRestorableAutoSnapshot })).rejects.toMatchObject(which);
  for (const date of ['2026-02-30', '31.1.2026', '2026-1-31', 'today'])
    await expect(from({ sourceInstanceName, restoreDate: date })).rejects.toMatchObject(
      invalid(`The restore date ${date} is not valid. It must be a day in the form YYYY-MM-DD.`),
    );
  await expect(from({ sourceInstanceName: 'nobody', restoreDate })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance does not exist'),
  );
  for (const ask of [{ restoreDate }, { useLatestRestorableAutoSnapshot }])
    await expect(from({ sourceInstanceName, ...ask })).rejects.toMatchObject(
      refusal('NotFoundException', 'The AutoSnapshot does not exist'),
    );
  await expect(from({ instanceSnapshotName: 'nothing' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The InstanceSnapshot does not exist'),
  );
  await expect(getInstance(api, 'unborn')).rejects.toMatchObject(refusal('NotFoundException'));
});

test('F121 F122 an instance gets disks of its own from those of the snapshot, by the names of the mapping', async () => {
  await launch(api, 'laden');
  await attachedDisk(api, 'laden-a', 'laden', '/dev/xvdf');
  await attachedDisk(api, 'laden-b', 'laden', '/dev/xvdg');
  await snapshotOfInstance(api, 'laden', 'of-laden');
  const { operations } = await api.createInstancesFromSnapshot({
    instanceNames: ['heir'],
    instanceSnapshotName: 'of-laden',
    availabilityZone: 'us-east-1c',
    bundleId,
    attachedDiskMapping: { heir: [{ originalDiskPath: '/dev/xvdf', newDiskName: 'fresh' }] },
  });
  expect(operations).toMatchObject([
    begun('CreateInstancesFromSnapshot', 'Instance', 'heir', 'us-east-1c', 'of-laden'),
    begun('CreateDiskFromSnapshot', 'Disk', 'fresh', 'us-east-1c', 'of-laden'),
    begun('CreateDiskFromSnapshot', 'Disk', 'heir-laden-b', 'us-east-1c', 'of-laden'),
  ]);
  await succeeded(api, operations);
  const { hardware } = await getInstance(api, 'heir');
  expect(hardware?.disks?.map(({ name, path, isSystemDisk }) => ({ name, path, isSystemDisk }))).toEqual([
    { path: '/dev/xvda', isSystemDisk: true },
    { name: 'fresh', path: '/dev/xvdf', isSystemDisk: false },
    { name: 'heir-laden-b', path: '/dev/xvdg', isSystemDisk: false },
  ]);
  const { disk } = await api.getDisk({ diskName: 'fresh' });
  expect(disk).toMatchObject({
    attachedTo: 'heir',
    isAttached: true,
    location: { availabilityZone: 'us-east-1c' },
    path: '/dev/xvdf',
    sizeInGb: 8,
    state: 'in-use',
  });
  expect((await api.getDisk({ diskName: 'laden-a' })).disk).toMatchObject({ attachedTo: 'laden' });
});

test('F121 a mapping names what is there, or nothing is made', async () => {
  await launch(api, 'mapped');
  await attachedDisk(api, 'mapped-a', 'mapped', '/dev/xvdf');
  await snapshotOfInstance(api, 'mapped', 'of-mapped');
  const from = (instanceNames: string[], attachedDiskMapping: Record<string, object[]>) =>
    api.createInstancesFromSnapshot({
      instanceNames,
      instanceSnapshotName: 'of-mapped',
      availabilityZone,
      bundleId,
      attachedDiskMapping: attachedDiskMapping as never,
    });
  const to = (newDiskName: string, originalDiskPath = '/dev/xvdf') => [{ originalDiskPath, newDiskName }];
  await expect(from(['m1'], { m2: to('other') })).rejects.toMatchObject(
    invalid('attachedDiskMapping names the instance m2, which is not among the instanceNames.'),
  );
  await expect(from(['m1'], { m1: to('other', '/dev/xvdz') })).rejects.toMatchObject(
    invalid('The InstanceSnapshot of-mapped has no disk at /dev/xvdz.'),
  );
  await expect(from(['m1', 'm2'], { m1: to('same'), m2: to('same') })).rejects.toMatchObject(
    invalid('Some names are already in use: same'),
  );
  await expect(getInstance(api, 'm1')).rejects.toMatchObject(refusal('NotFoundException'));
  await expect(api.getDisk({ diskName: 'same' })).rejects.toMatchObject(refusal('NotFoundException'));
});

test('F123 an instance from a snapshot is dual-stack unless the request or the bundle says otherwise', async () => {
  await launch(api, 'stacked');
  await snapshotOfInstance(api, 'stacked', 'of-stacked');
  const make = async (name: string, more: object = {}) => {
    const input = { instanceSnapshotName: 'of-stacked', availabilityZone, bundleId };
    await succeeded(
      api,
      (await api.createInstancesFromSnapshot({ instanceNames: [name], ...input, ...more })).operations,
    );
    return (await getInstance(api, name)).ipAddressType;
  };
  expect(await make('both')).toBe('dualstack');
  expect(await make('four', { ipAddressType: 'ipv4' })).toBe('ipv4');
  expect(await make('six', { bundleId: 'nano_ipv6_3_0' })).toBe('ipv6');
});

test('the bundle of an instance from a snapshot is not smaller than that of the snapshot, and of its platform', async () => {
  await launch(api, 'sized', { bundleId: 'small_3_0' });
  await snapshotOfInstance(api, 'sized', 'of-sized');
  const from = (bundleId: string) =>
    api.createInstancesFromSnapshot({
      instanceNames: ['resized'],
      instanceSnapshotName: 'of-sized',
      availabilityZone,
      bundleId,
    });
  await expect(from('micro_3_0')).rejects.toMatchObject(
    invalid('The bundle micro_3_0 is smaller than the bundle small_3_0 of the snapshot.'),
  );
  await expect(from('small_win_3_0')).rejects.toMatchObject(invalid(/does not support the platform LINUX_UNIX/));
  await expect(from('huge_9_0')).rejects.toMatchObject(refusal('NotFoundException', 'The Bundle does not exist'));
  await succeeded(api, (await from('small_3_0')).operations);
});

test('a snapshot stays while something is being made from it, and what is deleted on the way leaves its disks', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const patient = lightsail(slow);
  const admin = apiOf(slow);
  const wind = () => admin.control('AdvanceClock', { ms: 3_600_000 });
  await create(patient, ['base']);
  await wind();
  await patient.createDisk({ diskName: 'base-data', availabilityZone, sizeInGb: 8 });
  await wind();
  await patient.attachDisk({ diskName: 'base-data', instanceName: 'base', diskPath: '/dev/xvdf' });
  await wind();
  await patient.createInstanceSnapshot({ instanceName: 'base', instanceSnapshotName: 'held' });
  await wind();
  const input = { instanceSnapshotName: 'held', availabilityZone, bundleId };
  await patient.createInstancesFromSnapshot({ instanceNames: ['given-up'], ...input });
  const remove = () => patient.deleteInstanceSnapshot({ instanceSnapshotName: 'held' });
  await expect(remove()).rejects.toMatchObject(
    invalid('The InstanceSnapshot held cannot be deleted while something is being made from it.'),
  );
  await expect(patient.deleteDisk({ diskName: 'given-up-base-data' })).rejects.toMatchObject(
    invalid('The Disk given-up-base-data cannot be deleted while its state is pending.'),
  );
  await patient.deleteInstance({ instanceName: 'given-up' });
  await wind();
  const left = { diskName: 'given-up-base-data' };
  expect((await patient.getDisk(left)).disk).toMatchObject({ state: 'available', isAttached: false });
  const { operations } = await patient.attachDisk({ ...left, instanceName: 'base', diskPath: '/dev/xvdg' });
  await wind();
  expect(await finished(patient, operations)).toMatchObject([{ status: 'Succeeded' }, { status: 'Succeeded' }]);
  await remove();
  await wind();
  const state = await readState(admin, slow.data);
  expect(state('machine').length).toBe(state('resource').filter(({ kind }) => kind !== 'KeyPair').length);
});
