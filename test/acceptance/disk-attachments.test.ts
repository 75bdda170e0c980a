import type { Disk, Instance } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, finished, getInstance, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { expectWhole, readState } from '../state.ts';

// Machines and disks take their time here, and that time passes only when a test winds the clock.
const server = await startServer({ args: ['--pace', 'real', '--quota', 'instancesPerAccount=100'] });
const api = lightsail(server);
const admin = apiOf(server);
const wind = (seconds: number) => admin.control('AdvanceClock', { ms: seconds * 1_000 });
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const disk = async (diskName: string): Promise<Disk> => (await api.getDisk({ diskName })).disk!;
const createDisk = (diskName: string, availabilityZone = 'us-east-1a', sizeInGb = 8) =>
  api.createDisk({ diskName, availabilityZone, sizeInGb });
const attach = async (diskName: string, instanceName: string, diskPath = '/dev/xvdf') =>
  (await api.attachDisk({ diskName, instanceName, diskPath })).operations ?? [];
const detach = async (diskName: string) => (await api.detachDisk({ diskName })).operations ?? [];
const furtherDisks = ({ hardware }: Instance): Disk[] =>
  (hardware?.disks ?? []).filter(({ isSystemDisk }) => !isSystemDisk);
const disksOf = async (name: string) => furtherDisks(await getInstance(api, name));

/** A running instance, and disks that are called after it. */
const running = async (name: string, ...disks: string[]): Promise<void> => {
  await create(api, [name]);
  for (const diskName of disks) await createDisk(diskName);
  await wind(20);
};
const stop = async (instanceName: string): Promise<void> => {
  await api.stopInstance({ instanceName });
  await wind(20);
};
const whole = async (): Promise<void> => {
  await wind(120);
  expectWhole(await readState(admin, server.data));
};

const free = { state: 'available', isAttached: false, attachmentState: 'detached' };
const expectFree = async (diskName: string): Promise<void> => {
  const found = await disk(diskName);
  expect(found).toMatchObject(free);
  for (const member of ['attachedTo', 'path', 'autoMountStatus']) expect(found).not.toHaveProperty(member);
};

/** Two operations, about the disk and about the instance, each with the other as its detail. */
const operationsOf = (operationType: string, diskName: string, instanceName: string) =>
  [
    ['Disk', diskName, instanceName],
    ['Instance', instanceName, diskName],
  ].map(([resourceType, resourceName, operationDetails]) => ({
    id: expect.any(String),
    createdAt: expect.any(Date),
    isTerminal: false,
    location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
    operationDetails,
    operationType,
    resourceName,
    resourceType,
    status: 'Started',
    statusChangedAt: expect.any(Date),
  }));

test('F186 F194 a disk attaches to a running instance, and both sides tell of it', async () => {
  await running('web', 'data');
  const before = await getInstance(api, 'web');
  const operations = await attach('data', 'web');
  expect(operations).toEqual(operationsOf('AttachDisk', 'data', 'web'));
  await wind(10);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }, { status: 'Succeeded' }]);
  const { supportCode, tags, ...shown } = await disk('data');
  expect(shown).toMatchObject({
    attachedTo: 'web',
    attachmentState: 'attached',
    autoMountStatus: 'NotMounted',
    isAttached: true,
    path: '/dev/xvdf',
    state: 'in-use',
  });
  const after = await getInstance(api, 'web');
  expect(furtherDisks(after)).toEqual([{ ...shown, supportCode }]);
  expect({ ...after, hardware: { ...after.hardware, disks: [after.hardware?.disks?.[0]] } }).toEqual(before);
});

test('F186 a disk attaches to a stopped instance, and stays over start, other bundle and stop', async () => {
  await running('off', 'off-1', 'off-2');
  await stop('off');
  await attach('off-1', 'off', '/dev/xvdf');
  await attach('off-2', 'off', '/dev/xvdg');
  await wind(20);
  const attached = await disksOf('off');
  expect(attached.map(({ name }) => name)).toEqual(['off-1', 'off-2']);
  await api.startInstance({ instanceName: 'off', attributeUpdates: { bundleId: 'small_3_0' } });
  await wind(30);
  const started = await getInstance(api, 'off');
  expect(started).toMatchObject({ bundleId: 'small_3_0', state: { name: 'running' } });
  expect(furtherDisks(started)).toEqual(attached);
  await stop('off');
  expect(await disksOf('off')).toEqual(attached);
  expect(await disk('off-2')).toMatchObject({ attachedTo: 'off', state: 'in-use' });
  await whole();
});

test('F186 a disk attaches to an instance in no other state', async () => {
  await createDisk('eager');
  await create(api, ['young']);
  const cannot = (state: string) =>
    invalid(`The Disk eager cannot be attached while the state of the Instance young is ${state}.`);
  await wind(10);
  await expect(attach('eager', 'young')).rejects.toMatchObject(cannot('pending'));
  await wind(10);
  await api.stopInstance({ instanceName: 'young' });
  await expect(attach('eager', 'young')).rejects.toMatchObject(cannot('stopping'));
  await expectFree('eager');
});

test('F187 the disk path is required, and the name of a further disk', async () => {
  await running('paths', 'placed');
  const bad = ['nonsense', '/jenkins-home', '/dev/xvda', '/dev/sda1', '/dev/sdf1', 'sdf', '/dev/xvdf ', '/dev/xvdez'];
  for (const path of bad)
    await expect(attach('placed', 'paths', path)).rejects.toMatchObject(
      invalid('The disk path is invalid. You must specify a valid disk path.'),
    );
  await expect(attach('placed', 'paths', '')).rejects.toMatchObject(refusal('ValidationException', /'diskPath'/));
  await expectFree('placed');
  await attach('placed', 'paths', '/dev/xvdf');
  expect(await disk('placed')).toMatchObject({ path: '/dev/xvdf' });
});

test('F187 a place in an instance has one disk, by whichever of its names', async () => {
  await running('full', 'full-1', 'full-2');
  await attach('full-1', 'full', '/dev/sdf');
  for (const path of ['/dev/sdf', '/dev/xvdf', 'xvdf'])
    await expect(attach('full-2', 'full', path)).rejects.toMatchObject(
      invalid(`The disk path ${path} of the Instance full is in use by the Disk full-1 at /dev/sdf.`),
    );
  await attach('full-2', 'full', '/dev/sdg');
  await wind(10);
  expect((await disksOf('full')).map(({ path }) => path)).toEqual(['/dev/sdf', '/dev/sdg']);
});

test('F178 F188 a disk attaches in its own zone only', async () => {
  await running('here');
  await createDisk('there', 'us-east-1b');
  await wind(10);
  await expect(attach('there', 'here')).rejects.toMatchObject(
    invalid('The Disk there is in us-east-1b and the Instance here in us-east-1a.'),
  );
  await create(api, ['yonder'], { availabilityZone: 'us-east-1b' });
  await wind(20);
  await attach('there', 'yonder');
  expect(await disk('there')).toMatchObject({ attachedTo: 'yonder' });
});

test('an instance has as many disks and as many GB of them as the quotas say', async () => {
  const small = await startServer({
    args: ['--quota', 'attachedDisksPerInstance=3', '--quota', 'totalAttachedDiskGb=100'],
  });
  const api = lightsail(small);
  await finished(api, await create(api, ['web']));
  for (const [name, sizeInGb] of [
    ['d1', 40],
    ['d2', 60],
    ['d3', 61],
    ['d4', 8],
    ['d5', 8],
  ] as const)
    await finished(
      api,
      (await api.createDisk({ diskName: name, availabilityZone: 'us-east-1a', sizeInGb })).operations,
    );
  const attach = async (diskName: string, letter: string) =>
    finished(api, (await api.attachDisk({ diskName, instanceName: 'web', diskPath: `/dev/xvd${letter}` })).operations);
  await attach('d1', 'f');
  await expect(attach('d3', 'g')).rejects.toMatchObject(
    invalid('The attached disks of the Instance web would have 101 GB together, and cannot have more than 100 GB.'),
  );
  await attach('d4', 'g');
  await attach('d5', 'h');
  await expect(attach('d2', 'i')).rejects.toMatchObject(
    invalid('The Instance web has 3 attached disks, and cannot have more.'),
  );
  expect((await api.getDisk({ diskName: 'd2' })).disk).toMatchObject(free);
});

test('F190 a disk that is attached is not attached again, and not deleted', async () => {
  await running('first', 'wanted');
  await running('second');
  const cannot = (verb: string, state: string) =>
    invalid(`The Disk wanted cannot be ${verb} while its state is ${state}.`);
  await attach('wanted', 'first');
  for (const name of ['first', 'second'])
    await expect(attach('wanted', name, '/dev/xvdg')).rejects.toMatchObject(cannot('attached', 'attaching'));
  await expect(api.deleteDisk({ diskName: 'wanted' })).rejects.toMatchObject(cannot('deleted', 'attaching'));
  await expect(detach('wanted')).rejects.toMatchObject(cannot('detached', 'attaching'));
  await wind(10);
  await expect(attach('wanted', 'second')).rejects.toMatchObject(cannot('attached', 'in-use'));
  await expect(api.deleteDisk({ diskName: 'wanted' })).rejects.toMatchObject(cannot('deleted', 'in-use'));
  expect(await disk('wanted')).toMatchObject({ attachedTo: 'first' });
  expect(await disksOf('second')).toEqual([]);
});

test('of two attachments at once one is made', async () => {
  await running('left', 'contested');
  await running('right');
  const outcomes = await Promise.allSettled(['left', 'right'].map((name) => attach('contested', name)));
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await whole();
});

test('F189 a disk is detached from a stopped instance only', async () => {
  await running('holder', 'held');
  await attach('held', 'holder');
  await wind(10);
  const cannot = (state: string) =>
    invalid(`The Disk held cannot be detached while the state of the Instance holder is ${state}.`);
  await expect(detach('held')).rejects.toMatchObject(cannot('running'));
  await api.stopInstance({ instanceName: 'holder' });
  await expect(detach('held')).rejects.toMatchObject(cannot('stopping'));
  await wind(20);
  const operations = await detach('held');
  expect(operations).toEqual(operationsOf('DetachDisk', 'held', 'holder'));
  expect(await disk('held')).toMatchObject({ state: 'in-use', attachedTo: 'holder', path: '/dev/xvdf' });
  expect(await disksOf('holder')).toHaveLength(1);
  for (const change of [detach('held'), attach('held', 'holder'), api.deleteDisk({ diskName: 'held' })])
    await expect(change).rejects.toMatchObject(invalid(/^The Disk held cannot be \w+ while its state is detaching\.$/));
  await wind(10);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }, { status: 'Succeeded' }]);
  await expectFree('held');
  expect(await disksOf('holder')).toEqual([]);
  await api.deleteDisk({ diskName: 'held' });
  await whole();
});

test('what is not attached is not detached, and what is not there neither', async () => {
  await running('lone', 'idle');
  await expect(detach('idle')).rejects.toMatchObject(
    invalid('The Disk idle cannot be detached while its state is available.'),
  );
  const missing = (kind: string) => refusal('NotFoundException', `The ${kind} does not exist`);
  await expect(detach('missing')).rejects.toMatchObject(missing('Disk'));
  await expect(attach('missing', 'lone')).rejects.toMatchObject(missing('Disk'));
  await expect(attach('idle', 'missing')).rejects.toMatchObject(missing('Instance'));
  await expect(attach('idle', 'idle')).rejects.toMatchObject(missing('Instance'));
});

test('F189 an instance that starts behind a detachment waits until the disk is out', async () => {
  await running('hasty', 'slow');
  await attach('slow', 'hasty');
  await wind(10);
  await stop('hasty');
  await detach('slow');
  await api.startInstance({ instanceName: 'hasty' });
  // A detachment takes eight and a start twenty.
  await wind(22);
  expect(await getInstance(api, 'hasty')).toMatchObject({ state: { name: 'pending' } });
  await expectFree('slow');
  await wind(10);
  expect(await getInstance(api, 'hasty')).toMatchObject({ state: { name: 'running' } });
  expect(await disksOf('hasty')).toEqual([]);
});

test('a detachment that fails on its way leaves the disk where it was, on both sides', async () => {
  await running('sticky', 'stuck');
  await attach('stuck', 'sticky');
  await wind(10);
  await stop('sticky');
  const operations = await detach('stuck');
  await wind(2);
  await admin.control('OrderFault', { step: 'DetachDisk/detach', permanent: true, message: 'It does not move.' });
  await wind(30);
  expect(await finished(api, operations)).toMatchObject(
    new Array(2).fill({ status: 'Failed', errorDetails: 'It does not move.' }),
  );
  expect(await disk('stuck')).toMatchObject({ attachedTo: 'sticky', state: 'in-use' });
  await whole();
  await detach('stuck');
  await wind(10);
  await expectFree('stuck');
});

test('an attachment that fails on its way leaves the disk free, on both sides', async () => {
  await running('picky', 'refused');
  const operations = await attach('refused', 'picky');
  await wind(2);
  await admin.control('OrderFault', { step: 'AttachDisk/attach', permanent: true });
  await wind(30);
  expect(await finished(api, operations)).toMatchObject(new Array(2).fill({ status: 'Failed' }));
  await expectFree('refused');
  expect(await disksOf('picky')).toEqual([]);
  await whole();
});

test('an instance is deleted without its disks, which are free once its machine is gone', async () => {
  await running('doomed', 'keep-1', 'keep-2');
  await attach('keep-1', 'doomed', '/dev/xvdf');
  await attach('keep-2', 'doomed', '/dev/xvdg');
  await wind(20);
  const { operations = [] } = await api.deleteInstance({ instanceName: 'doomed' });
  expect(operations[0]).toMatchObject({ operationType: 'DeleteInstance', status: 'Succeeded' });
  expect(operations.slice(1)).toEqual([
    ...operationsOf('DetachDisk', 'keep-1', 'doomed'),
    ...operationsOf('DetachDisk', 'keep-2', 'doomed'),
  ]);
  const between = await disk('keep-1');
  expect(between).toMatchObject({ state: 'in-use', isAttached: false });
  expect(between).not.toHaveProperty('attachedTo');
  await running('heir');
  await wind(20);
  expect((await finished(api, operations)).map(({ status }) => status)).toEqual(new Array(5).fill('Succeeded'));
  await expectFree('keep-1');
  await attach('keep-2', 'heir', '/dev/xvdf');
  await whole();
  expect(await disk('keep-2')).toMatchObject({ attachedTo: 'heir', state: 'in-use' });
});

test.each(['attaching', 'detaching'])('an instance is deleted while a disk is %s', async (moving) => {
  const [name, diskName] = [`gone-${moving}`, `left-${moving}`];
  await running(name, diskName);
  await attach(diskName, name);
  if (moving === 'detaching') {
    await wind(10);
    await stop(name);
    await detach(diskName);
  }
  await wind(2);
  const { operations } = await api.deleteInstance({ instanceName: name });
  // One of the same name is not the one that is gone.
  await create(api, [name]);
  await expect(attach(diskName, name)).rejects.toMatchObject(
    invalid(`The Disk ${diskName} cannot be attached while its state is detaching.`),
  );
  await wind(60);
  await finished(api, operations);
  await expectFree(diskName);
  expect(await disksOf(name)).toEqual([]);
  await whole();
});

test.each(['AttachDisk/attach', 'DetachDisk/detach'])(
  'an instance is deleted while %s fails, and the disk is free all the same',
  async (step) => {
    const kind = step.startsWith('Attach') ? 'a' : 'd';
    const [name, diskName] = [`failing-${kind}`, `saved-${kind}`];
    await running(name, diskName);
    const attaching = await attach(diskName, name);
    if (kind === 'd') {
      await wind(10);
      await stop(name);
    }
    const detaching = kind === 'd' ? await detach(diskName) : [];
    await wind(2);
    await admin.control('OrderFault', { step, permanent: true });
    await api.deleteInstance({ instanceName: name });
    await wind(60);
    expect((await finished(api, kind === 'd' ? detaching : attaching))[0]).toMatchObject({ status: 'Failed' });
    await expectFree(diskName);
    await whole();
  },
);

test('tags of a disk that is attached change with no trace of them in the instance', async () => {
  await running('bearer', 'tagged');
  await attach('tagged', 'bearer');
  await api.tagResource({ resourceName: 'tagged', tags: [{ key: 'late', value: 'yes' }] });
  await wind(10);
  expect((await disk('tagged')).tags).toEqual([{ key: 'late', value: 'yes' }]);
  expect((await disksOf('bearer'))[0]).not.toHaveProperty('tags');
  await whole();
});
