import type { ContainerServiceMetricName, MetricStatistic } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { allPages, apiOf } from '../call.ts';
import { deploy, rested, serve, webOf } from '../containers.ts';
import { lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const serviceName = 'shop';
const containerName = 'web';
const server = await startServer({ args: ['--page-size', '10'] });
const api = lightsail(server);
const { control } = apiOf(server);
const wind = (ms: number) => control('AdvanceClock', { ms });
const now = async () => Number((await control('GetClock')).now);
const invalid = (message?: string | RegExp) => refusal('InvalidInputException', message);

interface Wanted {
  readonly from?: number;
  readonly to?: number;
  readonly filterPattern?: string;
}

/** All pages. */
const linesOf = ({ from, to, filterPattern }: Wanted, container = containerName) =>
  allPages(async (pageToken) => {
    const { logEvents, nextPageToken } = await api.getContainerLog({
      ...{ serviceName, containerName: container, filterPattern, pageToken },
      startTime: from === undefined ? undefined : new Date(from),
      endTime: to === undefined ? undefined : new Date(to),
    });
    return { items: logEvents, next: nextPageToken };
  });
const messagesOf = async (wanted: Wanted) => (await linesOf(wanted)).map(({ message = '' }) => message);

await serve(api, serviceName, { scale: 3 });
const begun = await now();
await deploy(api, serviceName);
await wind(10 * minute);
const end = await now();

test('F53 F440 a log has the lines of all nodes in one, oldest first, in pages that leave nothing out', async () => {
  const lines = await linesOf({ from: begun - 1_000, to: end });
  const texts = lines.map(({ message = '' }) => message);
  expect(texts[0]).toBe('[deployment:1] Starting 3 nodes');
  expect(texts.filter((text) => text.includes('start worker processes'))).toHaveLength(3);
  expect(texts.filter((text) => text === '[deployment:1] Reached a steady state')).toHaveLength(1);
  const checks = texts.filter((text) => text.includes('"GET / HTTP/1.1" 200'));
  // Every five seconds, from three nodes.
  expect(checks.length).toBeGreaterThan(3 * 115);
  expect(new Set(checks.map((text) => text.split(' ')[0])).size).toBe(3);
  const times = lines.map(({ createdAt }) => Number(createdAt));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(new Set(lines.map(({ createdAt, message }) => `${Number(createdAt)} ${message}`)).size).toBe(lines.length);
  expect(await linesOf({ from: begun - 1_000, to: end })).toEqual(lines);
});

test('F440 a log is asked for from a moment to a moment', async () => {
  const from = Math.ceil(begun / minute) * minute + minute;
  const lines = await linesOf({ from, to: from + minute });
  expect(lines).toHaveLength(36);
  for (const { createdAt } of lines) {
    expect(Number(createdAt)).toBeGreaterThanOrEqual(from);
    expect(Number(createdAt)).toBeLessThan(from + minute);
  }
  expect(await linesOf({ from: end + day })).toEqual([]);
  for (const to of [from, from - 1_000])
    await expect(linesOf({ from, to })).rejects.toMatchObject(invalid('The start time must be before the end time.'));
  await expect(linesOf({}, 'nobody')).rejects.toMatchObject(
    refusal('NotFoundException', 'The Container does not exist'),
  );
  const { nextPageToken } = await api.getContainerLog({ serviceName, containerName, startTime: new Date(from) });
  await expect(api.getContainerLog({ serviceName, containerName, pageToken: nextPageToken })).rejects.toMatchObject(
    invalid('The page token is not valid.'),
  );
});

test('F441 a pattern chooses lines', async () => {
  const range = { from: begun - 1_000, to: begun + 2 * minute };
  const all = await messagesOf(range);
  const by = (filterPattern: string) => messagesOf({ ...range, filterPattern });
  const having = (is: (text: string) => boolean) => all.filter(is);
  for (const everything of ['', ' ', '""', '" "']) expect(await by(everything)).toEqual(all);
  const notices = having((text) => text.includes('[notice]'));
  expect(notices.length).toBeGreaterThan(0);
  expect(await by('[notice]')).toEqual(notices);
  expect(await by('"[notice]"')).toEqual(notices);
  expect(await by('[NOTICE]')).toEqual([]);
  expect(await by('-GET')).toEqual(having((text) => !text.includes('GET')));
  const workers = having((text) => text.includes('[notice]') && text.includes('worker'));
  expect(workers).toHaveLength(3);
  expect(await by('[notice] worker')).toEqual(workers);
  expect(await by('?steady ?epoll')).toEqual(having((text) => text.includes('steady') || text.includes('epoll')));
  expect(await by('? steady ?epoll')).toEqual(await by('?steady ?epoll'));
  expect(await by('[notice] -worker')).toEqual(notices.filter((text) => !text.includes('worker')));
  expect(await by('-GET "start worker"')).toEqual(workers);
});

test('F442 F515 F540 figures have no unit in the request, and come every five minutes while something runs', async () => {
  await wind(2 * 60 * minute);
  const read = async (
    metricName: ContainerServiceMetricName,
    statistics: MetricStatistic[] = ['Average', 'Maximum', 'Minimum', 'SampleCount'],
    more: { period?: number; startTime?: Date } = {},
  ) => {
    const answer = await api.getContainerServiceMetricData({
      ...{ serviceName, metricName, statistics, period: 300 },
      startTime: new Date(begun - 60 * minute),
      endTime: new Date(await now()),
      ...more,
    });
    expect(answer.metricName).toBe(metricName);
    return answer.metricData ?? [];
  };
  for (const metricName of ['CPUUtilization', 'MemoryUtilization'] as const) {
    const points = await read(metricName);
    expect(points.length).toBeGreaterThan(20);
    for (const { unit, average = -1, minimum, maximum, sampleCount, timestamp } of points) {
      expect({ unit, sampleCount }).toEqual({ unit: 'Percent', sampleCount: 1 });
      expect(average).toBeGreaterThan(0);
      expect(average).toBeLessThanOrEqual(100);
      expect([minimum, maximum]).toEqual([average, average]);
      expect(Number(timestamp)).toBeGreaterThan(begun - 5 * minute);
    }
    expect(await read(metricName)).toEqual(points);
  }
  await expect(read('NetworkIn' as 'CPUUtilization')).rejects.toMatchObject(refusal('ValidationException'));
  await expect(read('CPUUtilization', ['Average'], { period: 90 })).rejects.toMatchObject(invalid(/period 90/));
  // Nothing runs, nothing is counted.
  const before = await read('CPUUtilization');
  await api.updateContainerService({ serviceName, isDisabled: true });
  await rested(api, serviceName);
  await wind(60 * minute);
  expect((await read('CPUUtilization')).length).toBeLessThanOrEqual(before.length + 1);
  await api.updateContainerService({ serviceName, isDisabled: false });
  await rested(api, serviceName);
  await wind(60 * minute);
  expect((await read('CPUUtilization')).length).toBeGreaterThan(before.length + 10);
});

test('F440 logs outlive their containers, and not four days', async () => {
  await deploy(api, serviceName, webOf({ image: 'httpd' }, { healthCheck: { intervalSeconds: 300 } }));
  expect(await messagesOf({ filterPattern: 'worker' })).not.toEqual([]);
  expect(await messagesOf({ filterPattern: '"deployment:1" Stopping' })).toHaveLength(2);
  await wind(4 * day);
  expect(await messagesOf({ filterPattern: 'worker' })).toEqual([]);
  expect((await messagesOf({ from: (await now()) - 60 * minute })).length).toBeGreaterThan(30);
});
