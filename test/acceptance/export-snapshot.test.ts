import type { ExportSnapshotRecord, Lightsail } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, finished, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { attachedDisk, begun, newDisk, snapshotOfDisk, snapshotOfInstance, succeeded } from '../snapshots.ts';

const server = await startServer();
const api = lightsail(server);

const recordOf = async (from: Lightsail, snapshot: string): Promise<ExportSnapshotRecord | undefined> =>
  (await from.getExportSnapshotRecords({})).exportSnapshotRecords?.find(
    ({ sourceInfo }) => sourceInfo?.name === snapshot,
  );

test('F220 F221 F223 F225 an instance snapshot is exported as an image, and the record tells of both', async () => {
  await launch(api, 'web');
  await attachedDisk(api, 'web-data', 'web', '/dev/xvdf');
  const snapshot = await snapshotOfInstance(api, 'web', 'of-web');
  const { operations } = await api.exportSnapshot({ sourceSnapshotName: 'of-web' });
  const name = expect.stringMatching(/^ExportSnapshotRecord-[0-9a-f-]{36}$/);
  expect(operations).toMatchObject([
    begun('ExportSnapshot', 'ExportSnapshotRecord', name, 'all', 'of-web'),
    begun('ExportSnapshot', 'InstanceSnapshot', 'of-web', 'all', operations?.[0]?.resourceName),
  ]);
  await succeeded(api, operations);
  expect(await recordOf(api, 'of-web')).toEqual({
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:ExportSnapshotRecord\/[0-9a-f-]{36}$/),
    createdAt: expect.any(Date),
    destinationInfo: { id: expect.stringMatching(/^ami-0[0-9a-f]{16}$/), service: 'Aws::EC2::Image' },
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    name: operations?.[0]?.resourceName,
    resourceType: 'ExportSnapshotRecord',
    sourceInfo: {
      arn: snapshot.arn,
      createdAt: snapshot.createdAt,
      fromResourceArn: snapshot.fromInstanceArn,
      fromResourceName: 'web',
      instanceSnapshotInfo: {
        fromBlueprintId: 'debian_12',
        fromBundleId: 'nano_3_0',
        fromDiskInfo: [
          { isSystemDisk: true, path: '/dev/xvda', sizeInGb: 20 },
          { isSystemDisk: false, name: 'web-data', path: '/dev/xvdf', sizeInGb: 8 },
        ],
      },
      name: 'of-web',
      resourceType: 'InstanceSnapshot',
    },
    state: 'Succeeded',
  });
});

test('F221 F223 F225 a disk snapshot is exported as a volume', async () => {
  await newDisk(api, 'data');
  const { arn } = await snapshotOfDisk(api, { diskName: 'data' }, 'of-data');
  await succeeded(api, (await api.exportSnapshot({ sourceSnapshotName: 'of-data' })).operations);
  expect(await recordOf(api, 'of-data')).toMatchObject({
    destinationInfo: { id: expect.stringMatching(/^vol-0[0-9a-f]{16}$/), service: 'Aws::EC2::Volume' },
    sourceInfo: {
      arn,
      diskSnapshotInfo: { sizeInGb: 8 },
      fromResourceName: 'data',
      resourceType: 'DiskSnapshot',
    },
  });
});

test('F222 a record is Started, then Succeeded or Failed, and stays', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const patient = lightsail(slow);
  const admin = apiOf(slow);
  const wind = () => admin.control('AdvanceClock', { ms: 3_600_000 });
  await create(patient, ['slow']);
  await wind();
  await patient.createDiskSnapshot({ instanceName: 'slow', diskSnapshotName: 'well' });
  await expect(patient.exportSnapshot({ sourceSnapshotName: 'well' })).rejects.toMatchObject(
    refusal('InvalidInputException', 'The DiskSnapshot well cannot be exported while its state is pending.'),
  );
  await patient.createDiskSnapshot({ instanceName: 'slow', diskSnapshotName: 'badly' });
  await wind();
  await patient.exportSnapshot({ sourceSnapshotName: 'well' });
  expect(await recordOf(patient, 'well')).toMatchObject({ state: 'Started' });
  expect(await recordOf(patient, 'well')).not.toHaveProperty('destinationInfo');
  await expect(patient.deleteDiskSnapshot({ diskSnapshotName: 'well' })).rejects.toMatchObject(
    refusal('InvalidInputException', /while something is being made from it/),
  );
  await wind();
  expect(await recordOf(patient, 'well')).toMatchObject({ state: 'Succeeded' });
  await admin.control('OrderFault', { step: 'ExportSnapshot/export', permanent: true });
  const { operations } = await patient.exportSnapshot({ sourceSnapshotName: 'badly' });
  await wind();
  expect(await finished(patient, operations)).toMatchObject([{ status: 'Failed' }, { status: 'Failed' }]);
  expect(await recordOf(patient, 'badly')).toMatchObject({ state: 'Failed' });
  for (const diskSnapshotName of ['well', 'badly']) await patient.deleteDiskSnapshot({ diskSnapshotName });
  expect((await patient.getExportSnapshotRecords({})).exportSnapshotRecords).toHaveLength(2);
});

test('F224 all exports of the Region are listed, by pages, the same snapshot as often as it was exported', async () => {
  const paged = await startServer({ args: ['--page-size', '2'] });
  const [here, there] = [lightsail(paged), lightsail(paged, 'eu-west-1')];
  await newDisk(here, 'often');
  await snapshotOfDisk(here, { diskName: 'often' }, 'of-often');
  for (let i = 0; i < 3; i++) await here.exportSnapshot({ sourceSnapshotName: 'of-often' });
  const first = await here.getExportSnapshotRecords({});
  const second = await here.getExportSnapshotRecords({ pageToken: first.nextPageToken });
  expect([first.exportSnapshotRecords?.length, second.exportSnapshotRecords?.length]).toEqual([2, 1]);
  expect((await there.getExportSnapshotRecords({})).exportSnapshotRecords).toEqual([]);
  await expect(there.exportSnapshot({ sourceSnapshotName: 'of-often' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Snapshot does not exist'),
  );
});
