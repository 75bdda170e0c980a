import type { UpdateRelationalDatabaseCommandInput } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { allPages, apiOf } from '../call.ts';
import { databaseInput, getDatabase, newDatabase, password } from '../databases.ts';
import { lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { begun, succeeded } from '../snapshots.ts';
import { expectWhole, readState } from '../state.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const server = await startServer({ args: ['--page-size', '50'] });
const api = lightsail(server);
const { control } = apiOf(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const wind = (ms: number) => control('AdvanceClock', { ms });
const now = async () => Number((await control('GetClock')).now);
const name = { relationalDatabaseName: 'shop' };
const get = () => getDatabase(api, 'shop');

const update = async (change: Omit<UpdateRelationalDatabaseCommandInput, 'relationalDatabaseName'>) => {
  const { operations } = await api.updateRelationalDatabase({ ...name, ...change });
  expect(operations).toMatchObject([begun('UpdateRelationalDatabase', 'RelationalDatabase', 'shop', 'us-east-1a')]);
  await succeeded(api, operations);
  return get();
};
const refused = (
  change: Omit<UpdateRelationalDatabaseCommandInput, 'relationalDatabaseName'>,
  message: string | RegExp,
) => expect(api.updateRelationalDatabase({ ...name, ...change })).rejects.toMatchObject(invalid(message));

const passwordOf = (passwordVersion?: 'CURRENT' | 'PREVIOUS' | 'PENDING') =>
  api.getRelationalDatabaseMasterUserPassword({ ...name, ...(passwordVersion && { passwordVersion }) });

const eventsOf = async (durationInMinutes?: number) => {
  const events = await allPages(async (pageToken) => {
    const answer = await api.getRelationalDatabaseEvents({ ...name, durationInMinutes, pageToken });
    return { items: answer.relationalDatabaseEvents, next: answer.nextPageToken };
  });
  return events.map(({ message }) => message);
};

const parametersOf = (of = 'shop') =>
  allPages(async (pageToken) => {
    const answer = await api.getRelationalDatabaseParameters({ relationalDatabaseName: of, pageToken });
    return { items: answer.parameters, next: answer.nextPageToken };
  });
const parameterOf = async (parameterName: string) =>
  (await parametersOf()).find((parameter) => parameter.parameterName === parameterName);

const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const moment = (ms: number): string =>
  `${weekday[new Date(ms).getUTCDay()]}:${new Date(ms).toISOString().slice(11, 16)}`;
const windowIn = async (ms: number): Promise<string> =>
  `${moment((await now()) + ms)}-${moment((await now()) + ms + hour)}`;

await newDatabase(api, 'shop', {
  preferredMaintenanceWindow: await windowIn(2 * hour),
  preferredBackupWindow: (await windowIn(5 * hour)).replace(/[A-Z][a-z]+:/g, ''),
});
await newDatabase(api, 'pg', { relationalDatabaseBlueprintId: 'postgres_16' });

test('F465 what keeps nobody out is changed at once', async () => {
  const windows = { preferredBackupWindow: (await get()).preferredBackupWindow };
  expect(await update({ publiclyAccessible: true })).toMatchObject({
    state: 'available',
    publiclyAccessible: true,
    pendingModifiedValues: {},
    ...windows,
  });
  await refused({ preferredBackupWindow: '1:00-2:00' }, /backup window 1:00-2:00 is not valid/);
  await refused({ preferredMaintenanceWindow: (await now()).toString() }, /maintenance window \d+ is not valid/);
  await expect(
    api.updateRelationalDatabase({ relationalDatabaseName: 'nobody', publiclyAccessible: true }),
  ).rejects.toMatchObject(refusal('NotFoundException', 'The RelationalDatabase does not exist'));
});

test('F466-F468 F481 backups are off and on again with the next maintenance window, or at once', async () => {
  await refused({ enableBackupRetention: true, disableBackupRetention: true }, /cannot both be true/);
  expect(await update({ disableBackupRetention: true })).toMatchObject({
    backupRetentionEnabled: true,
    pendingModifiedValues: { backupRetentionEnabled: false },
    latestRestorableTime: expect.any(Date),
  });
  await wind(hour);
  expect((await get()).backupRetentionEnabled).toBe(true);
  await wind(hour + minute);
  const off = await get();
  expect(off).toMatchObject({ backupRetentionEnabled: false, pendingModifiedValues: {}, state: 'available' });
  expect(off).not.toHaveProperty('latestRestorableTime');
  await expect(
    api.createRelationalDatabaseFromSnapshot({
      relationalDatabaseName: 'refused',
      sourceRelationalDatabaseName: 'shop',
      useLatestRestorableTime: true,
    }),
  ).rejects.toMatchObject(invalid(/has no backups to restore from/));
  expect(await update({ enableBackupRetention: true, applyImmediately: true })).toMatchObject({
    backupRetentionEnabled: true,
    pendingModifiedValues: {},
    latestRestorableTime: expect.any(Date),
  });
  expect(await eventsOf()).toEqual([
    'Maintenance window begun',
    'Automatic backups disabled',
    'Finished database backup',
  ]);
});

test('F481 F482 an upgrade and another certificate wait for the window, and show that they do', async () => {
  const { preferredMaintenanceWindow, engineVersion } = await get();
  const asked = { relationalDatabaseBlueprintId: 'mysql_8_4', caCertificateIdentifier: 'rds-ca-ecc384-g1' };
  const waiting = await update(asked);
  const pendingModifiedValues = { engineVersion: expect.stringMatching(/^8\.4\./) };
  expect(waiting).toMatchObject({ engineVersion, relationalDatabaseBlueprintId: 'mysql_8_0', pendingModifiedValues });
  expect(waiting.pendingMaintenanceActions).toEqual([
    {
      action: 'ca-certificate-rotation',
      description: 'Change to the certificate rds-ca-ecc384-g1',
      currentApplyDate: expect.any(Date),
    },
    { action: 'db-upgrade', description: 'Upgrade to mysql_8_4', currentApplyDate: expect.any(Date) },
  ]);
  const { currentApplyDate } = waiting.pendingMaintenanceActions![0]!;
  expect(preferredMaintenanceWindow?.startsWith(moment(currentApplyDate!.getTime()))).toBe(true);
  await wind(6 * day);
  expect(await get()).toMatchObject({ engineVersion });
  await wind(currentApplyDate!.getTime() - (await now()));
  expect(await get()).toMatchObject({
    ...asked,
    ...pendingModifiedValues,
    pendingModifiedValues: {},
    pendingMaintenanceActions: [],
  });
  await refused({ caCertificateIdentifier: 'mine' }, 'The certificate mine does not exist.');
  await refused({ relationalDatabaseBlueprintId: 'mysql_8_0' }, /cannot be upgraded from mysql_8_4 to mysql_8_0/);
  await refused({ relationalDatabaseBlueprintId: 'postgres_16' }, /cannot be upgraded/);
});

test('F466 with applyImmediately all that waits is changed at once', async () => {
  await update({ caCertificateIdentifier: 'rds-ca-rsa4096-g1' });
  expect(await update({ applyImmediately: true })).toMatchObject({
    caCertificateIdentifier: 'rds-ca-rsa4096-g1',
    pendingMaintenanceActions: [],
  });
});

test('the database is backed up each day in its window, but not while it is stopped', async () => {
  const backups = async () => (await eventsOf(20_160)).filter((message) => message === 'Backing up database').length;
  const before = await backups();
  await wind(3 * day);
  expect(await backups()).toBe(before + 3);
  await succeeded(api, (await api.stopRelationalDatabase(name)).operations);
  await wind(3 * day);
  expect(await backups()).toBe(before + 3);
  await succeeded(api, (await api.startRelationalDatabase(name)).operations);
});

test('F469-F471 a password is pending until it is the current one, and the one before stays known', async () => {
  const first = await passwordOf();
  expect(first).toMatchObject({ masterUserPassword: password, createdAt: expect.any(Date) });
  expect(await passwordOf('CURRENT')).toMatchObject({ masterUserPassword: password });
  for (const version of ['PREVIOUS', 'PENDING'] as const)
    await expect(passwordOf(version)).rejects.toMatchObject(refusal('NotFoundException'));
  await update({ masterUserPassword: 'another-Password' });
  expect(await passwordOf()).toMatchObject({ masterUserPassword: 'another-Password' });
  expect(await passwordOf('PREVIOUS')).toMatchObject({ masterUserPassword: password, createdAt: first.createdAt });
  await expect(passwordOf('PENDING')).rejects.toMatchObject(refusal('NotFoundException'));
  await update({ rotateMasterUserPassword: true });
  expect((await passwordOf()).masterUserPassword).toMatch(/^[\w-]{32}$/);
  for (const bad of ['short', 'a'.repeat(42), 'with/slash', 'with"quote', 'with@sign'])
    await refused({ masterUserPassword: bad }, 'The master user password is not valid.');
  await refused({ masterUserPassword: 'one-of-both', rotateMasterUserPassword: true }, /cannot be together/);

  const slow = await startServer({ args: ['--pace', 'real'] });
  const there = lightsail(slow);
  const later = (ms: number) => apiOf(slow).control('AdvanceClock', { ms });
  const pending = () => there.getRelationalDatabaseMasterUserPassword({ ...name, passwordVersion: 'PENDING' });
  await there.createRelationalDatabase(databaseInput('shop'));
  await later(20 * minute);
  await there.updateRelationalDatabase({ ...name, masterUserPassword: 'a-third-Password' });
  expect(await pending()).toMatchObject({ masterUserPassword: 'a-third-Password' });
  expect(await getDatabase(there, 'shop')).toMatchObject({ pendingModifiedValues: { masterUserPassword: '****' } });
  await later(5 * minute);
  await expect(pending()).rejects.toMatchObject(refusal('NotFoundException'));
  expect((await getDatabase(there, 'shop')).pendingModifiedValues).toEqual({});
});

test('F474 F475 parameters are those of the engine, page by page', async () => {
  const all = await parametersOf();
  expect(all.length).toBeGreaterThan(100);
  const names = all.map(({ parameterName }) => parameterName);
  expect(names).toEqual([...new Set(names)].sort());
  expect(await parameterOf('max_connections')).toEqual({
    allowedValues: '1-100000',
    applyMethod: 'pending-reboot',
    applyType: 'dynamic',
    dataType: 'integer',
    description: expect.any(String),
    isModifiable: true,
    parameterName: 'max_connections',
    parameterValue: '{DBInstanceClassMemory/12582880}',
  });
  const theirs = (await parametersOf('pg')).map(({ parameterName }) => parameterName);
  expect(theirs).toContain('work_mem');
  expect(theirs).not.toContain('innodb_buffer_pool_size');
});

const set = (parameterName: string, parameterValue: string, applyMethod?: string) =>
  api.updateRelationalDatabaseParameters({ ...name, parameters: [{ parameterName, parameterValue, applyMethod }] });

test('F464 F472 F473 F486 dynamic parameters are in force at once, static ones after a reboot', async () => {
  const { operations } = await set('max_connections', '200');
  expect(operations).toMatchObject([
    begun('UpdateRelationalDatabaseParameters', 'RelationalDatabase', 'shop', 'us-east-1a'),
  ]);
  await succeeded(api, operations);
  expect(await parameterOf('max_connections')).toMatchObject({ parameterValue: '200', applyMethod: 'immediate' });
  expect((await get()).parameterApplyStatus).toBe('in-sync');
  await succeeded(api, (await set('innodb_purge_threads', '4')).operations);
  expect(await parameterOf('innodb_purge_threads')).toMatchObject({
    parameterValue: '4',
    applyMethod: 'pending-reboot',
  });
  expect((await get()).parameterApplyStatus).toBe('pending-reboot');
  await succeeded(api, (await api.rebootRelationalDatabase(name)).operations);
  expect((await get()).parameterApplyStatus).toBe('in-sync');
  await succeeded(api, (await set('wait_timeout', '60', 'pending-reboot')).operations);
  expect((await get()).parameterApplyStatus).toBe('pending-reboot');

  for (const [parameter, value, method, message] of [
    ['innodb_purge_threads', '4', 'immediate', /is static, and cannot be applied at once/],
    ['max_connections', '200', 'soon', /apply method soon is not valid/],
    ['no_such', '1', undefined, 'The engine mysql has no parameter no_such.'],
    ['port', '3307', undefined, 'The parameter port cannot be modified.'],
    ['max_connections', '0', undefined, 'The value 0 of the parameter max_connections is not valid.'],
    ['max_connections', 'many', undefined, /is not valid/],
    ['general_log', 'on', undefined, /is not valid/],
  ] as const)
    await expect(set(parameter, value, method)).rejects.toMatchObject(invalid(message));
});

test('F476 events of an hour unless asked for more, of fourteen days at most', async () => {
  await wind(2 * hour);
  expect(await eventsOf()).toEqual([]);
  await succeeded(api, (await api.rebootRelationalDatabase(name)).operations);
  const { relationalDatabaseEvents } = await api.getRelationalDatabaseEvents(name);
  expect(relationalDatabaseEvents).toEqual([
    {
      resource: 'shop',
      createdAt: expect.any(Date),
      eventCategories: ['availability'],
      message: 'Database restarted',
    },
  ]);
  expect(await eventsOf(20_160)).toContain('Parameters updated');
  for (const durationInMinutes of [0, 20_161])
    await expect(api.getRelationalDatabaseEvents({ ...name, durationInMinutes })).rejects.toMatchObject(
      invalid(`The duration of ${durationInMinutes} minutes is not valid.`),
    );
});

const logOf = (logStreamName: string, more: object = {}) =>
  api.getRelationalDatabaseLogEvents({ ...name, logStreamName, ...more });

test('F478 each engine has its log streams, and starts and stops stand in them', async () => {
  const streamsOf = async (relationalDatabaseName: string) =>
    (await api.getRelationalDatabaseLogStreams({ relationalDatabaseName })).logStreams;
  expect(await streamsOf('shop')).toEqual(['audit', 'error', 'general', 'slowquery']);
  expect(await streamsOf('pg')).toEqual(['postgresql']);
  await expect(logOf('postgresql')).rejects.toMatchObject(
    invalid('The RelationalDatabase shop has no log stream postgresql.'),
  );
  const { resourceLogEvents } = await logOf('error');
  expect(resourceLogEvents?.some(({ message }) => message?.includes('ready for connections'))).toBe(true);
  expect((await logOf('audit')).resourceLogEvents).toEqual([]);
  const general = async () => (await logOf('general')).resourceLogEvents!.length;
  expect(await general()).toBe(0);
  await succeeded(api, (await set('general_log', '1', 'pending-reboot')).operations);
  await succeeded(api, (await api.rebootRelationalDatabase(name)).operations);
  await wind(30 * minute);
  expect(await general()).toBeGreaterThanOrEqual(29);
});

test('F52 F477 a log is read forward and backward, from either end', async () => {
  const pg = { relationalDatabaseName: 'pg', logStreamName: 'postgresql' };
  await wind(day);
  const end = new Date(await now());
  const start = new Date(end.getTime() - 15 * hour);
  const range = { startTime: start, endTime: end };
  const read = async (pageToken?: string) => api.getRelationalDatabaseLogEvents({ ...pg, ...range, pageToken });
  const last = await read();
  const times = ({ resourceLogEvents = [] }: Awaited<ReturnType<typeof read>>) =>
    resourceLogEvents.map(({ createdAt }) => createdAt!.getTime());
  expect(times(last)).toHaveLength(50);
  expect(times(last)).toEqual(times(last).toSorted((a, b) => a - b));
  expect(times(last).at(-1)!).toBeGreaterThan(end.getTime() - 6 * minute);
  const before = await read(last.nextBackwardToken);
  expect(times(before)).toHaveLength(50);
  expect(times(before).at(-1)!).toBeLessThanOrEqual(times(last)[0]!);
  expect((await read(before.nextForwardToken)).resourceLogEvents).toEqual(last.resourceLogEvents);
  const behind = await read(last.nextForwardToken);
  expect(behind.resourceLogEvents).toEqual([]);
  expect((await read(behind.nextBackwardToken)).resourceLogEvents).toEqual(last.resourceLogEvents);

  const from = await logOf('general', { startFromHead: true, ...range });
  const next = await logOf('general', { startFromHead: true, ...range, pageToken: from.nextForwardToken });
  expect(times(from)).toHaveLength(50);
  expect(times(next)[0]!).toBeGreaterThan(times(from).at(-1)!);
  await expect(api.getRelationalDatabaseLogEvents({ ...pg, startFromHead: true })).rejects.toMatchObject(
    invalid('startFromHead can only be false for PostgreSQL.'),
  );
  await expect(logOf('error', { ...range, pageToken: last.nextForwardToken })).rejects.toMatchObject(
    invalid('The page token is not valid.'),
  );
});

test('F479 every metric has a figure a minute, in its unit', async () => {
  const end = Math.floor((await now()) / hour) * hour;
  const units = {
    CPUUtilization: 'Percent',
    DatabaseConnections: 'Count',
    DiskQueueDepth: 'Count',
    FreeStorageSpace: 'Bytes',
    FreeableMemory: 'Bytes',
    NetworkReceiveThroughput: 'Bytes/Second',
    NetworkTransmitThroughput: 'Bytes/Second',
    SwapUsage: 'Bytes',
  } as const;
  for (const [metricName, unit] of Object.entries(units) as [keyof typeof units, (typeof units)['CPUUtilization']][]) {
    const query = {
      ...name,
      metricName,
      period: 60,
      startTime: new Date(end - hour),
      endTime: new Date(end),
      statistics: ['Average', 'SampleCount'] as ('Average' | 'SampleCount')[],
    };
    const { metricData = [] } = await api.getRelationalDatabaseMetricData({ ...query, unit });
    expect(metricData, metricName).toHaveLength(60);
    for (const { average, sampleCount } of metricData) {
      expect(sampleCount).toBe(1);
      expect(average).toBeGreaterThanOrEqual(0);
      if (unit === 'Percent') expect(average).toBeLessThanOrEqual(100);
    }
    await expect(api.getRelationalDatabaseMetricData({ ...query, unit: 'Seconds' })).rejects.toMatchObject(
      invalid(`The unit Seconds is not valid for the metric ${metricName}.`),
    );
  }
});

test('a database costs its bundle by the hour', async () => {
  const end = await now();
  const { resourcesBudgetEstimate } = await api.getCostEstimate({
    resourceName: 'shop',
    startTime: new Date(end - 2 * hour),
    endTime: new Date(end),
  });
  const [estimate] = resourcesBudgetEstimate ?? [];
  expect(estimate).toMatchObject({ resourceType: 'RelationalDatabase' });
  const { usageType, resultsByTime = [] } = estimate!.costEstimates![0]!;
  expect(usageType).toBe('DatabaseUsage:micro_2_0');
  expect(resultsByTime.reduce((sum, { usageCost = 0 }) => sum + usageCost, 0)).toBeCloseTo(0.04, 2);
});

test('F492 F493 an alarm watches a database, and goes with it', async () => {
  const alarm = { alarmName: 'busy', monitoredResourceName: 'shop', evaluationPeriods: 1 };
  const always = { threshold: 0, comparisonOperator: 'GreaterThanOrEqualToThreshold' } as const;
  await api.putAlarm({ ...alarm, ...always, metricName: 'CPUUtilization' });
  await wind(10 * minute);
  expect((await api.getAlarms({ alarmName: 'busy' })).alarms).toMatchObject([{ state: 'ALARM', unit: 'Percent' }]);
  await expect(api.putAlarm({ ...alarm, ...always, metricName: 'NetworkIn' })).rejects.toMatchObject(
    invalid('A resource of the type RelationalDatabase has no metric NetworkIn.'),
  );
  await succeeded(api, (await api.deleteRelationalDatabase({ ...name, skipFinalSnapshot: true })).operations);
  expect((await api.getAlarms({})).alarms).toEqual([]);
  await wind(0);
  expectWhole(await readState(apiOf(server), server.data));
});
