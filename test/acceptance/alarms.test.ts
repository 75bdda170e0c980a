import type { AlarmState, PutAlarmCommandInput } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { type Api, apiOf } from '../call.ts';
import { create, finished, launch, lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { startMailServer } from '../smtp.ts';
import { expectWhole, readState } from '../state.ts';

const minute = 60_000;
const hour = 60 * minute;
const period = 5 * minute;

const mail = await startMailServer();
const server = await startServer({ args: ['--smtp', mail.url, '--page-size', '3'] });
const api = lightsail(server);
const { control, ask } = apiOf(server);

const wind = (ms: number, on: Api['control'] = control) => on('AdvanceClock', { ms });

/** Goes off as soon as there are figures, and never; the names of the settings are those of the request. */
const always = { comparisonOperator: 'GreaterThanOrEqualToThreshold', threshold: 0 } as const;
const never = { comparisonOperator: 'LessThanThreshold', threshold: 0 } as const;

const put = (alarmName: string, more: Partial<PutAlarmCommandInput> = {}) =>
  api.putAlarm({
    alarmName,
    monitoredResourceName: 'web',
    metricName: 'CPUUtilization',
    evaluationPeriods: 1,
    ...always,
    ...more,
  });

const get = async (alarmName: string) => (await api.getAlarms({ alarmName })).alarms![0]!;
const stateOf = async (alarmName: string) => (await get(alarmName)).state;
const remove = (alarmName: string) => api.deleteAlarm({ alarmName });

const succeeded = (operationType: string, resourceName: string) => ({
  operationType,
  resourceName,
  resourceType: 'Alarm',
  location: { availabilityZone: 'all', regionName: 'us-east-1' },
  status: 'Succeeded',
  isTerminal: true,
});

await launch(api, 'web');
await wind(hour);

test('F488-F490 F501 F540 an alarm begins without data, is evaluated, and shows what its metric brings', async () => {
  const { operations } = await put('first', { datapointsToAlarm: 2, evaluationPeriods: 3 });
  expect(operations).toEqual([expect.objectContaining(succeeded('PutAlarm', 'first'))]);
  await wind(0);
  const alarm = await get('first');
  expect(alarm).toEqual({
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:111111111111:Alarm\/[0-9a-f-]{36}$/),
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    contactProtocols: [],
    createdAt: expect.any(Date),
    datapointsToAlarm: 2,
    evaluationPeriods: 3,
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    metricName: 'CPUUtilization',
    monitoredResourceInfo: {
      arn: expect.stringMatching(/:Instance\//),
      name: 'web',
      resourceType: 'Instance',
    },
    name: 'first',
    notificationEnabled: true,
    notificationTriggers: ['ALARM'],
    period: 300,
    resourceType: 'Alarm',
    state: 'ALARM',
    statistic: 'Average',
    supportCode: expect.stringMatching(/^111111111111\//),
    tags: [],
    threshold: 0,
    treatMissingData: 'missing',
    unit: 'Percent',
  });
  // All of it is overwritten, but for what tells it apart and its state.
  await put('first', { ...never, metricName: 'NetworkIn', treatMissingData: 'ignore' });
  await wind(0);
  expect(await get('first')).toEqual({
    ...alarm,
    comparisonOperator: 'LessThanThreshold',
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
    metricName: 'NetworkIn',
    state: 'OK',
    statistic: 'Sum',
    treatMissingData: 'ignore',
    unit: 'Bytes',
  });
  await remove('first');

  const whole = {
    alarmName: 'a2',
    monitoredResourceName: 'web',
    metricName: 'NetworkIn',
    evaluationPeriods: 1,
    ...always,
  };
  for (const member of Object.keys(whole)) {
    const { [member as 'alarmName']: _left, ...rest } = whole;
    expect(await ask('PutAlarm', rest)).toMatchObject({
      error: 'ValidationException',
      message: expect.stringContaining(member),
    });
  }
});

test('F489 F500 without figures there is not enough data; they come and go with the machine', async () => {
  const own = await startServer();
  const [mine, turn] = [lightsail(own), (ms: number) => wind(ms, apiOf(own).control)];
  await launch(mine, 'young');
  await mine.putAlarm({
    ...{ alarmName: 'busy', monitoredResourceName: 'young', metricName: 'CPUUtilization' },
    ...{ evaluationPeriods: 1, ...always },
  });
  const state = async () => (await mine.getAlarms({})).alarms![0]!.state;
  await turn(0);
  expect(await state()).toBe('INSUFFICIENT_DATA');
  await turn(2 * period);
  expect(await state()).toBe('ALARM');
  await mine.stopInstance({ instanceName: 'young' });
  await turn(3 * period);
  expect(await state()).toBe('INSUFFICIENT_DATA');
  await mine.startInstance({ instanceName: 'young' });
  // It goes on after a crash.
  await own.kill();
  const next = await startServer({ data: own.data });
  await wind(3 * period, apiOf(next).control);
  expect((await lightsail(next).getAlarms({})).alarms).toMatchObject([{ state: 'ALARM' }]);
});

test('F488 a changed alarm keeps its state until it is evaluated', async () => {
  await put('kept');
  await wind(0);
  await control('OrderFault', { step: 'EvaluateAlarm/evaluate', times: 3 });
  await put('kept', never);
  expect(await get('kept')).toMatchObject({ state: 'ALARM', comparisonOperator: 'LessThanThreshold' });
  await wind(10 * minute);
  expect(await stateOf('kept')).toBe('OK');
  await remove('kept');
});

test('F491 the statistic is compared with the threshold, in either direction', async () => {
  const startTime = new Date(Math.floor(Number((await control('GetClock')).now) / period) * period - period);
  const { metricData = [] } = await api.getInstanceMetricData({
    ...{ instanceName: 'web', metricName: 'NetworkOut', period: 300, unit: 'Bytes', statistics: ['Sum'] },
    ...{ startTime, endTime: new Date(startTime.getTime() + period) },
  });
  const threshold = metricData[0]!.sum!;
  const states = {
    GreaterThanOrEqualToThreshold: 'ALARM',
    GreaterThanThreshold: 'OK',
    LessThanOrEqualToThreshold: 'ALARM',
    LessThanThreshold: 'OK',
  } as const;
  for (const [comparisonOperator, state] of Object.entries(states)) {
    await put('compares', {
      metricName: 'NetworkOut',
      comparisonOperator: comparisonOperator as keyof typeof states,
      threshold,
    });
    await wind(0);
    expect([comparisonOperator, await stateOf('compares')]).toEqual([comparisonOperator, state]);
  }
  await remove('compares');
});

test('F492 F493 instances are monitored by their metrics, two alarms on each', async () => {
  await api.createDisk({ diskName: 'spare', availabilityZone: 'us-east-1a', sizeInGb: 8 });
  await expect(put('on-a-disk', { monitoredResourceName: 'spare' })).rejects.toMatchObject(
    refusal('InvalidInputException', 'A resource of the type Disk cannot be monitored.'),
  );
  await expect(put('on-nothing', { monitoredResourceName: 'nobody' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The resource does not exist'),
  );
  for (const metricName of ['RequestCount', 'DatabaseConnections'] as const)
    await expect(put('of-another-kind', { metricName })).rejects.toMatchObject(
      refusal('InvalidInputException', `A resource of the type Instance has no metric ${metricName}.`),
    );
  const metricNames = [
    ...['BurstCapacityPercentage', 'BurstCapacityTime', 'CPUUtilization', 'NetworkIn', 'NetworkOut'],
    ...['StatusCheckFailed', 'StatusCheckFailed_Instance', 'StatusCheckFailed_System'],
  ] as PutAlarmCommandInput['metricName'][];
  for (const metricName of metricNames) {
    await put(`one-${metricName}`, { metricName });
    await put(`two-${metricName}`, { metricName });
    await expect(put(`three-${metricName}`, { metricName })).rejects.toMatchObject(
      refusal('InvalidInputException', `The metric ${metricName} of web has 2 alarms, the most it can have.`),
    );
    // One that is there may be put again.
    await put(`two-${metricName}`, { metricName, ...never });
  }
  await wind(0);
  for (const metricName of metricNames) {
    expect([metricName, await stateOf(`one-${metricName}`)]).toEqual([metricName, 'ALARM']);
    for (const which of ['one', 'two']) await remove(`${which}-${metricName}`);
  }
  await api.deleteDisk({ diskName: 'spare' });
});

test('F494 F495 F498 periods, data points and triggers have bounds', async () => {
  for (const evaluationPeriods of [0, 289, -1])
    await expect(put('bounds', { evaluationPeriods })).rejects.toMatchObject(refusal('InvalidInputException'));
  for (const datapointsToAlarm of [0, 4])
    await expect(put('bounds', { evaluationPeriods: 3, datapointsToAlarm })).rejects.toMatchObject(
      refusal('InvalidInputException'),
    );
  for (const notificationTriggers of [[], ['OK'], ['OK', 'INSUFFICIENT_DATA']] as AlarmState[][])
    await expect(put('bounds', { notificationTriggers })).rejects.toMatchObject(
      refusal('InvalidInputException', 'The notification triggers must contain ALARM.'),
    );
  await put('bounds', { evaluationPeriods: 288, datapointsToAlarm: 288, notificationTriggers: ['OK', 'ALARM'] });
  expect(await get('bounds')).toMatchObject({ evaluationPeriods: 288, notificationTriggers: ['OK', 'ALARM'] });
  await remove('bounds');
  await expect(put('web')).rejects.toMatchObject(
    refusal('InvalidInputException', 'Some names are already in use: web'),
  );
});

test.each([
  ['breaching', 'ALARM', 'ALARM'],
  ['notBreaching', 'OK', 'OK'],
  ['ignore', 'INSUFFICIENT_DATA', 'ALARM'],
  ['missing', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA'],
] as const)('F496 no data, treated as %s', async (treatMissingData, fresh, after) => {
  const instanceName = `off-${treatMissingData}`;
  await launch(api, instanceName);
  await put('empty', { monitoredResourceName: instanceName, treatMissingData });
  await wind(0);
  expect(await stateOf('empty')).toBe(fresh);
  await wind(3 * period);
  expect(await stateOf('empty')).toBe('ALARM');
  await api.stopInstance({ instanceName });
  await wind(3 * period);
  expect(await stateOf('empty')).toBe(after);
  await api.deleteInstance({ instanceName });
});

test('F497-F499 F502 F510 who is told of what', async () => {
  const letters = (since: number) => mail.letters.slice(since).map(({ to, headers }) => `${to} ${headers.subject}`);
  const test = async (state: AlarmState) => {
    const since = mail.letters.length;
    expect((await api.testAlarm({ alarmName: 'tells', state })).operations).toEqual([
      expect.objectContaining(succeeded('TestAlarm', 'tells')),
    ]);
    await wind(0);
    return letters(since);
  };
  const email = { contactProtocols: ['Email'] as const satisfies PutAlarmCommandInput['contactProtocols'] };
  await put('tells', { ...never, ...email, contactProtocols: ['Email', 'SMS'] });
  await wind(0);
  expect(await stateOf('tells')).toBe('OK');
  expect(await test('ALARM'), 'no such contact').toEqual([]);

  const { operations } = await api.createContactMethod({ protocol: 'Email', contactEndpoint: 'admin@example.com' });
  await finished(api, operations);
  expect(await test('ALARM'), 'not verified').toEqual([]);
  expect((await fetch(/http:\S+/.exec(mail.letters.at(-1)!.text)![0])).status).toBe(200);

  expect(await test('ALARM')).toEqual(['admin@example.com Test: ALARM: tells in us-east-1']);
  expect(await test('OK'), 'not a trigger').toEqual([]);
  expect(await stateOf('tells'), 'a test changes nothing').toBe('OK');
  await put('tells', { ...never, ...email, notificationTriggers: ['ALARM', 'INSUFFICIENT_DATA'] });
  expect(await test('INSUFFICIENT_DATA')).toHaveLength(1);
  await put('tells', { ...never, ...email, notificationEnabled: false });
  expect(await test('ALARM'), 'not enabled').toEqual([]);
  await put('tells', never);
  expect(await test('ALARM'), 'no protocol').toEqual([]);

  // And what happens by itself: once when it begins, not while it lasts.
  await put('tells', { ...never, ...email, notificationTriggers: ['ALARM', 'OK'] });
  await wind(period);
  const since = mail.letters.length;
  await put('tells', { ...email, notificationTriggers: ['ALARM', 'OK'] });
  await wind(hour);
  expect(letters(since)).toEqual(['admin@example.com ALARM: tells in us-east-1']);
  expect(mail.letters.at(-1)!.text).toContain('CPUUtilization (Average) of web >= 0 in 1 of 1 periods of five minutes');
  await put('tells', { ...never, ...email, notificationTriggers: ['ALARM', 'OK'] });
  await wind(hour);
  expect(letters(since).slice(1)).toEqual(['admin@example.com OK: tells in us-east-1']);
  await remove('tells');
  await expect(api.testAlarm({ alarmName: 'tells', state: 'OK' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Alarm does not exist'),
  );
});

test('F503 alarms are listed by name, by what they monitor, and all, in pages', async () => {
  await launch(api, 'other');
  const names = ['l1', 'l2', 'l3', 'l4'];
  for (const [i, name] of names.entries()) await put(name, { metricName: i < 2 ? 'NetworkIn' : 'NetworkOut' });
  await put('l5', { monitoredResourceName: 'other' });
  const listed = async (monitoredResourceName?: string) => {
    const pages: (string | undefined)[][] = [];
    let pageToken: string | undefined;
    do {
      const page = await api.getAlarms({ monitoredResourceName, pageToken });
      pages.push((page.alarms ?? []).map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return pages;
  };
  expect(await listed()).toEqual([
    ['l1', 'l2', 'l3'],
    ['l4', 'l5'],
  ]);
  expect(await listed('web')).toEqual([['l1', 'l2', 'l3'], ['l4']]);
  expect(await listed('other')).toEqual([['l5']]);
  expect(await listed('nobody')).toEqual([[]]);
  expect((await api.getAlarms({ alarmName: 'l2' })).alarms).toMatchObject([{ name: 'l2' }]);
  expect((await api.getAlarms({ alarmName: 'l2', monitoredResourceName: 'other' })).alarms).toEqual([]);
  await expect(api.getAlarms({ alarmName: 'l9' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Alarm does not exist'),
  );
  expect((await lightsail(server, 'eu-west-1').getAlarms({})).alarms).toEqual([]);
  await api.tagResource({ resourceName: 'l1', tags: [{ key: 'team', value: 'web' }] });
  await put('l1', { metricName: 'NetworkIn' });
  expect((await get('l1')).tags).toEqual([{ key: 'team', value: 'web' }]);
  for (const name of [...names, 'l5']) await remove(name);
});

test('F504 an alarm is deleted by name, and with what it monitors', async () => {
  await launch(api, 'short');
  await put('gone');
  await put('with-it', { monitoredResourceName: 'short' });
  expect((await remove('gone')).operations).toEqual([expect.objectContaining(succeeded('DeleteAlarm', 'gone'))]);
  await expect(remove('gone')).rejects.toMatchObject(refusal('NotFoundException', 'The Alarm does not exist'));
  await api.deleteInstance({ instanceName: 'short' });
  await expect(get('with-it')).rejects.toMatchObject(refusal('NotFoundException', 'The Alarm does not exist'));
  await wind(0);
  expect((await api.getAlarms({})).alarms).toEqual([]);
  expectWhole(await readState(apiOf(server), server.data));
  // The name is free, and so is the room for the metric.
  await put('gone');
  await remove('gone');
});

test('an alarm goes with the instance that could not be made', async () => {
  // As often as it is tried.
  await control('OrderFault', { step: 'CreateInstance/boot', times: 5 });
  const operations = await create(api, ['never-made']);
  await put('with-it', { monitoredResourceName: 'never-made' });
  await wind(hour);
  expect(await finished(api, operations)).toMatchObject([{ status: 'Failed' }]);
  await expect(get('with-it')).rejects.toMatchObject(refusal('NotFoundException', 'The Alarm does not exist'));
  expectWhole(await readState(apiOf(server), server.data));
});
