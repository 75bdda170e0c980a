import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, finished, getInstance, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { expectWhole, readState } from '../state.ts';

const server = await startServer();
const api = lightsail(server);
const admin = apiOf(server);
const [minute, day] = [60_000, 86_400_000];
const wind = (ms: number) => admin.control('AdvanceClock', { ms });
const now = async (): Promise<number> => Number((await admin.control('GetClock')).now);
/** To the beginning of the next slot that the figures are of, so that the tests know which are whole. */
const toSlot = async (): Promise<void> => {
  await wind(5 * minute - ((await now()) % (5 * minute)) + 1_000);
};
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const addOnType = 'StopInstanceOnIdle' as const;
const research = { blueprintId: 'lfr_rstudio', bundleId: 'app_standard_xl_1_0' };
const request = (threshold?: string, duration?: string) => ({
  addOnType,
  ...(threshold === undefined && duration === undefined ? {} : { stopInstanceOnIdleRequest: { threshold, duration } }),
});
const enable = async (resourceName: string, threshold?: string, duration?: string) =>
  (await api.enableAddOn({ resourceName, addOnRequest: request(threshold, duration) })).operations;
const disable = async (resourceName: string) => (await api.disableAddOn({ resourceName, addOnType })).operations;
const over = async (operations: Awaited<ReturnType<typeof enable>>): Promise<void> => {
  for (const { status } of await finished(api, operations)) expect(status).toBe('Succeeded');
};
const addOnsOf = async (name: string) => (await getInstance(api, name)).addOns;
const stateOf = async (name: string) => (await getInstance(api, name)).state?.name;
const whole = async (): Promise<void> => expectWhole(await readState(admin, server.data));
const shown = { name: addOnType, status: 'Enabled' };

/** Every figure is above the least threshold, and below the greatest. */
const [always, never] = ['100', '1'];

test('an idle computer is stopped as by StopInstance, and again when it is started and idle again', async () => {
  await toSlot();
  const made = await launch(api, 'idle', { ...research, addOns: [request(always, '10')] });
  expect(made.addOns).toEqual([{ ...shown, threshold: always, duration: '10' }]);
  await wind(10 * minute);
  expect(await stateOf('idle')).toBe('running');
  await wind(5 * minute);
  expect(await stateOf('idle')).toBe('stopped');
  expect((await getInstance(api, 'idle')).publicIpAddress).toBe(undefined);
  const stops = async () =>
    ((await api.getOperationsForResource({ resourceName: 'idle' })).operations ?? []).filter(
      ({ operationType }) => operationType === 'StopInstance',
    );
  expect(await stops()).toMatchObject([
    { operationType: 'StopInstance', resourceType: 'Instance', status: 'Succeeded', isTerminal: true },
  ]);

  await wind(day);
  expect(await stops()).toHaveLength(1);
  await toSlot();
  await finished(api, (await api.startInstance({ instanceName: 'idle' })).operations);
  await wind(10 * minute);
  expect(await stateOf('idle')).toBe('running');
  await wind(5 * minute);
  expect(await stateOf('idle')).toBe('stopped');
  expect(await stops()).toHaveLength(2);
  expect((await getInstance(api, 'idle')).addOns).toEqual(made.addOns);
  await whole();
});

test('it is stopped at the end of the first time that its figures stay low for long enough, and not before', async () => {
  const name = 'figures';
  await launch(api, name, research);
  const figuresSince = async (start: number): Promise<number[]> => {
    const { metricData = [] } = await api.getInstanceMetricData({
      ...{ instanceName: name, metricName: 'CPUUtilization', unit: 'Percent', statistics: ['Average'], period: 300 },
      ...{ startTime: new Date(start), endTime: new Date(await now()) },
    });
    return metricData.map(({ average = 0 }) => average);
  };
  // From one Monday to the Saturday after: at weekends all figures are low, so it happens in that time.
  const week = 7 * day;
  const monday = 4 * day;
  await wind(week - (((await now()) - monday) % week) + day);
  const seen = await figuresSince((await now()) - day);
  const lowest = Math.min(...seen.slice(5).map((_figure, at) => Math.max(...seen.slice(at, at + 6))));
  const threshold = Math.ceil(lowest);

  await wind(4 * minute);
  const since = await now();
  await over(await enable(name, `${threshold}`, '30'));
  await wind(5 * day - 10 * minute);
  expect(await stateOf(name)).toBe('stopped');
  const figures = await figuresSince(Math.ceil(since / (5 * minute)) * 5 * minute);
  const isLow = figures.map((figure) => figure <= threshold);
  expect(isLow.slice(-6)).toEqual(Array(6).fill(true));
  const isIdle = (at: number): boolean => isLow.slice(at - 6, at).filter(Boolean).length === 6;
  for (let at = 6; at < figures.length; at++) expect(isIdle(at), `slot ${at} of ${figures.length}`).toBe(false);
});

test('it is enabled, changed, disabled and enabled again, and a computer that is in use goes on', async () => {
  await launch(api, 'ruled', research);
  await expect(enable('ruled', '5')).rejects.toMatchObject(invalid(/^The duration of the add-on .* is missing\./));
  await expect(disable('ruled')).rejects.toMatchObject(invalid('StopInstanceOnIdle not enabled for the resource'));
  const enabling = await enable('ruled', never, '60');
  expect(enabling).toMatchObject([
    { operationType: 'EnableAddOn', operationDetails: 'EnableAddOn - StopInstanceOnIdle', resourceName: 'ruled' },
  ]);
  await over(enabling);
  expect(await addOnsOf('ruled')).toEqual([{ ...shown, threshold: never, duration: '60' }]);
  for (const again of [enable('ruled', never, '60'), enable('ruled'), enable('ruled', never)])
    await expect(again).rejects.toMatchObject(invalid('The addOn is already in requested state'));
  await wind(day);
  expect(await stateOf('ruled')).toBe('running');

  await over(await disable('ruled'));
  const disabled = { name: addOnType, status: 'Disabled', threshold: never, duration: '60' };
  expect(await addOnsOf('ruled')).toEqual([disabled]);
  await over(await enable('ruled', undefined, '5'));
  expect(await addOnsOf('ruled')).toEqual([{ ...shown, threshold: never, duration: '5' }]);
  await over(await disable('ruled'));
  await whole();
  await over(await enable('ruled'));
  // What is known by now counts for the rule that is new.
  await wind(20 * minute);
  expect(await stateOf('ruled')).toBe('running');
  await over(await enable('ruled', always));
  await wind(0);
  expect(await stateOf('ruled')).toBe('stopped');

  await finished(api, (await api.startInstance({ instanceName: 'ruled' })).operations);
  await over(await disable('ruled'));
  await wind(day);
  expect(await stateOf('ruled')).toBe('running');
  await whole();
});

test('it stands beside automatic snapshots, and both go with the instance', async () => {
  const daily = { addOnType: 'AutoSnapshot' as const, autoSnapshotAddOnRequest: { snapshotTimeOfDay: '06:00' } };
  const saved = { name: 'AutoSnapshot', status: 'Enabled', snapshotTimeOfDay: '06:00', nextSnapshotTimeOfDay: '06:00' };
  await launch(api, 'both', { ...research, addOns: [request(never, '60'), daily] });
  const rule = { ...shown, threshold: never, duration: '60' };
  expect(await addOnsOf('both')).toEqual([saved, rule]);
  await over((await api.disableAddOn({ resourceName: 'both', addOnType: 'AutoSnapshot' })).operations);
  expect(await addOnsOf('both')).toMatchObject([{ name: 'AutoSnapshot', status: 'Disabled' }, rule]);
  await expect(api.deleteInstance({ instanceName: 'both' })).rejects.toMatchObject(invalid(/with addons/));
  await over((await api.createInstanceSnapshot({ instanceName: 'both', instanceSnapshotName: 'of-both' })).operations);
  await api.deleteInstance({ instanceName: 'both', forceDeleteAddOns: true });
  await wind(day);
  await whole();

  const bundleId = research.bundleId;
  const from = { availabilityZone: 'us-east-1a', bundleId, instanceSnapshotName: 'of-both' };
  const addOns = [request(always, '5')];
  const { operations } = await api.createInstancesFromSnapshot({ ...from, instanceNames: ['restored'], addOns });
  await over(operations);
  expect(await addOnsOf('restored')).toEqual([{ ...shown, threshold: always, duration: '5' }]);
  await wind(15 * minute);
  expect(await stateOf('restored')).toBe('stopped');
  await whole();
});

test('F236 it is for virtual computers for research, and its numbers have bounds', async () => {
  await launch(api, 'ordinary');
  const refused = (what: string) => invalid(`The ${what} cannot have the add-on StopInstanceOnIdle.`);
  const addOns = [request('5', '30')];
  await expect(enable('ordinary', '5', '30')).rejects.toMatchObject(refused('Instance ordinary'));
  await expect(disable('ordinary')).rejects.toMatchObject(invalid('StopInstanceOnIdle not enabled for the resource'));
  await expect(create(api, ['other'], { addOns })).rejects.toMatchObject(refused('Instance other'));
  const disk = { diskName: 'disk', availabilityZone: 'us-east-1a', sizeInGb: 8 };
  await expect(api.createDisk({ ...disk, addOns })).rejects.toMatchObject(refused('Disk disk'));
  await api.createDisk(disk);
  await expect(enable('disk', '5', '30')).rejects.toMatchObject(refused('Disk disk'));

  const asked = (...addOns: ReturnType<typeof request>[]) => create(api, ['asked'], { ...research, addOns });
  for (const [wrong, message] of [
    [request('0', '30'), 'The threshold 0 is not valid.'],
    [request('low', '30'), 'The threshold low is not valid.'],
    [request('5', '1441'), 'The duration 1441 is not valid.'],
    [request('5'), 'The duration of the add-on StopInstanceOnIdle is missing.'],
    [request(), 'The threshold of the add-on StopInstanceOnIdle is missing.'],
  ] as const)
    await expect(asked(wrong)).rejects.toMatchObject(invalid(message));
  const twice = invalid('The add-on StopInstanceOnIdle is asked for more than once.');
  await expect(asked(request('5', '30'), request('5', '30'))).rejects.toMatchObject(twice);
  await expect(enable('nobody', '5', '300000')).rejects.toMatchObject(invalid('The duration 300000 is not valid.'));
});
