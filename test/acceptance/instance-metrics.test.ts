import type { InstanceMetricName, MetricDatapoint, MetricStatistic, MetricUnit } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { launch, lightsail, refusal } from '../instances.ts';
import { type Server, startServer } from '../lateen.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const units: Readonly<Record<InstanceMetricName, MetricUnit>> = {
  BurstCapacityPercentage: 'Percent',
  BurstCapacityTime: 'Seconds',
  CPUUtilization: 'Percent',
  DiskQueueLength: 'Count',
  DiskReadBytes: 'Bytes',
  DiskReadOps: 'Count',
  DiskTotalReadTime: 'Seconds',
  DiskTotalWriteTime: 'Seconds',
  DiskWriteBytes: 'Bytes',
  DiskWriteOps: 'Count',
  MetadataNoToken: 'Count',
  NetworkIn: 'Bytes',
  NetworkOut: 'Bytes',
  StatusCheckFailed: 'Count',
  StatusCheckFailed_Instance: 'Count',
  StatusCheckFailed_System: 'Count',
};
const names = Object.keys(units) as InstanceMetricName[];
const checks = names.filter((name) => name.startsWith('StatusCheckFailed'));
const all: MetricStatistic[] = ['Average', 'Maximum', 'Minimum', 'SampleCount', 'Sum'];

interface Query {
  readonly start: number;
  readonly end: number;
  readonly period?: number;
  readonly unit?: MetricUnit;
  readonly statistics?: MetricStatistic[];
}

const control = (server: Server) => apiOf(server).control;
const wind = (server: Server, ms: number) => control(server)('AdvanceClock', { ms });
const nowOf = async (server: Server) => Number((await control(server)('GetClock')).now);

const read = async (server: Server, instanceName: string, metricName: InstanceMetricName, query: Query) => {
  const { start, end, period = 300, unit = units[metricName], statistics = all } = query;
  const answer = await lightsail(server).getInstanceMetricData({
    ...{ instanceName, metricName, period, unit, statistics },
    startTime: new Date(start),
    endTime: new Date(end),
  });
  expect(answer.metricName).toBe(metricName);
  return answer.metricData ?? [];
};

const add = (points: readonly MetricDatapoint[], of: 'sum' | 'sampleCount') =>
  points.reduce((sum, point) => sum + point[of]!, 0);
const timesOf = (points: readonly MetricDatapoint[]) => points.map(({ timestamp }) => timestamp!.getTime());

const server = await startServer();
const api = lightsail(server);
await launch(api, 'web');
const launched = await nowOf(server);
await wind(server, 12 * day);
const now = await nowOf(server);
/** A full hour, with the machine on for days before and after. */
const noon = Math.floor((launched + 5 * day) / day) * day;

test('F514 a period is 60 to 86400 seconds, and full minutes', async () => {
  for (const period of [59, 86_401])
    await expect(read(server, 'web', 'NetworkIn', { start: noon, end: noon + hour, period })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  await expect(read(server, 'web', 'NetworkIn', { start: noon, end: noon + hour, period: 90 })).rejects.toMatchObject(
    refusal('InvalidInputException', /^The period 90 is not valid\./),
  );
  expect(await read(server, 'web', 'NetworkIn', { start: noon, end: noon + day, period: 86_400 })).toHaveLength(1);
  // Figures come every five minutes: a shorter period has no more of them.
  expect(await read(server, 'web', 'NetworkIn', { start: noon, end: noon + hour, period: 60 })).toHaveLength(12);
});

test('F515 all members are required', async () => {
  const whole = {
    instanceName: 'web',
    metricName: 'CPUUtilization',
    period: 300,
    startTime: noon / 1_000,
    endTime: (noon + hour) / 1_000,
    unit: 'Percent',
    statistics: ['Average'],
  };
  const ask = (input: object) => apiOf(server).ask('GetInstanceMetricData', input);
  expect((await ask(whole)).status).toBe(200);
  for (const member of Object.keys(whole)) {
    const { [member as keyof typeof whole]: _left, ...rest } = whole;
    const { error, message } = await ask(rest);
    expect({ error, message }).toEqual({
      error: 'ValidationException',
      message: expect.stringContaining(`'${member}'`),
    });
  }
  expect((await ask({ ...whole, statistics: [] })).error).toBe('InvalidInputException');
  expect((await ask({ ...whole, instanceName: 'nobody' })).error).toBe('NotFoundException');
});

test('F516 F518 a point shows the statistics that were asked for, its time and its unit', async () => {
  const range = { start: noon, end: noon + hour, period: 3_600 };
  const timestamp = new Date(noon);
  const [whole] = await read(server, 'web', 'CPUUtilization', range);
  const members = {
    Average: 'average',
    Maximum: 'maximum',
    Minimum: 'minimum',
    SampleCount: 'sampleCount',
    Sum: 'sum',
  };
  expect(Object.keys(whole!).sort()).toEqual([...Object.values(members), 'timestamp', 'unit'].sort());
  expect(whole!.minimum).toBeLessThan(whole!.maximum!);
  expect(whole!.average).toBeCloseTo(whole!.sum! / whole!.sampleCount!, 9);
  for (const statistic of all) {
    const member = members[statistic] as 'sum';
    expect(await read(server, 'web', 'CPUUtilization', { ...range, statistics: [statistic] })).toEqual([
      { [member]: whole![member], timestamp, unit: 'Percent' },
    ]);
  }
});

test.each(names)('F517 F519 F521 %s has one unit, and figures', async (name) => {
  const range = { start: noon, end: noon + hour };
  const points = await read(server, 'web', name, range);
  expect(points).toHaveLength(12);
  expect(new Set(points.map(({ unit }) => unit))).toEqual(new Set([units[name]]));
  for (const unit of ['Bits', 'None', units[name] === 'Count' ? 'Percent' : 'Count'] as const)
    await expect(read(server, 'web', name, { ...range, unit })).rejects.toMatchObject(
      refusal('InvalidInputException', `The unit ${unit} is not valid for the metric ${name}.`),
    );
});

test('F520 status checks are counted every minute, all else every five', async () => {
  for (const name of names) {
    const points = await read(server, 'web', name, { start: noon, end: noon + hour, period: 600 });
    expect(points.map(({ sampleCount }) => sampleCount)).toEqual(Array(6).fill(checks.includes(name) ? 10 : 2));
    if (checks.includes(name)) for (const { maximum } of points) expect(maximum).toBe(0);
  }
  const minutes = await read(server, 'web', 'StatusCheckFailed', { start: noon, end: noon + hour, period: 60 });
  expect(timesOf(minutes)).toEqual(Array.from({ length: 60 }, (_, i) => noon + i * minute));
});

test('F524 burst capacity grows while little is used, and ends at 100 percent', async () => {
  const range = { start: launched, end: launched + 4 * day };
  const percent = await read(server, 'web', 'BurstCapacityPercentage', range);
  expect(percent[0]!.maximum).toBeLessThan(50);
  const most = await read(server, 'web', 'BurstCapacityPercentage', {
    start: launched,
    end: now,
    period: 86_400,
    statistics: ['Maximum'],
  });
  expect(Math.max(...most.map(({ maximum }) => maximum!))).toBe(100);
  const cpu = await read(server, 'web', 'CPUUtilization', range);
  const time = await read(server, 'web', 'BurstCapacityTime', range);
  expect(cpu.length).toBe(time.length);
  // A machine of this size earns 5 percent of its CPUs, a day's worth at most.
  for (let i = 1; i < time.length; i++) {
    const earned = (0.05 - cpu[i]!.sum! / 100) * 300;
    expect(time[i]!.sum).toBeCloseTo(Math.max(0, Math.min(0.05 * 86_400, time[i - 1]!.sum! + earned)), 5);
  }
});

test('periods agree with each other', async () => {
  for (const name of ['CPUUtilization', 'NetworkOut', 'StatusCheckFailed'] as const) {
    const points = await Promise.all(
      [300, 600, 3_600, 86_400].map((period) => read(server, 'web', name, { start: noon, end: noon + day, period })),
    );
    const [fine] = points;
    for (const coarse of points) {
      expect(add(coarse, 'sampleCount')).toBe(add(fine!, 'sampleCount'));
      expect(add(coarse, 'sum')).toBeCloseTo(add(fine!, 'sum'), 6);
      expect(Math.max(...coarse.map(({ maximum }) => maximum!))).toBe(
        Math.max(...fine!.map(({ maximum }) => maximum!)),
      );
      expect(Math.min(...coarse.map(({ minimum }) => minimum!))).toBe(
        Math.min(...fine!.map(({ minimum }) => minimum!)),
      );
    }
  }
});

test('parts are counted from the start of the range, and its end is outside', async () => {
  const range = { start: noon + 7 * minute + 20_000, end: noon + 30 * minute, period: 600 };
  const points = await read(server, 'web', 'NetworkIn', range);
  expect(timesOf(points)).toEqual([7, 17, 27].map((minutes) => noon + minutes * minute).slice(0, 2));
  expect(points.map(({ sampleCount }) => sampleCount)).toEqual([2, 2]);
});

test('a range must not be empty, nor have more points than an answer has', async () => {
  for (const end of [noon, noon - 1])
    await expect(read(server, 'web', 'NetworkIn', { start: noon, end })).rejects.toMatchObject(
      refusal('InvalidInputException', 'The start time must be before the end time.'),
    );
  const most = { start: noon, end: noon + 1_440 * minute, period: 60 };
  expect(await read(server, 'web', 'StatusCheckFailed', most)).toHaveLength(1_440);
  await expect(read(server, 'web', 'NetworkIn', { ...most, end: most.end + 1_000 })).rejects.toMatchObject(
    refusal('InvalidInputException', /^The request is for up to 1441 data points, and an answer has 1440 at most\./),
  );
  const years = await read(server, 'web', 'CPUUtilization', {
    start: 0,
    end: now + 365 * day * 1_000,
    period: 86_400,
  }).catch((error: unknown) => error);
  expect(years).toMatchObject({ name: 'InvalidInputException' });
});

test('there are no figures of times when the machine was not there, or off, or still to come', async () => {
  const own = await startServer();
  const at = await nowOf(own);
  await launch(lightsail(own), 'naps');
  await wind(own, 6 * hour);
  await lightsail(own).stopInstance({ instanceName: 'naps' });
  await wind(own, 6 * hour);
  await lightsail(own).startInstance({ instanceName: 'naps' });
  await wind(own, 6 * hour);
  const before = await read(own, 'naps', 'NetworkIn', { start: at - day, end: at + 2 * day });
  const hours = timesOf(before).map((time) => (time - at) / hour);
  expect(hours.length).toBeGreaterThan(140);
  for (const time of hours) expect((time > -0.1 && time < 6.1) || (time > 11.9 && time < 18.1), `${time}`).toBe(true);
  expect(hours.filter((time) => time > 11).length).toBeGreaterThan(70);

  // What was is the same after a crash, and time that nobody watched counts too.
  await own.kill();
  const next = await startServer({ data: own.data });
  await wind(next, hour);
  const after = await read(next, 'naps', 'NetworkIn', { start: at - day, end: at + 2 * day });
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.length).toBeGreaterThanOrEqual(before.length + 11);

  await lightsail(next).deleteInstance({ instanceName: 'naps' });
  await expect(read(next, 'naps', 'NetworkIn', { start: at, end: at + day })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance does not exist'),
  );
});

test('a machine made from a snapshot has figures from its beginning on, and none from a forced stop on', async () => {
  const api = lightsail(server);
  await launch(api, 'first');
  const [instanceSnapshotName, instanceName] = ['of-first', 'second'];
  await api.createInstanceSnapshot({ instanceName: 'first', instanceSnapshotName });
  await wind(server, hour);
  const made = await nowOf(server);
  await api.createInstancesFromSnapshot({
    ...{ instanceNames: [instanceName], instanceSnapshotName, bundleId: 'nano_3_0', availabilityZone: 'us-east-1a' },
  });
  await wind(server, hour);
  await api.stopInstance({ instanceName, force: true });
  const stopped = await nowOf(server);
  await wind(server, hour);
  const times = timesOf(
    await read(server, instanceName, 'StatusCheckFailed', { start: made, end: made + 3 * hour, period: 60 }),
  );
  expect(times.length).toBeGreaterThan(50);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(made);
  expect(Math.max(...times)).toBeLessThanOrEqual(stopped);
});

test('figures are kept for 455 days', async () => {
  const own = await startServer();
  await launch(lightsail(own), 'old');
  const at = await nowOf(own);
  await wind(own, 500 * day);
  const points = await read(own, 'old', 'CPUUtilization', { start: at, end: at + 500 * day, period: 86_400 });
  expect(points).toHaveLength(455);
  expect(timesOf(points)[0]).toBeGreaterThan(at + 43 * day);
});
