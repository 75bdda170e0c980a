import type { CreateDiskCommandInput, Disk } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

// Disks take their time here, and that time passes only when a test winds the clock.
const server = await startServer({ args: ['--pace', 'real', '--page-size', '2'] });
const api = lightsail(server);
const admin = apiOf(server);
const wind = (seconds: number) => admin.control('AdvanceClock', { ms: seconds * 1_000 });
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const gone = refusal('NotFoundException', 'The Disk does not exist');

const create = async (diskName: string, more: Partial<CreateDiskCommandInput> = {}) =>
  (await api.createDisk({ diskName, availabilityZone: 'us-east-1a', sizeInGb: 32, ...more })).operations;
const getDisk = async (diskName: string): Promise<Disk> => (await api.getDisk({ diskName })).disk!;
const made = async (diskName: string, more?: Partial<CreateDiskCommandInput>): Promise<Disk> => {
  await create(diskName, more);
  await wind(10);
  return getDisk(diskName);
};
const addOns = [{ addOnType: 'AutoSnapshot' as const, autoSnapshotAddOnRequest: { snapshotTimeOfDay: '06:00' } }];

const operationOf = (operationType: string, resourceName: string, more: object) => ({
  id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  resourceName,
  resourceType: 'Disk',
  createdAt: expect.any(Date),
  location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
  operationType,
  statusChangedAt: expect.any(Date),
  ...more,
});

test('F193 a disk is pending until it is made, and then available', async () => {
  const operations = await create('fresh');
  expect(operations).toEqual([operationOf('CreateDisk', 'fresh', { status: 'Started', isTerminal: false })]);
  expect(await getDisk('fresh')).toMatchObject({ state: 'pending', isAttached: false });
  await wind(10);
  expect(await getDisk('fresh')).toMatchObject({ state: 'available', isAttached: false });
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }]);
});

test('F194-F197 a disk of its own is no system disk, attached to nothing, and shows the deprecated attachmentState but no gbInUse', async () => {
  const { arn, ...disk } = await made('looks', { tags: [{ key: 'team', value: 'blue' }] });
  expect(arn).toMatch(/^arn:aws:lightsail:us-east-1:111111111111:Disk\/[0-9a-f-]{36}$/);
  expect(disk).toEqual({
    attachmentState: 'detached',
    createdAt: expect.any(Date),
    iops: 100,
    isAttached: false,
    isSystemDisk: false,
    location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
    name: 'looks',
    resourceType: 'Disk',
    sizeInGb: 32,
    state: 'available',
    supportCode: expect.stringMatching(/^111111111111\/vol-0[0-9a-f]{16}$/),
    tags: [{ key: 'team', value: 'blue' }],
  });
  expect((await made('wide', { sizeInGb: 500 })).iops).toBe(1_500);
});

test('F178 a disk is in a zone of the Region', async () => {
  expect((await made('zoned', { availabilityZone: 'us-east-1c' })).location?.availabilityZone).toBe('us-east-1c');
  for (const availabilityZone of ['us-east-1', 'us-east-1A', 'eu-west-1a'])
    await expect(create('lost', { availabilityZone })).rejects.toMatchObject(
      invalid(`The availability zone ${availabilityZone} is not valid in the Region us-east-1.`),
    );
  await expect(getDisk('lost')).rejects.toMatchObject(gone);
});

test('F179 the size is required, and within the published quotas', async () => {
  for (const sizeInGb of [8, 16_000]) expect((await made(`size-${sizeInGb}`, { sizeInGb })).sizeInGb).toBe(sizeInGb);
  for (const sizeInGb of [-1, 0, 7, 16_001])
    await expect(create('size', { sizeInGb })).rejects.toMatchObject(
      invalid(`The disk size ${sizeInGb} GB is not valid. A disk has 8 to 16000 GB.`),
    );
  await expect(create('size', { sizeInGb: undefined as never })).rejects.toMatchObject(
    refusal('ValidationException', /'sizeInGb'/),
  );
});

test('F180 F198 automatic snapshots can be asked for at the beginning', async () => {
  expect((await made('saved', { addOns })).addOns).toEqual([
    { name: 'AutoSnapshot', nextSnapshotTimeOfDay: '06:00', snapshotTimeOfDay: '06:00', status: 'Enabled' },
  ]);
  expect(await made('unsaved')).not.toHaveProperty('addOns');
});

test('F192 a disk with add-ons is deleted with a word for them only', async () => {
  await made('kept', { addOns });
  const message =
    'You cannot delete the Disk kept with addons. Specify the forceDeleteAddons parameter to delete the Disk and its associated addons.';
  await expect(api.deleteDisk({ diskName: 'kept' })).rejects.toMatchObject(invalid(message));
  await expect(api.deleteDisk({ diskName: 'kept', forceDeleteAddOns: false })).rejects.toMatchObject(invalid(message));
  await api.deleteDisk({ diskName: 'kept', forceDeleteAddOns: true });
  await expect(getDisk('kept')).rejects.toMatchObject(gone);
});

test('F191 F541 a deleted disk is gone with the answer, and so it is never seen in a state that the enum does not have', async () => {
  await made('brief');
  const { operations } = await api.deleteDisk({ diskName: 'brief' });
  expect(operations).toEqual([
    operationOf('DeleteDisk', 'brief', { status: 'Succeeded', isTerminal: true, operationDetails: '' }),
  ]);
  await expect(getDisk('brief')).rejects.toMatchObject(gone);
  await expect(api.deleteDisk({ diskName: 'brief' })).rejects.toMatchObject(gone);
  expect((await made('brief')).state).toBe('available');
});

test('F190 a disk that is being made is not deleted', async () => {
  await create('unborn');
  await expect(api.deleteDisk({ diskName: 'unborn' })).rejects.toMatchObject(
    invalid('The Disk unborn cannot be deleted while its state is pending.'),
  );
});

test('F199 GetDisks lists the disks of the account in the Region, page by page', async () => {
  const other = lightsail(await newAccount(server, 'other'), 'eu-west-1');
  const namesOf = async (of = other) => {
    const names: (string | undefined)[] = [];
    let pageToken: string | undefined;
    do {
      const page = await of.getDisks({ pageToken });
      expect(page.disks?.length).toBeLessThanOrEqual(2);
      names.push(...(page.disks ?? []).map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return names;
  };
  expect(await namesOf()).toEqual([]);
  for (const diskName of ['one', 'two', 'three'])
    await other.createDisk({ diskName, availabilityZone: 'eu-west-1a', sizeInGb: 8 });
  expect(await namesOf()).toEqual(['one', 'two', 'three']);
  expect(await namesOf(lightsail(server, 'eu-west-1'))).toEqual([]);
  expect(await namesOf(api)).toContain('fresh');
});

test('a name is in use by whatever kind, and a disk bears tags', async () => {
  await made('named');
  const taken = invalid('Some names are already in use: named');
  await expect(create('named')).rejects.toMatchObject(taken);
  await expect(api.allocateStaticIp({ staticIpName: 'named' })).rejects.toMatchObject(taken);
  await expect(launch(api, 'named')).rejects.toMatchObject(taken);
  await api.tagResource({ resourceName: 'named', tags: [{ key: 'stage', value: 'test' }] });
  expect((await getDisk('named')).tags).toEqual([{ key: 'stage', value: 'test' }]);
});

test('a disk that cannot be made leaves nothing but its failed operation', async () => {
  await admin.control('OrderFault', { step: 'CreateDisk/create', permanent: true, message: 'No room is left.' });
  expect(await finished(api, await create('stillborn'))).toMatchObject([
    { operationType: 'CreateDisk', resourceName: 'stillborn', status: 'Failed', errorDetails: 'No room is left.' },
  ]);
  await expect(getDisk('stillborn')).rejects.toMatchObject(gone);
});
