import type { LoadBalancerMetricName, MetricDatapoint, MetricStatistic, MetricUnit } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, launch, lightsail, refusal } from '../instances.ts';
import { type Server, startServer } from '../lateen.ts';
import { balance, getBalancer } from '../load-balancers.ts';
import { expectWhole, readState } from '../state.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const answered = [2, 3, 4, 5].map((digit) => `HTTPCode_Instance_${digit}XX_Count` as LoadBalancerMetricName);
/** What is counted by the request. */
const counters: LoadBalancerMetricName[] = [
  ...answered,
  'HTTPCode_LB_4XX_Count',
  'HTTPCode_LB_5XX_Count',
  'RequestCount',
];
const hosts: LoadBalancerMetricName[] = ['HealthyHostCount', 'UnhealthyHostCount'];
const names: LoadBalancerMetricName[] = [
  ...counters,
  ...hosts,
  ...(['ClientTLSNegotiationErrorCount', 'InstanceResponseTime', 'RejectedConnectionCount'] as const),
];
const all: MetricStatistic[] = ['Average', 'Maximum', 'Minimum', 'SampleCount', 'Sum'];
const unitOf = (name: LoadBalancerMetricName): MetricUnit => (name === 'InstanceResponseTime' ? 'Seconds' : 'Count');

interface Query {
  readonly start: number;
  readonly end: number;
  readonly period?: number;
  readonly unit?: MetricUnit;
  readonly statistics?: MetricStatistic[];
}

const nowOf = async (on: Server) => Number((await apiOf(on).control('GetClock')).now);
const windOn = (on: Server, ms: number) => apiOf(on).control('AdvanceClock', { ms });

const read = async (loadBalancerName: string, metricName: LoadBalancerMetricName, query: Query, on = server) => {
  const { start, end, period = 300, unit = unitOf(metricName), statistics = all } = query;
  const answer = await lightsail(on).getLoadBalancerMetricData({
    ...{ loadBalancerName, metricName, period, unit, statistics },
    startTime: new Date(start),
    endTime: new Date(end),
  });
  expect(answer.metricName).toBe(metricName);
  return answer.metricData ?? [];
};

const add = (points: readonly MetricDatapoint[], of: 'sum' | 'sampleCount' = 'sum') =>
  points.reduce((sum, point) => sum + point[of]!, 0);

const server = await startServer();
const api = lightsail(server);
const attach = async (loadBalancerName: string, ...instanceNames: string[]) =>
  finished(api, (await api.attachInstancesToLoadBalancer({ loadBalancerName, instanceNames })).operations);

await launch(api, 'web-1');
await launch(api, 'web-2');
await balance(api, 'lb');
await balance(api, 'empty');
await balance(api, 'secure', { certificateName: 'cert', certificateDomainName: 'example.com' });
await windOn(server, minute);
await api.attachLoadBalancerTlsCertificate({ loadBalancerName: 'secure', certificateName: 'cert' });
await attach('lb', 'web-1', 'web-2');
await attach('secure', 'web-1');
const made = await nowOf(server);
await windOn(server, 9 * day);
/** A full day, with the targets healthy before and after. */
const whole = { start: Math.ceil(made / day) * day + 4 * day, end: Math.ceil(made / day) * day + 5 * day };

test.each(names)('F517 F522 %s has one unit', async (name) => {
  for (const unit of ['Bits', unitOf(name) === 'Count' ? 'Seconds' : 'Count'] as const)
    await expect(read('lb', name, { ...whole, unit })).rejects.toMatchObject(
      refusal('InvalidInputException', `The unit ${unit} is not valid for the metric ${name}.`),
    );
  const points = await read('secure', name, whole);
  expect(points.map(({ unit }) => unit)).toEqual(points.map(() => unitOf(name)));
});

test('F514-F516 F518 what holds of the metrics of instances holds of these', async () => {
  const hourLong = { start: whole.start, end: whole.start + hour };
  for (const period of [59, 86_401])
    await expect(read('lb', 'RequestCount', { ...hourLong, period })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  await expect(read('lb', 'RequestCount', { ...hourLong, period: 90 })).rejects.toMatchObject(
    refusal('InvalidInputException', /^The period 90 is not valid\./),
  );
  await expect(read('nobody', 'RequestCount', hourLong)).rejects.toMatchObject(
    refusal('NotFoundException', 'The LoadBalancer does not exist'),
  );
  const [point] = await read('lb', 'HealthyHostCount', { ...hourLong, period: 3_600, statistics: ['Average'] });
  expect(point).toEqual({ average: 2, timestamp: new Date(whole.start), unit: 'Count' });
  for (const name of names.filter((each) => each !== 'ClientTLSNegotiationErrorCount')) {
    const [fine, coarse] = [await read('lb', name, whole), await read('lb', name, { ...whole, period: 86_400 })];
    expect([name, add(coarse, 'sampleCount')]).toEqual([name, add(fine, 'sampleCount')]);
    expect(add(coarse)).toBeCloseTo(add(fine), 6);
  }
});

test('F522 a counter has one sample for every request, and each is 1', async () => {
  for (const name of counters) {
    for (const { minimum, maximum, average, sum, sampleCount } of await read('secure', name, {
      ...whole,
      period: 3_600,
    })) {
      expect([name, minimum, maximum, average]).toEqual([name, 1, 1, 1]);
      expect(sum).toBe(sampleCount);
    }
  }
});

test('F522 every request was answered by an instance with one code or another', async () => {
  const requests = await read('lb', 'RequestCount', whole);
  expect(requests).toHaveLength(288);
  const codes = await Promise.all(answered.map((name) => read('lb', name, whole)));
  expect(codes.reduce((sum, points) => sum + add(points), 0)).toBe(add(requests));
  expect(add(codes[0]!)).toBeGreaterThan(add(requests) * 0.8);
  const times = await read('lb', 'InstanceResponseTime', whole);
  expect(add(times, 'sampleCount')).toBe(add(requests));
  for (const { minimum, average, maximum } of times) {
    expect(minimum).toBeGreaterThan(0);
    expect(average).toBeGreaterThanOrEqual(minimum!);
    expect(maximum).toBeGreaterThanOrEqual(average!);
  }
});

test('F522 without a healthy instance the load balancer answers itself, and that it cannot', async () => {
  expect(add(await read('empty', 'HTTPCode_LB_5XX_Count', whole))).toBeGreaterThan(0);
  for (const name of [...answered, 'RequestCount', 'InstanceResponseTime'] as const)
    expect([name, await read('empty', name, whole)]).toEqual([name, []]);
  const counts = await read('empty', 'HealthyHostCount', { ...whole, period: 86_400 });
  expect(counts).toMatchObject([{ sum: 0, sampleCount: 1_440 }]);
});

test('F522 only who speaks TLS can fail to', async () => {
  expect(await read('lb', 'ClientTLSNegotiationErrorCount', whole)).toEqual([]);
  expect(add(await read('secure', 'ClientTLSNegotiationErrorCount', whole))).toBeGreaterThan(0);
});

test('there are no figures of times before the load balancer, and none of the future', async () => {
  const points = await read('lb', 'HealthyHostCount', { start: made - day, end: made + 20 * day, period: 3_600 });
  const times = points.map(({ timestamp }) => timestamp!.getTime());
  expect(Math.min(...times)).toBeGreaterThanOrEqual(made - hour - minute);
  expect(Math.max(...times)).toBeLessThanOrEqual(await nowOf(server));
});

test('the counts of hosts follow the health that targets have', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const on = lightsail(slow);
  const [loadBalancerName, one, two] = ['lb', 'one', 'two'];
  const wind = (ms: number) => windOn(slow, ms);
  const seen: { at: number; healthy: number; unhealthy: number }[] = [];
  /** Lets things settle, and remembers what the load balancer shows then. */
  const look = async (): Promise<string> => {
    await wind(16 * minute);
    const { instanceHealthSummary = [] } = await getBalancer(on, loadBalancerName);
    const health = instanceHealthSummary.map(({ instanceHealth }) => instanceHealth);
    const count = (which: string) => health.filter((each) => each === which).length;
    seen.push({ at: await nowOf(slow), healthy: count('healthy'), unhealthy: count('unhealthy') });
    return health.sort().join(' ');
  };
  const create = (instanceNames: string[]) =>
    on.createInstances({
      instanceNames,
      availabilityZone: 'us-east-1a',
      blueprintId: 'debian_12',
      bundleId: 'nano_3_0',
    });
  await create([one, two]);
  await on.createLoadBalancer({ loadBalancerName, instancePort: 80 });
  expect(await look()).toBe('');
  await on.attachInstancesToLoadBalancer({ loadBalancerName, instanceNames: [one, two] });
  expect(await look()).toBe('healthy healthy');
  await on.stopInstance({ instanceName: one });
  expect(await look()).toBe('healthy unused');
  await on.startInstance({ instanceName: one });
  expect(await look()).toBe('healthy healthy');
  // Ten seconds before a full minute.
  await wind(minute - ((await nowOf(slow)) % minute) + 50_000);
  const rebooted = Math.ceil((await nowOf(slow)) / minute) * minute;
  await on.rebootInstance({ instanceName: two });
  expect(await look()).toBe('healthy healthy');
  await on.detachInstancesFromLoadBalancer({ loadBalancerName, instanceNames: [one] });
  expect(await look()).toBe('healthy');
  await on.deleteInstance({ instanceName: two });
  expect(await look()).toBe('');
  await on.attachInstancesToLoadBalancer({ loadBalancerName, instanceNames: [one] });
  expect(await look()).toBe('healthy');

  const compare = async (with_: Server): Promise<void> => {
    for (const { at, healthy, unhealthy } of seen) {
      const range = { start: at - 2 * minute, end: at, period: 60 };
      for (const [name, count] of [
        ['HealthyHostCount', healthy],
        ['UnhealthyHostCount', unhealthy],
      ] as const) {
        const figures = (await read(loadBalancerName, name, range, with_)).map(({ maximum }) => maximum);
        expect(figures.length).toBeGreaterThan(0);
        expect([name, ...new Set(figures)]).toEqual([name, count]);
      }
    }
  };
  await compare(slow);
  // A target that boots is not healthy at the next full minute, and was checked at the one after.
  for (const [name, counts] of [
    ['HealthyHostCount', [1, 2]],
    ['UnhealthyHostCount', [1, 0]],
  ] as const) {
    const range = { start: rebooted, end: rebooted + 2 * minute, period: 60 };
    expect((await read(loadBalancerName, name, range, slow)).map(({ sum }) => sum)).toEqual(counts);
  }
  // The target that was left was deleted, and nobody answered.
  const alone = { start: seen[5]!.at + minute, end: seen[6]!.at };
  const requests = await read(loadBalancerName, 'RequestCount', alone, slow);
  expect(requests).toEqual([]);
  expect(add(await read(loadBalancerName, 'HTTPCode_LB_5XX_Count', alone, slow))).toBeGreaterThan(0);
  await slow.kill();
  // What was stays what it was.
  await compare(await startServer({ data: slow.data, args: ['--pace', 'real'] }));
});

test('figures are kept for 455 days, and go with the load balancer', async () => {
  const own = await startServer();
  await launch(lightsail(own), 'old');
  await balance(lightsail(own), 'ancient');
  await lightsail(own).attachInstancesToLoadBalancer({ loadBalancerName: 'ancient', instanceNames: ['old'] });
  const at = await nowOf(own);
  await windOn(own, 500 * day);
  const points = await read('ancient', 'RequestCount', { start: at, end: at + 500 * day, period: 86_400 }, own);
  expect(points).toHaveLength(455);
  await lightsail(own).deleteLoadBalancer({ loadBalancerName: 'ancient' });
  await windOn(own, 0);
  const state = await readState(apiOf(own), own.data);
  expect(state('balancer_spell')).toEqual([]);
  expectWhole(state);
});

test('F492 F493 F504 load balancers are monitored by all of their metrics, and their alarms go with them', async () => {
  const watch = (alarmName: string, metricName: LoadBalancerMetricName | 'CPUUtilization', threshold = 0) =>
    api.putAlarm({
      ...{
        alarmName,
        metricName,
        threshold,
        monitoredResourceName: 'secure',
        evaluationPeriods: 12,
        datapointsToAlarm: 1,
      },
      ...{ comparisonOperator: 'GreaterThanOrEqualToThreshold', treatMissingData: 'notBreaching' },
    });
  await expect(watch('wrong', 'CPUUtilization')).rejects.toMatchObject(
    refusal('InvalidInputException', 'A resource of the type LoadBalancer has no metric CPUUtilization.'),
  );
  for (const name of names) await watch(`on-${name}`, name);
  await watch('busy', 'HealthyHostCount', 2);
  await expect(watch('third', 'HealthyHostCount')).rejects.toMatchObject(refusal('InvalidInputException'));
  await windOn(server, 0);
  const { alarms = [] } = await api.getAlarms({ monitoredResourceName: 'secure' });
  expect(alarms).toHaveLength(names.length + 1);
  const stateOf = (name: string) => alarms.find((alarm) => alarm.name === name)?.state;
  // What an alarm says is what the figures say, in the hour before.
  expect(stateOf('busy')).toBe('OK');
  for (const name of ['HealthyHostCount', 'RequestCount', 'InstanceResponseTime'])
    expect([name, stateOf(`on-${name}`)]).toEqual([name, 'ALARM']);
  expect(alarms.find(({ name }) => name === 'busy')).toMatchObject({
    ...{ statistic: 'Average', unit: 'Count', period: 300, metricName: 'HealthyHostCount' },
    monitoredResourceInfo: { name: 'secure', resourceType: 'LoadBalancer' },
  });
  await api.deleteLoadBalancer({ loadBalancerName: 'secure' });
  expect((await api.getAlarms({})).alarms).toEqual([]);
  await windOn(server, 0);
  expectWhole(await readState(apiOf(server), server.data));
});
