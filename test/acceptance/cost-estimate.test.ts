import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { balance } from '../load-balancers.ts';
import { attachedDisk, newDisk, snapshotOfDisk, snapshotOfInstance } from '../snapshots.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** As in the catalogue: a month's price is charged in this many hours. */
const hoursPerMonth = 744;

const server = await startServer();
const api = lightsail(server);
const { control } = apiOf(server);
const wind = (ms: number) => control('AdvanceClock', { ms });
const now = async () => Number((await control('GetClock')).now);

const estimate = async (resourceName: string, start: number, end: number) => {
  const { resourcesBudgetEstimate = [] } = await api.getCostEstimate({
    resourceName,
    startTime: new Date(start),
    endTime: new Date(end),
  });
  expect(resourcesBudgetEstimate).toMatchObject([
    {
      resourceName,
      startTime: new Date(start),
      endTime: new Date(end),
    },
  ]);
  return resourcesBudgetEstimate[0]!;
};

/** By usage type: the units and the USD of all days. */
const total = async (resourceName: string, start: number, end: number) => {
  const { costEstimates = [] } = await estimate(resourceName, start, end);
  return Object.fromEntries(
    costEstimates.map(({ usageType, resultsByTime = [] }) => [
      usageType,
      {
        units: resultsByTime.reduce((sum, { unit = 0 }) => sum + unit, 0),
        cost: resultsByTime.reduce((sum, { usageCost = 0 }) => sum + usageCost, 0),
      },
    ]),
  );
};

/** Midnight of the first of a month, so that every GB-month has the hours of the month that the clock is in. */
const toFirstOfMonth = async (): Promise<number> => {
  const date = new Date(await now());
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  await wind(first - (await now()));
  return first;
};

const begun = await toFirstOfMonth();
const date = new Date(begun);
const hoursOfMonth = 24 * new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
await launch(api, 'web');
await attachedDisk(api, 'data', 'web', '/dev/xvdf');
await newDisk(api, 'spare', 32);
await snapshotOfInstance(api, 'web', 'web-snapshot');
await snapshotOfDisk(api, { diskName: 'spare' }, 'spare-snapshot');
await balance(api, 'lb');
await api.allocateStaticIp({ staticIpName: 'address' });
await api.importKeyPair({
  keyPairName: 'key',
  publicKeyBase64: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
});
await wind(begun + 10 * day - (await now()));

/** The first hours of a day are the server's own time too: seconds of it are no matter. */
const closely = (value: number) => expect.closeTo(value, 1);

test('a resource costs by the hour from when it was made, whatever its state, or by the GB', async () => {
  const of = (name: string) => total(name, begun - 5 * day, begun + 9 * day);
  const hours = 9 * 24;
  const gbMonths = (gb: number, price: number) => ({
    units: closely((gb * hours) / hoursOfMonth),
    cost: closely((gb * price * hours) / hoursOfMonth),
  });
  expect(await of('web')).toEqual({
    'BundleUsage:nano_3_0': { units: closely(hours), cost: closely((5 / hoursPerMonth) * hours) },
  });
  expect(await of('data')).toEqual({ DiskUsage: gbMonths(8, 0.1) });
  expect(await of('spare')).toEqual({ DiskUsage: gbMonths(32, 0.1) });
  // The system disk and the other one.
  expect(await of('web-snapshot')).toEqual({ SnapshotUsage: gbMonths(28, 0.05) });
  expect(await of('spare-snapshot')).toEqual({ SnapshotUsage: gbMonths(32, 0.05) });
  expect(await of('lb')).toEqual({
    LoadBalancerUsage: { units: closely(hours), cost: closely((18 / hoursPerMonth) * hours) },
  });
  expect(await of('address')).toEqual({ UnusedStaticIP: { units: closely(hours), cost: closely(0.005 * hours) } });
});

test('a whole month of 31 days costs the price of the bundle, and there is one result for each day', async () => {
  const { costEstimates = [] } = await estimate('web', begun + day, begun + 4 * day + 6 * hour);
  expect(costEstimates).toEqual([
    {
      usageType: 'BundleUsage:nano_3_0',
      resultsByTime: [24, 24, 24, 6].map((hours, i) => ({
        unit: hours,
        usageCost: expect.closeTo((hours * 5) / hoursPerMonth, 9),
        pricingUnit: 'Hrs',
        currency: 'USD',
        timePeriod: {
          start: new Date(begun + (1 + i) * day),
          end: new Date(begun + (1 + i) * day + hours * hour),
        },
      })),
    },
  ]);
});

test('nothing is foretold, and a time before the resource was there costs nothing', async () => {
  const { costEstimates: before } = await estimate('web', begun - 9 * day, begun - day);
  expect(before).toEqual([]);
  const { costEstimates: after } = await estimate('web', begun + 300 * day, begun + 330 * day);
  expect(after).toEqual([]);
  const all = await total('web', begun, begun + 3_000 * day);
  expect(all['BundleUsage:nano_3_0']!.units).toBeLessThan(((await now()) - begun) / hour + 1);
});

test('another bundle has its price from the start with it on, and a static IP costs while nothing has it', async () => {
  await api.stopInstance({ instanceName: 'web' });
  await wind(0);
  const changed = await now();
  await api.startInstance({ instanceName: 'web', attributeUpdates: { bundleId: 'small_3_0' } });
  await api.attachStaticIp({ staticIpName: 'address', instanceName: 'web' });
  await wind(48 * hour);
  const detached = await now();
  await api.detachStaticIp({ staticIpName: 'address' });
  await wind(12 * hour);
  expect(await total('web', changed - 24 * hour, changed + 48 * hour)).toEqual({
    'BundleUsage:nano_3_0': { units: closely(24), cost: closely(24 * (5 / hoursPerMonth)) },
    'BundleUsage:small_3_0': { units: closely(48), cost: closely(48 * (12 / hoursPerMonth)) },
  });
  expect(await total('address', changed, detached + 12 * hour)).toEqual({
    UnusedStaticIP: { units: closely(12), cost: closely(0.06) },
  });
  // Its instance goes, and it costs again.
  await api.attachStaticIp({ staticIpName: 'address', instanceName: 'web' });
  const { operations } = await api.deleteInstance({ instanceName: 'web', forceDeleteAddOns: true });
  await finished(api, operations);
  const freed = await now();
  await wind(5 * hour);
  expect(await total('address', freed, freed + day)).toEqual({
    UnusedStaticIP: { units: closely(5), cost: closely(0.025) },
  });
});

test('there is no estimate of what is not there, and an empty one of what costs nothing', async () => {
  const range = { startTime: new Date(begun), endTime: new Date(begun + day) };
  await expect(api.getCostEstimate({ resourceName: 'web', ...range })).rejects.toMatchObject(
    refusal('NotFoundException', 'The resource does not exist'),
  );
  for (const end of [begun, begun - hour])
    await expect(
      api.getCostEstimate({ resourceName: 'lb', startTime: new Date(begun), endTime: new Date(end) }),
    ).rejects.toMatchObject(refusal('InvalidInputException', 'The start time must be before the end time.'));
  expect(await estimate('key', begun, begun + day)).toMatchObject({ resourceType: 'KeyPair', costEstimates: [] });
  const elsewhere = lightsail(server, 'eu-west-1').getCostEstimate({ resourceName: 'lb', ...range });
  await expect(elsewhere).rejects.toMatchObject(refusal('NotFoundException'));
});
