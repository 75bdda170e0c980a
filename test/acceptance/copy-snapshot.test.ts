import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, getInstance, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { attachedDisk, newDisk, snapshotOfDisk, snapshotOfInstance, succeeded } from '../snapshots.ts';

const server = await startServer();
const api = lightsail(server);
const abroad = lightsail(server, 'eu-west-1');
const sourceRegion = 'us-east-1';
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

test('F212 F213 F218 F219 a snapshot of an instance is copied to the Region of the request, with its disks', async () => {
  await launch(api, 'home');
  await attachedDisk(api, 'home-data', 'home', '/dev/xvdf');
  const source = await snapshotOfInstance(api, 'home', 'of-home');
  const { operations } = await abroad.copySnapshot({
    sourceRegion,
    sourceSnapshotName: 'of-home',
    targetSnapshotName: 'abroad',
  });
  expect(operations).toMatchObject([
    {
      operationType: 'CopySnapshot',
      operationDetails: 'us-east-1:of-home',
      resourceName: 'abroad',
      resourceType: 'InstanceSnapshot',
      location: { availabilityZone: 'all', regionName: 'eu-west-1' },
      isTerminal: false,
      status: 'Started',
    },
  ]);
  await succeeded(abroad, operations);
  const { instanceSnapshot: copy } = await abroad.getInstanceSnapshot({ instanceSnapshotName: 'abroad' });
  expect(copy).toEqual({
    ...source,
    arn: expect.stringMatching(/^arn:aws:lightsail:eu-west-1:/),
    createdAt: expect.any(Date),
    location: { availabilityZone: 'all', regionName: 'eu-west-1' },
    name: 'abroad',
    supportCode: expect.stringMatching(/^\d{12}\/ami-0/),
  });
  const { operations: launched } = await abroad.createInstancesFromSnapshot({
    instanceNames: ['emigrant'],
    instanceSnapshotName: 'abroad',
    availabilityZone: 'eu-west-1a',
    bundleId: 'nano_3_0',
  });
  await succeeded(abroad, launched);
  expect((await getInstance(abroad, 'emigrant')).hardware?.disks?.[1]).toMatchObject({ name: 'emigrant-home-data' });
});

test('F212 a snapshot of a disk is copied within its Region, and the copy outlives it', async () => {
  await newDisk(api, 'data');
  await snapshotOfDisk(api, { diskName: 'data' }, 'of-data');
  const { operations } = await api.copySnapshot({
    sourceRegion,
    sourceSnapshotName: 'of-data',
    targetSnapshotName: 'twin',
  });
  // Right after the answer: the copy has what it needs.
  await api.deleteDiskSnapshot({ diskSnapshotName: 'of-data' });
  await succeeded(api, operations);
  expect((await api.getDiskSnapshot({ diskSnapshotName: 'twin' })).diskSnapshot).toMatchObject({
    fromDiskName: 'data',
    progress: '100%',
    sizeInGb: 8,
    state: 'completed',
  });
});

test('F203 a copy of a snapshot that somebody took is not from an automatic one', async () => {
  await newDisk(api, 'by-hand');
  await snapshotOfDisk(api, { diskName: 'by-hand' }, 'taken');
  const input = { sourceRegion, sourceSnapshotName: 'taken', targetSnapshotName: 'copied' } as const;
  await succeeded(api, (await api.copySnapshot(input)).operations);
  const { diskSnapshot } = await api.getDiskSnapshot({ diskSnapshotName: 'copied' });
  expect(diskSnapshot?.isFromAutoSnapshot).toBe(false);
});

test('F213-F217 a copy names a snapshot, or a resource and which of its automatic ones', async () => {
  await newDisk(api, 'plain');
  await snapshotOfDisk(api, { diskName: 'plain' }, 'of-plain');
  const copy = (more: object) => api.copySnapshot({ sourceRegion, targetSnapshotName: 'unborn', ...more });
  const [sourceSnapshotName, sourceResourceName, restoreDate] = ['of-plain', 'plain', '2026-01-31'];
  const useLatestRestorableAutoSnapshot = true;
  const one = invalid('Exactly one of sourceSnapshotName and sourceResourceName is needed.');
  await expect(copy({})).rejects.toMatchObject(one);
  await expect(copy({ sourceSnapshotName, sourceResourceName, restoreDate })).rejects.toMatchObject(one);
  const auto = invalid('restoreDate and useLatestRestorableAutoSnapshot are for automatic snapshots alone.');
  await expect(copy({ sourceSnapshotName, restoreDate })).rejects.toMatchObject(auto);
  const which = invalid(/^Exactly one of restoreDate and useLatestRestorableAutoSnapshot is needed/);
  await expect(copy({ sourceResourceName })).rejects.toMatchObject(which);
  await expect(copy({ sourceResourceName, restoreDate, useLatestRestorableAutoSnapshot })).rejects.toMatchObject(which);
  await expect(copy({ sourceResourceName, restoreDate: 'today' })).rejects.toMatchObject(
    invalid('The restore date today is not valid. It must be a day in the form YYYY-MM-DD.'),
  );
  await expect(copy({ sourceResourceName, restoreDate })).rejects.toMatchObject(
    refusal('NotFoundException', 'The AutoSnapshot does not exist'),
  );
  await expect(copy({ sourceResourceName: 'nobody', useLatestRestorableAutoSnapshot })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance or Disk does not exist'),
  );
  for (const strange of ['nothing', 'plain'])
    await expect(copy({ sourceSnapshotName: strange })).rejects.toMatchObject(
      refusal('NotFoundException', 'The Snapshot does not exist'),
    );
  await expect(copy({ sourceSnapshotName, sourceRegion: 'eu-west-1' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Snapshot does not exist'),
  );
});

test('F218 where from and what to call the copy are needed', async () => {
  for (const missing of ['sourceRegion', 'targetSnapshotName'] as const) {
    const input = { sourceRegion, sourceSnapshotName: 'any', targetSnapshotName: 'other' } as const;
    await expect(api.copySnapshot({ ...input, [missing]: undefined })).rejects.toMatchObject(
      refusal('ValidationException', new RegExp(`'${missing}'`)),
    );
  }
});

test('F212 only a whole snapshot is copied, and the copy is pending while it grows', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const patient = lightsail(slow);
  const wind = (seconds: number) => apiOf(slow).control('AdvanceClock', { ms: seconds * 1_000 });
  await create(patient, ['slow']);
  await wind(20);
  await patient.createInstanceSnapshot({ instanceName: 'slow', instanceSnapshotName: 'half' });
  const copy = () => patient.copySnapshot({ sourceRegion, sourceSnapshotName: 'half', targetSnapshotName: 'of-half' });
  await expect(copy()).rejects.toMatchObject(
    invalid('The InstanceSnapshot half cannot be copied while its state is pending.'),
  );
  await wind(120);
  await copy();
  const seen = async () => (await patient.getInstanceSnapshot({ instanceSnapshotName: 'of-half' })).instanceSnapshot;
  await wind(200);
  expect(await seen()).toMatchObject({ state: 'pending' });
  await wind(200);
  expect(await seen()).toMatchObject({ state: 'available' });
});
