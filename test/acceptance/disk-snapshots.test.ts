import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { attachedDisk, begun, done, newDisk, snapshotOfDisk, succeeded } from '../snapshots.ts';

const server = await startServer();
const api = lightsail(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const availabilityZone = 'us-east-1a';

test('F205 F209 a snapshot of a disk tells the disk that it was taken of', async () => {
  await newDisk(api, 'data', 32);
  const { disk } = await api.getDisk({ diskName: 'data' });
  const { operations } = await api.createDiskSnapshot({
    diskName: 'data',
    diskSnapshotName: 'of-data',
    tags: [{ key: 'kept' }],
  });
  expect(operations).toMatchObject([
    begun('CreateDiskSnapshot', 'DiskSnapshot', 'of-data', 'all', 'data'),
    begun('CreateDiskSnapshot', 'Disk', 'data', 'us-east-1a', 'of-data'),
  ]);
  await succeeded(api, operations);
  expect((await api.getDiskSnapshot({ diskSnapshotName: 'of-data' })).diskSnapshot).toEqual({
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:DiskSnapshot\/[0-9a-f-]{36}$/),
    createdAt: expect.any(Date),
    fromDiskArn: disk?.arn,
    fromDiskName: 'data',
    isFromAutoSnapshot: false,
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    name: 'of-data',
    progress: '100%',
    resourceType: 'DiskSnapshot',
    sizeInGb: 32,
    state: 'completed',
    supportCode: expect.stringMatching(/^\d{12}\/snap-0[0-9a-f]{16}$/),
    tags: [{ key: 'kept' }],
  });
});

test('F205 a disk or an instance is named, and not both', async () => {
  const one = invalid('Exactly one of diskName and instanceName is needed.');
  await expect(api.createDiskSnapshot({ diskSnapshotName: 'of-none' })).rejects.toMatchObject(one);
  await expect(
    api.createDiskSnapshot({ diskSnapshotName: 'of-both', diskName: 'one', instanceName: 'two' }),
  ).rejects.toMatchObject(one);
  await expect(api.createDiskSnapshot({ diskSnapshotName: 'of-nobody', diskName: 'nobody' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Disk does not exist'),
  );
});

test('F206 F209 of an instance its system disk is taken, and a disk can be made from it', async () => {
  const { arn } = await launch(api, 'broken', { bundleId: 'micro_3_0' });
  const { operations } = await api.createDiskSnapshot({ instanceName: 'broken', diskSnapshotName: 'its-system' });
  expect(operations).toMatchObject([
    begun('CreateDiskSnapshot', 'DiskSnapshot', 'its-system', 'all', 'broken'),
    begun('CreateDiskSnapshot', 'Instance', 'broken', 'us-east-1a', 'its-system'),
  ]);
  await succeeded(api, operations);
  const { diskSnapshot } = await api.getDiskSnapshot({ diskSnapshotName: 'its-system' });
  expect(diskSnapshot).toMatchObject({ fromInstanceArn: arn, fromInstanceName: 'broken', sizeInGb: 40 });
  expect(diskSnapshot).not.toHaveProperty('fromDiskName');
  const from = { diskSnapshotName: 'its-system', availabilityZone, sizeInGb: 40 };
  await succeeded(api, (await api.createDiskFromSnapshot({ diskName: 'rescued', ...from })).operations);
  await api.attachDisk({ diskName: 'rescued', instanceName: 'broken', diskPath: '/dev/xvdf' });
});

test('F207 F208 a disk in use is taken too, and can be used while its snapshot grows to completed', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const patient = lightsail(slow);
  const wind = (seconds: number) => apiOf(slow).control('AdvanceClock', { ms: seconds * 1_000 });
  await patient.createInstances({
    instanceNames: ['busy'],
    availabilityZone,
    blueprintId: 'debian_12',
    bundleId: 'nano_3_0',
  });
  await patient.createDisk({ diskName: 'busy-data', availabilityZone, sizeInGb: 8 });
  const snapshot = { diskName: 'busy-data', diskSnapshotName: 'growing' };
  await expect(patient.createDiskSnapshot(snapshot)).rejects.toMatchObject(
    invalid('The Disk busy-data cannot be snapshotted while its state is pending.'),
  );
  await wind(60);
  await patient.attachDisk({ diskName: 'busy-data', instanceName: 'busy', diskPath: '/dev/xvdf' });
  await wind(60);
  await patient.createDiskSnapshot(snapshot);
  const seen = async () => (await patient.getDiskSnapshot({ diskSnapshotName: 'growing' })).diskSnapshot;
  expect(await seen()).toMatchObject({ state: 'pending', progress: '0%' });
  await patient.stopInstance({ instanceName: 'busy' });
  await wind(40);
  await patient.detachDisk({ diskName: 'busy-data' });
  await wind(25);
  expect(await seen()).toMatchObject({ state: 'pending', progress: '50%' });
  expect((await patient.getDisk({ diskName: 'busy-data' })).disk).toMatchObject({ state: 'available' });
  await wind(60);
  expect(await seen()).toMatchObject({ state: 'completed', progress: '100%' });
});

test('F210 deleting one snapshot breaks no other', async () => {
  await newDisk(api, 'shared');
  await snapshotOfDisk(api, { diskName: 'shared' }, 'older');
  await snapshotOfDisk(api, { diskName: 'shared' }, 'newer');
  const { operations } = await api.deleteDiskSnapshot({ diskSnapshotName: 'older' });
  expect(operations).toMatchObject([done('DeleteDiskSnapshot', 'DiskSnapshot', 'older')]);
  await expect(api.getDiskSnapshot({ diskSnapshotName: 'older' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The DiskSnapshot does not exist'),
  );
  await api.deleteDisk({ diskName: 'shared' });
  const from = { diskSnapshotName: 'newer', availabilityZone, sizeInGb: 8 };
  await succeeded(api, (await api.createDiskFromSnapshot({ diskName: 'restored', ...from })).operations);
});

test('F211 all snapshots of disks of the Region are listed, by pages', async () => {
  const paged = await startServer({ args: ['--page-size', '2'] });
  const [here, there] = [lightsail(paged), lightsail(paged, 'eu-west-1')];
  await newDisk(here, 'listed');
  for (const name of ['s1', 's2', 's3']) await snapshotOfDisk(here, { diskName: 'listed' }, name);
  const first = await here.getDiskSnapshots({});
  expect(first.diskSnapshots?.map(({ name }) => name)).toEqual(['s1', 's2']);
  const second = await here.getDiskSnapshots({ pageToken: first.nextPageToken });
  expect(second.diskSnapshots?.map(({ name }) => name)).toEqual(['s3']);
  expect((await there.getDiskSnapshots({})).diskSnapshots).toEqual([]);
});

test('F181-F184 a disk comes from a named snapshot, or from an automatic one of a day or the latest', async () => {
  await newDisk(api, 'plain');
  await snapshotOfDisk(api, { diskName: 'plain' }, 'of-plain');
  const from = (more: object) =>
    api.createDiskFromSnapshot({ diskName: 'unborn', availabilityZone, sizeInGb: 8, ...more });
  const [diskSnapshotName, sourceDiskName, restoreDate] = ['of-plain', 'plain', '2026-01-31'];
  const useLatestRestorableAutoSnapshot = true;
  const one = invalid('Exactly one of diskSnapshotName and sourceDiskName is needed.');
  await expect(from({})).rejects.toMatchObject(one);
  await expect(from({ diskSnapshotName, sourceDiskName, restoreDate })).rejects.toMatchObject(one);
  const auto = invalid('restoreDate and useLatestRestorableAutoSnapshot are for automatic snapshots alone.');
  await expect(from({ diskSnapshotName, restoreDate })).rejects.toMatchObject(auto);
  await expect(from({ diskSnapshotName, useLatestRestorableAutoSnapshot })).rejects.toMatchObject(auto);
  const which = invalid(/^Exactly one of restoreDate and useLatestRestorableAutoSnapshot is needed/);
  await expect(from({ sourceDiskName })).rejects.toMatchObject(which);
  await expect(from({ sourceDiskName, restoreDate, useLatestRestorableAutoSnapshot })).rejects.toMatchObject(which);
  await expect(from({ sourceDiskName, restoreDate: '2026-02-30' })).rejects.toMatchObject(
    invalid('The restore date 2026-02-30 is not valid. It must be a day in the form YYYY-MM-DD.'),
  );
  await expect(from({ sourceDiskName: 'nobody', restoreDate })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Disk does not exist'),
  );
  for (const ask of [{ restoreDate }, { useLatestRestorableAutoSnapshot }])
    await expect(from({ sourceDiskName, ...ask })).rejects.toMatchObject(
      refusal('NotFoundException', 'The AutoSnapshot does not exist'),
    );
});

test('F185 a disk from a snapshot is in the zone and has the size of the request, which is not less than the snapshot', async () => {
  await launch(api, 'host');
  await attachedDisk(api, 'small', 'host', '/dev/xvdf');
  await snapshotOfDisk(api, { diskName: 'small' }, 'of-small');
  const from = (diskName: string, sizeInGb: number, zone = availabilityZone) =>
    api.createDiskFromSnapshot({ diskName, diskSnapshotName: 'of-small', availabilityZone: zone, sizeInGb });
  const { operations } = await from('elsewhere', 64, 'us-east-1b');
  expect(operations).toMatchObject([begun('CreateDiskFromSnapshot', 'Disk', 'elsewhere', 'us-east-1b', 'of-small')]);
  await succeeded(api, operations);
  expect((await api.getDisk({ diskName: 'elsewhere' })).disk).toMatchObject({
    location: { availabilityZone: 'us-east-1b' },
    sizeInGb: 64,
    state: 'available',
  });
  await expect(
    api.attachDisk({ diskName: 'elsewhere', instanceName: 'host', diskPath: '/dev/xvdg' }),
  ).rejects.toMatchObject(invalid(/^The Disk elsewhere is in us-east-1b/));
  await newDisk(api, 'large', 16);
  await snapshotOfDisk(api, { diskName: 'large' }, 'of-large');
  await expect(
    api.createDiskFromSnapshot({ diskName: 'shrunk', diskSnapshotName: 'of-large', availabilityZone, sizeInGb: 8 }),
  ).rejects.toMatchObject(invalid('The disk size 8 GB is less than the 16 GB of the DiskSnapshot of-large.'));
});
