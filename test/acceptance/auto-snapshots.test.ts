import type { AutoSnapshotDetails, Operation } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, finished, getInstance, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { expectWhole, readState } from '../state.ts';

// Everything takes its time here, and time passes only when a test winds the clock.
const server = await startServer({ args: ['--pace', 'real', '--quota', 'instancesPerAccount=100'] });
const api = lightsail(server);
const admin = apiOf(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const unknown = (what: string) => refusal('NotFoundException', `The ${what} does not exist`);

const availabilityZone = 'us-east-1a';
const bundleId = 'nano_3_0';
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

const now = async (): Promise<number> => Number((await admin.control('GetClock')).now);
const wind = (ms: number) => admin.control('AdvanceClock', { ms });
/** To the next moment of that time of day. */
const windTo = async (time: string): Promise<void> => {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  const passed = (await now()) % day;
  await wind((day + hours * hour + minutes * minute - passed) % day);
};
/** The day so many days after the clock's, as the service writes it. */
const date = async (later = 0): Promise<string> => new Date((await now()) + later * day).toISOString().slice(0, 10);

const request = (snapshotTimeOfDay?: string) => ({
  addOnType: 'AutoSnapshot' as const,
  ...(snapshotTimeOfDay === undefined ? {} : { autoSnapshotAddOnRequest: { snapshotTimeOfDay } }),
});
const enable = async (resourceName: string, time?: string) =>
  (await api.enableAddOn({ resourceName, addOnRequest: request(time) })).operations;
const disable = async (resourceName: string) =>
  (await api.disableAddOn({ resourceName, addOnType: 'AutoSnapshot' })).operations;
const newInstance = async (name: string, time?: string): Promise<void> => {
  await create(api, [name], time === undefined ? {} : { addOns: [request(time)] });
  await wind(minute);
};
const newDisk = async (diskName: string, time?: string): Promise<void> => {
  const addOns = time === undefined ? {} : { addOns: [request(time)] };
  await api.createDisk({ diskName, availabilityZone, sizeInGb: 8, ...addOns });
  await wind(minute);
};
const getDisk = async (diskName: string) => (await api.getDisk({ diskName })).disk!;
const taken = async (resourceName: string): Promise<AutoSnapshotDetails[]> =>
  (await api.getAutoSnapshots({ resourceName })).autoSnapshots!;
const datesOf = async (resourceName: string) => (await taken(resourceName)).map((found) => found.date);
const over = async (operations: readonly Operation[] | undefined): Promise<void> => {
  await wind(15 * minute);
  for (const { status, errorDetails } of await finished(api, operations))
    expect({ status, errorDetails }).toEqual({ status: 'Succeeded', errorDetails: undefined });
};
/** At an hour that none of the snapshots here is taken at. */
const whole = async (): Promise<void> => {
  await windTo('04:00');
  expectWhole(await readState(admin, server.data));
};

test('F236 the add-on is AutoSnapshot, and asked for once', async () => {
  await newInstance('one-add-on');
  const twice = invalid('The add-on AutoSnapshot is asked for more than once.');
  await expect(create(api, ['twice'], { addOns: [request(), request()] })).rejects.toMatchObject(twice);
  await expect(api.enableAddOn({ resourceName: 'one-add-on', addOnRequest: {} as never })).rejects.toMatchObject(
    refusal('ValidationException', /addOnType/),
  );
});

test.each([
  ['Instance', newInstance, (name: string) => getInstance(api, name)],
  ['Disk', newDisk, getDisk],
] as const)(
  'F237 F238 F245 the add-on of a resource of the kind %s is enabled, changed and disabled',
  async (resourceType, make, get) => {
    const name = `set-${resourceType}`;
    await windTo('10:00');
    await make(name);
    expect((await get(name)).addOns).toBe(undefined);
    await expect(disable(name)).rejects.toMatchObject(invalid('AutoSnapshot not enabled for the resource'));

    const enabling = await enable(name, '06:00');
    expect(enabling).toMatchObject([
      {
        operationType: 'EnableAddOn',
        operationDetails: 'EnableAddOn - AutoSnapshot',
        resourceName: name,
        resourceType,
        location: { availabilityZone, regionName: 'us-east-1' },
        status: 'Started',
        isTerminal: false,
      },
    ]);
    await over(enabling);
    const enabled = {
      name: 'AutoSnapshot',
      status: 'Enabled',
      snapshotTimeOfDay: '06:00',
      nextSnapshotTimeOfDay: '06:00',
    };
    expect((await get(name)).addOns).toEqual([enabled]);
    for (const time of ['06:00', undefined])
      await expect(enable(name, time)).rejects.toMatchObject(invalid('The addOn is already in requested state'));

    await over(await enable(name, '18:00'));
    const changed = { ...enabled, snapshotTimeOfDay: '18:00', nextSnapshotTimeOfDay: '18:00' };
    expect((await get(name)).addOns).toEqual([changed]);

    const disabling = await disable(name);
    expect(disabling).toMatchObject([
      {
        operationType: 'DisableAddOn',
        operationDetails: 'DisableAddOn - AutoSnapshot',
        resourceName: name,
        resourceType,
      },
    ]);
    await over(disabling);
    const disabled = { name: 'AutoSnapshot', status: 'Disabled', snapshotTimeOfDay: '18:00' };
    expect((await get(name)).addOns).toEqual([disabled]);
    await expect(disable(name)).rejects.toMatchObject(invalid('AutoSnapshot not enabled for the resource'));
    await over(await enable(name));
    expect((await get(name)).addOns).toEqual([changed]);
  },
);

test('F237 F238 an add-on is on its way for as long as its resource is busy, and the last word counts', async () => {
  await create(api, ['busy']);
  const status = async () => (await getInstance(api, 'busy')).addOns?.map((addOn) => addOn.status);
  const enabling = await enable('busy', '06:00');
  expect(await status()).toEqual(['Enabling']);
  const disabling = await disable('busy');
  expect(await status()).toEqual(['Disabling']);
  await over([...enabling!, ...disabling!]);
  expect(await status()).toEqual(['Disabled']);
  await api.stopInstance({ instanceName: 'busy' });
  const [first, second, third] = [await enable('busy', '06:00'), await disable('busy'), await enable('busy', '07:00')];
  await over([...first!, ...second!, ...third!]);
  expect((await getInstance(api, 'busy')).addOns).toMatchObject([{ status: 'Enabled', snapshotTimeOfDay: '07:00' }]);
  await whole();
});

test('F237 F238 F246 the resource must be named, and be an instance or a disk', async () => {
  await api.allocateStaticIp({ staticIpName: 'no-holder' });
  for (const resourceName of ['no-holder', 'nobody']) {
    const gone = unknown('Instance or Disk');
    await expect(enable(resourceName)).rejects.toMatchObject(gone);
    await expect(disable(resourceName)).rejects.toMatchObject(gone);
    await expect(taken(resourceName)).rejects.toMatchObject(gone);
    await expect(api.deleteAutoSnapshot({ resourceName, date: '2026-01-31' })).rejects.toMatchObject(gone);
  }
  const missing = (member: string) => refusal('ValidationException', new RegExp(member));
  await expect(api.disableAddOn({ resourceName: 'nobody' } as never)).rejects.toMatchObject(missing('addOnType'));
  await expect(api.disableAddOn({ addOnType: 'AutoSnapshot' } as never)).rejects.toMatchObject(missing('resourceName'));
  await expect(api.enableAddOn({ resourceName: 'nobody' } as never)).rejects.toMatchObject(missing('addOnRequest'));
});

test('F239 a snapshot is taken at most 45 minutes behind the full hour', async () => {
  await windTo('05:00');
  await newInstance('punctual', '06:00');
  await expect(enable('punctual', '06:30')).rejects.toMatchObject(invalid(/^The snapshot time 06:30 is not valid\./));
  await expect(enable('punctual', '24:00')).rejects.toMatchObject(refusal('ValidationException', /snapshotTimeOfDay/));
  await windTo('05:59');
  expect(await taken('punctual')).toEqual([]);
  await windTo('06:46');
  const [found] = await taken('punctual');
  expect(found?.createdAt?.toISOString()).toMatch(new RegExp(`^${await date()}T06:([0-3]\\d|4[0-4]):`));
});

test('F246-F248 one a day: a week makes seven, which are found by their dates, and the eighth takes the place of the first', async () => {
  await windTo('05:00');
  await newInstance('weekly', '12:00');
  await newDisk('weekly-disk', '00:00');
  await wind(7 * day);
  const result = await api.getAutoSnapshots({ resourceName: 'weekly' });
  expect(result).toMatchObject({ resourceName: 'weekly', resourceType: 'Instance' });
  expect(result.autoSnapshots).toHaveLength(7);
  for (const found of result.autoSnapshots!)
    expect(found).toEqual({
      createdAt: expect.any(Date),
      date: found.createdAt?.toISOString().slice(0, 10),
      fromAttachedDisks: [],
      status: 'Success',
    });
  const dates = await datesOf('weekly');
  expect(dates).toEqual([...new Set(dates)].sort().reverse());
  expect(await api.getAutoSnapshots({ resourceName: 'weekly-disk' })).toMatchObject({ resourceType: 'Disk' });
  expect(await taken('weekly-disk')).toHaveLength(7);
  await wind(day);
  const next = await datesOf('weekly');
  expect(next).toHaveLength(7);
  expect(next.slice(1)).toEqual(dates.slice(0, 6));
  // Neither is a manual snapshot, and neither has a name.
  expect((await api.getInstanceSnapshots({})).instanceSnapshots).toEqual([]);
  expect((await api.getDiskSnapshots({})).diskSnapshots).toEqual([]);
  expect((await api.getActiveNames({})).activeNames).not.toContain(next[0]);
  await whole();
});

test('F247 a snapshot is in progress until it is whole, and one that failed says so and takes no place', async () => {
  await windTo('05:00');
  await newDisk('grows', '06:00');
  await windTo('06:00');
  while ((await taken('grows')).length === 0) await wind(minute);
  expect(await taken('grows')).toMatchObject([{ status: 'InProgress' }]);
  const resourceName = 'grows';
  await expect(api.deleteAutoSnapshot({ resourceName, date: await date() })).rejects.toMatchObject(
    invalid(/^The AutoSnapshot \S+ cannot be deleted while its state is pending\.$/),
  );
  const [restoreDate, targetSnapshotName, sourceRegion] = [await date(), 'early', 'us-east-1' as const];
  const copy = { sourceResourceName: 'grows', targetSnapshotName, sourceRegion };
  await expect(api.copySnapshot({ ...copy, restoreDate })).rejects.toMatchObject(
    invalid(/^The AutoSnapshot \S+ cannot be copied while its state is pending\.$/),
  );
  const latest = { ...copy, useLatestRestorableAutoSnapshot: true };
  await expect(api.copySnapshot(latest)).rejects.toMatchObject(unknown('AutoSnapshot'));
  await wind(3 * minute);
  expect(await taken('grows')).toMatchObject([{ status: 'Success' }]);

  await windTo('05:59');
  await admin.control('OrderFault', { step: 'CreateDiskSnapshot/take', permanent: true });
  await wind(hour);
  expect(await taken('grows')).toMatchObject([{ status: 'Failed', date: await date() }, { status: 'Success' }]);
  await wind(7 * day);
  expect((await taken('grows')).map(({ status }) => status)).toEqual([...Array(7).fill('Success'), 'Failed']);
  await whole();
});

test.each([
  ['F240', 'at once', '12:00', '08:00', '18:00', '18:00'],
  ['F242', 'tomorrow, when the new time is earlier', '12:00', '08:00', '10:00', '12:00'],
  ['F243', 'tomorrow, when the new time is less than 30 minutes ahead', '12:00', '08:40', '09:00', '12:00'],
  ['F244', 'tomorrow, when the snapshot is due in less than 30 minutes', '12:00', '11:40', '18:00', '12:00'],
])('F240 F242-F244 another time is in effect (%s) %s', async (name, _when, before, at, after, next) => {
  await windTo('07:00');
  await newDisk(name, before);
  await windTo(at);
  await over(await enable(name, after));
  expect((await getDisk(name)).addOns).toMatchObject([{ snapshotTimeOfDay: after, nextSnapshotTimeOfDay: next }]);
  await windTo('23:50');
  const [today] = await taken(name);
  expect(today?.date).toBe(await date());
  expect(`${today?.createdAt?.toISOString().slice(11, 13)}:00`).toBe(next);
  expect((await getDisk(name)).addOns).toMatchObject([{ snapshotTimeOfDay: after, nextSnapshotTimeOfDay: after }]);
  await wind(day);
  const [tomorrow, ...others] = await taken(name);
  expect(tomorrow?.date).toBe(await date());
  expect(`${tomorrow?.createdAt?.toISOString().slice(11, 13)}:00`).toBe(after);
  expect(others).toEqual([today]);
});

test('F241 another time is in effect tomorrow, when the snapshot of today is taken', async () => {
  await windTo('07:00');
  await newDisk('F241', '08:00');
  await windTo('10:00');
  await over(await enable('F241', '18:00'));
  expect((await getDisk('F241')).addOns).toMatchObject([
    { snapshotTimeOfDay: '18:00', nextSnapshotTimeOfDay: '18:00' },
  ]);
  await windTo('23:50');
  expect(await datesOf('F241')).toEqual([await date()]);
  await windTo('17:59');
  expect(await taken('F241')).toHaveLength(1);
  await windTo('18:46');
  expect(await datesOf('F241')).toEqual([await date(), await date(-1)]);
  // Neither disabling it nor deleting the snapshot makes room for a second one of the day.
  await over(await disable('F241'));
  await api.deleteAutoSnapshot({ resourceName: 'F241', date: await date() });
  await over(await enable('F241', '22:00'));
  await windTo('23:50');
  expect(await datesOf('F241')).toEqual([await date(-1)]);
});

test('a disabled add-on takes no more snapshots, and those that there are stay', async () => {
  await windTo('05:00');
  await newDisk('done', '06:00');
  await wind(2 * day);
  const before = await taken('done');
  expect(before).toHaveLength(2);
  await over(await disable('done'));
  await wind(2 * day);
  expect(await taken('done')).toEqual(before);
  await api.deleteDisk({ diskName: 'done' });
  await expect(taken('done')).rejects.toMatchObject(unknown('Instance or Disk'));
  await whole();
});

test('F203 F212 F214 F216 F217 F249 the disks of an instance are in its snapshots, and copies of them are manual ones', async () => {
  await windTo('05:00');
  await newInstance('host', '06:00');
  await newDisk('on-host');
  await over((await api.attachDisk({ diskName: 'on-host', instanceName: 'host', diskPath: '/dev/xvdf' })).operations);
  await windTo('07:00');
  const restoreDate = await date();
  expect(await taken('host')).toMatchObject([{ fromAttachedDisks: [{ path: '/dev/xvdf', sizeInGb: 8 }] }]);
  await wind(day);

  const sourceRegion = 'us-east-1' as const;
  const source = { sourceResourceName: 'host', sourceRegion };
  const missing = { ...source, targetSnapshotName: 'lost', restoreDate: '2020-02-29' };
  await expect(api.copySnapshot(missing)).rejects.toMatchObject(unknown('AutoSnapshot'));
  const { operations } = await api.copySnapshot({ ...source, targetSnapshotName: 'kept', restoreDate });
  expect(operations).toMatchObject([
    {
      operationType: 'CopySnapshot',
      operationDetails: 'us-east-1:host',
      resourceName: 'kept',
      resourceType: 'InstanceSnapshot',
      status: 'Started',
    },
  ]);
  await over(operations);
  const far = lightsail(server, 'eu-west-1');
  const latest = { ...source, targetSnapshotName: 'far', useLatestRestorableAutoSnapshot: true };
  await far.copySnapshot(latest);
  await wind(hour);
  const { instanceSnapshot } = await far.getInstanceSnapshot({ instanceSnapshotName: 'far' });
  const alike = {
    isFromAutoSnapshot: true,
    fromInstanceName: 'host',
    fromBlueprintId: 'debian_12',
    state: 'available',
  };
  expect(instanceSnapshot).toMatchObject({ ...alike, name: 'far', location: { regionName: 'eu-west-1' } });
  const { instanceSnapshot: kept } = await api.getInstanceSnapshot({ instanceSnapshotName: 'kept' });
  expect(kept).toMatchObject({ ...alike, name: 'kept', fromAttachedDisks: [{ name: 'on-host' }] });

  // The copies outlive what they were made of.
  await api.deleteInstance({ instanceName: 'host', forceDeleteAddOns: true });
  await whole();
  const again = { instanceNames: ['from-copy'], instanceSnapshotName: 'kept', availabilityZone, bundleId };
  await over((await api.createInstancesFromSnapshot(again)).operations);
});

test('F118-F120 instances begin as an automatic snapshot of a day, or as the latest', async () => {
  await windTo('05:00');
  await newInstance('origin', '06:00');
  await wind(2 * day);
  const restoreDate = await date(-1);
  const from = async (name: string, which: object, more: object = {}) =>
    (
      await api.createInstancesFromSnapshot({
        ...{ instanceNames: [name], sourceInstanceName: 'origin', availabilityZone, bundleId },
        ...which,
        ...more,
      })
    ).operations;
  await expect(from('lost', { restoreDate: '2020-02-29' })).rejects.toMatchObject(unknown('AutoSnapshot'));
  const operations = await from('of-a-day', { restoreDate });
  expect(operations).toMatchObject([
    { operationType: 'CreateInstancesFromSnapshot', operationDetails: 'origin', resourceName: 'of-a-day' },
  ]);
  // It is kept for what is being made of it, also when what it was taken of goes.
  await expect(api.deleteAutoSnapshot({ resourceName: 'origin', date: restoreDate })).rejects.toMatchObject(
    invalid(/^The AutoSnapshot \S+ cannot be deleted while something is being made from it\.$/),
  );
  const latest = await from('of-the-latest', { useLatestRestorableAutoSnapshot: true }, { addOns: [request('09:00')] });
  await api.deleteInstance({ instanceName: 'origin', forceDeleteAddOns: true });
  await over([...operations!, ...latest!]);
  expect(await getInstance(api, 'of-a-day')).toMatchObject({ blueprintId: 'debian_12', state: { name: 'running' } });
  expect((await getInstance(api, 'of-the-latest')).addOns).toMatchObject([{ snapshotTimeOfDay: '09:00' }]);
  await wind(day);
  expect(await taken('of-the-latest')).toHaveLength(1);
  await whole();
});

test('F182-F184 disks begin as an automatic snapshot of a day, or as the latest', async () => {
  await windTo('05:00');
  await newDisk('pattern', '06:00');
  await wind(2 * day);
  const [, second] = await datesOf('pattern');
  const from = async (diskName: string, which: object) =>
    (
      await api.createDiskFromSnapshot({
        ...{ diskName, sourceDiskName: 'pattern', availabilityZone, sizeInGb: 16 },
        ...which,
      })
    ).operations;
  const operations = await from('by-day', { restoreDate: second });
  expect(operations).toMatchObject([{ operationType: 'CreateDiskFromSnapshot', operationDetails: 'pattern' }]);
  await over([...operations!, ...(await from('by-latest', { useLatestRestorableAutoSnapshot: true }))!]);
  for (const name of ['by-day', 'by-latest'])
    expect(await getDisk(name)).toMatchObject({ state: 'available', sizeInGb: 16 });
  await expect(from('small', { restoreDate: second, sizeInGb: 7 })).rejects.toMatchObject(invalid(/size/));
  await whole();
});

test('F250 an automatic snapshot is deleted by its date', async () => {
  await windTo('05:00');
  await newInstance('thinned', '06:00');
  await wind(2 * day);
  const [newest, oldest] = await datesOf('thinned');
  const { operations } = await api.deleteAutoSnapshot({ resourceName: 'thinned', date: newest! });
  expect(operations).toMatchObject([
    {
      operationType: 'DeleteAutoSnapshot',
      operationDetails: `DeleteAutoSnapshot-${newest}`,
      resourceName: 'thinned',
      resourceType: 'Instance',
      location: { availabilityZone: 'us-east-1', regionName: 'us-east-1' },
      status: 'Succeeded',
      isTerminal: true,
    },
  ]);
  expect(await datesOf('thinned')).toEqual([oldest]);
  const gone = { resourceName: 'thinned', date: newest! };
  await expect(api.deleteAutoSnapshot(gone)).rejects.toMatchObject(unknown('AutoSnapshot'));
  await expect(api.deleteAutoSnapshot({ ...gone, date: 'today' })).rejects.toMatchObject(
    refusal('ValidationException', /date/),
  );
  await expect(api.deleteAutoSnapshot({ resourceName: 'thinned' } as never)).rejects.toMatchObject(
    refusal('ValidationException', /date/),
  );
  await whole();
});

test('F130 F192 what is being snapshotted may go, and the snapshot goes with it', async () => {
  await windTo('05:00');
  await newInstance('brief', '06:00');
  await windTo('06:00');
  while ((await taken('brief')).length === 0) await wind(minute);
  await api.deleteInstance({ instanceName: 'brief', forceDeleteAddOns: true });
  await whole();
  await newInstance('brief');
  expect(await taken('brief')).toEqual([]);
});
