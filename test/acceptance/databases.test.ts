import type {
  CreateRelationalDatabaseCommandInput,
  CreateRelationalDatabaseFromSnapshotCommandInput,
} from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import {
  databaseInput,
  deleteDatabase,
  getDatabase,
  getDatabaseSnapshot,
  newDatabase,
  password,
} from '../databases.ts';
import { finished, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { begun, done, succeeded } from '../snapshots.ts';
import { expectWhole, readState } from '../state.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

const server = await startServer();
const api = lightsail(server);
const { control } = apiOf(server);
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);
const gone = refusal('NotFoundException', 'The RelationalDatabase does not exist');

const wind = (ms: number) => control('AdvanceClock', { ms });
const create = (name: string, settings: Partial<CreateRelationalDatabaseCommandInput> = {}) =>
  api.createRelationalDatabase(databaseInput(name, settings));
const refused = (settings: Partial<CreateRelationalDatabaseCommandInput>, message: string | RegExp) =>
  expect(create('refused', settings)).rejects.toMatchObject(invalid(message));

const database = await newDatabase(api, 'shop');

test('F446 F480 F485 a database is made, and shows what was asked for and where it answers', async () => {
  expect(database).toEqual({
    name: 'shop',
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:\d{12}:RelationalDatabase\/[0-9a-f-]{36}$/),
    supportCode: expect.stringMatching(/^\d{12}\/ls-[0-9a-f]{40}$/),
    createdAt: expect.any(Date),
    location: { availabilityZone: 'us-east-1a', regionName: 'us-east-1' },
    resourceType: 'RelationalDatabase',
    tags: [],
    relationalDatabaseBlueprintId: 'mysql_8_0',
    relationalDatabaseBundleId: 'micro_2_0',
    masterDatabaseName: 'shop',
    masterUsername: 'keeper',
    hardware: { cpuCount: 2, diskSizeInGb: 40, ramSizeInGb: 1 },
    state: 'available',
    backupRetentionEnabled: true,
    pendingModifiedValues: {},
    pendingMaintenanceActions: [],
    engine: 'mysql',
    engineVersion: expect.stringMatching(/^8\.0\.\d+$/),
    latestRestorableTime: expect.any(Date),
    parameterApplyStatus: 'in-sync',
    preferredBackupWindow: expect.any(String),
    preferredMaintenanceWindow: expect.any(String),
    publiclyAccessible: false,
    masterEndpoint: { port: 3306, address: expect.stringMatching(/^ls-[0-9a-f]{40}\.c\w{11}\.us-east-1\.rds\./) },
    caCertificateIdentifier: 'rds-ca-rsa2048-g1',
  });
  await expect(create('refused', { masterUsername: undefined })).rejects.toMatchObject({ name: expect.any(String) });
  await refused({ relationalDatabaseBlueprintId: 'oracle_1' }, /blueprint oracle_1 does not exist/);
  await refused({ relationalDatabaseBundleId: 'huge_2_0' }, /bundle huge_2_0 does not exist/);
  expect((await api.getRelationalDatabases({})).relationalDatabases).toEqual([await getDatabase(api, 'shop')]);
});

test('F480 it is being created, then backed up for the first time, then available, and cannot be changed until then', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const there = lightsail(slow);
  const later = (ms: number) => apiOf(slow).control('AdvanceClock', { ms });
  const stateOf = async () => (await getDatabase(there, 'slow')).state;
  const { operations } = await there.createRelationalDatabase(databaseInput('slow'));
  expect(operations).toEqual([
    expect.objectContaining(begun('CreateRelationalDatabase', 'RelationalDatabase', 'slow', 'us-east-1a')),
  ]);
  const creating = await getDatabase(there, 'slow');
  expect(creating.state).toBe('creating');
  expect(creating).not.toHaveProperty('masterEndpoint');
  expect(creating).not.toHaveProperty('latestRestorableTime');
  const calls = [
    there.rebootRelationalDatabase({ relationalDatabaseName: 'slow' }),
    there.updateRelationalDatabase({ relationalDatabaseName: 'slow', publiclyAccessible: true }),
    there.deleteRelationalDatabase({ relationalDatabaseName: 'slow', skipFinalSnapshot: true }),
  ];
  await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(invalid(/while its state is creating/))));
  await later(5 * minute);
  expect(await stateOf()).toBe('backing-up');
  await later(minute);
  expect(await stateOf()).toBe('available');
  await there.updateRelationalDatabase({ relationalDatabaseName: 'slow', publiclyAccessible: true });
  expect(await getDatabase(there, 'slow')).toMatchObject({ state: 'modifying', publiclyAccessible: false });
  await later(minute);
  await there.rebootRelationalDatabase({ relationalDatabaseName: 'slow' });
  expect(await getDatabase(there, 'slow')).toMatchObject({ state: 'rebooting', publiclyAccessible: true });
  await later(minute);
  await there.stopRelationalDatabase({ relationalDatabaseName: 'slow' });
  expect(await stateOf()).toBe('stopping');
  await later(3 * minute);
  expect(await stateOf()).toBe('stopped');
  await there.startRelationalDatabase({ relationalDatabaseName: 'slow' });
  expect(await stateOf()).toBe('starting');
  await later(4 * minute);
  expect(await stateOf()).toBe('available');
});

test('F447 F549 the name of the first database is one that the engine can have', async () => {
  await refused({ masterDatabaseName: '1st' }, 'The master database name 1st is not valid.');
  await refused({ masterDatabaseName: 'a-b' }, /is not valid/);
  await refused({ masterDatabaseName: 'Select' }, 'The master database name Select is a word that MySQL reserves.');
  await refused({ masterDatabaseName: 'a'.repeat(65) }, /is not valid/);
  const postgres = { relationalDatabaseBlueprintId: 'postgres_16' };
  await refused({ ...postgres, masterDatabaseName: 'a'.repeat(64) }, /is not valid/);
  await refused({ ...postgres, masterDatabaseName: 'user' }, /is a word that PostgreSQL reserves/);
});

test('F448 F551 so is the name of the master user', async () => {
  await refused({ masterUsername: 'a'.repeat(17) }, /master user name a+ is not valid/);
  await refused({ masterUsername: '_a' }, /is not valid/);
  await refused({ masterUsername: 'rdsadmin' }, /is a word that MySQL reserves/);
  const postgres = { relationalDatabaseBlueprintId: 'postgres_16' };
  await refused({ ...postgres, masterUsername: 'a'.repeat(64) }, /is not valid/);
  const { masterUsername, engine } = await newDatabase(api, 'pg', { ...postgres, masterUsername: 'a'.repeat(63) });
  expect(masterUsername).toHaveLength(63);
  expect(engine).toBe('postgres');
  await deleteDatabase(api, 'pg');
});

test('F449 a password is one that the engine takes, or is made', async () => {
  for (const bad of ['short-1', 'a'.repeat(42), 'with space', 'with/slash', 'with"quote', 'with@sign', 'wíth-accent'])
    await refused({ masterUserPassword: bad }, 'The master user password is not valid.');
  await newDatabase(api, 'pg', {
    relationalDatabaseBlueprintId: 'postgres_17',
    masterUserPassword: `~${'a'.repeat(127)}`,
  });
  await newDatabase(api, 'made', { masterUserPassword: undefined });
  const made = await api.getRelationalDatabaseMasterUserPassword({ relationalDatabaseName: 'made' });
  expect(made.masterUserPassword).toMatch(/^[\w-]{32}$/);
  for (const name of ['pg', 'made']) await deleteDatabase(api, name);
});

test('F450 F451 windows are as asked for, apart from each other, and by default in the blocks of the Region', async () => {
  const windows = { preferredBackupWindow: '16:00-16:30', preferredMaintenanceWindow: 'Tue:17:00-Tue:17:30' };
  expect(await newDatabase(api, 'windows', windows)).toMatchObject(windows);
  for (const bad of ['16:00', '24:00-24:30', '4:00-4:30', 'Tue:16:00-Tue:16:30'])
    await refused({ preferredBackupWindow: bad }, `The backup window ${bad} is not valid.`);
  for (const bad of ['16:00-16:30', 'Die:17:00-Die:17:30'])
    await refused({ preferredMaintenanceWindow: bad }, `The maintenance window ${bad} is not valid.`);
  await refused({ preferredBackupWindow: '16:00-16:29' }, 'The window 16:00-16:29 is too short.');
  await refused({ preferredBackupWindow: '23:45-00:30', preferredMaintenanceWindow: 'Mon:00:15-Mon:01:00' }, /overlap/);
  await deleteDatabase(api, 'windows');

  const hour = (time = '') => Number(time.slice(0, 2));
  const { preferredBackupWindow, preferredMaintenanceWindow } = database;
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(preferredBackupWindow ?? '') ?? [];
  expect(hour(from)).toBeGreaterThanOrEqual(3);
  expect(hour(to)).toBeLessThanOrEqual(11);
  const [, begins, ends] =
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun):(\d\d:\d\d)-(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun):(\d\d:\d\d)$/.exec(
      preferredMaintenanceWindow ?? '',
    ) ?? [];
  expect(hour(begins)).toBeGreaterThanOrEqual(3);
  expect(hour(ends)).toBeLessThanOrEqual(11);
});

test('F452 F453 it is for the account alone unless asked, in a zone of its choice if it has one', async () => {
  const settings = { publiclyAccessible: true, availabilityZone: 'us-east-1c' };
  expect(await newDatabase(api, 'public', settings)).toMatchObject({
    publiclyAccessible: true,
    location: { availabilityZone: 'us-east-1c' },
  });
  await refused({ availabilityZone: 'us-east-2a' }, "The availability zone us-east-2a is not one of the Region's.");
  await deleteDatabase(api, 'public');
});

test('F483 a database of high availability shows where its standby is, and others have none', async () => {
  expect(database).not.toHaveProperty('secondaryAvailabilityZone');
  expect(await newDatabase(api, 'pair', { relationalDatabaseBundleId: 'micro_ha_2_0' })).toMatchObject({
    location: { availabilityZone: 'us-east-1a' },
    secondaryAvailabilityZone: 'us-east-1b',
  });
  await deleteDatabase(api, 'pair');
});

test('F454 names have letters, digits and hyphens, and each is there once', async () => {
  for (const bad of ['under_score', 'dot.ted'])
    await expect(create(bad)).rejects.toMatchObject(invalid(`${bad} is not a valid name.`));
  await expect(create('-a')).rejects.toMatchObject(invalid(/not a valid/));
  await expect(create('shop')).rejects.toMatchObject(invalid('Some names are already in use: shop'));
});

test('F531 an account has the databases that its quota allows, and tags from the beginning', async () => {
  const few = await startServer({ args: ['--quota', 'databasesPerAccount=1'] });
  const there = lightsail(await newAccount(few, 'few'));
  const tags = [{ key: 'stage', value: 'test' }];
  expect((await newDatabase(there, 'first', { tags })).tags).toEqual(tags);
  await there.tagResource({ resourceName: 'first', tags: [{ key: 'team' }] });
  expect((await getDatabase(there, 'first')).tags).toEqual([...tags, { key: 'team' }]);
  await expect(there.createRelationalDatabase(databaseInput('second'))).rejects.toMatchObject(
    invalid(/maximum limit of Lightsail Databases : 1/),
  );
});

test('F462-F464 it stops, starts and reboots, each from the state that allows it', async () => {
  const name = { relationalDatabaseName: 'shop' };
  await expect(api.startRelationalDatabase(name)).rejects.toMatchObject(
    invalid('The RelationalDatabase shop cannot be started while its state is available.'),
  );
  const { operations } = await api.stopRelationalDatabase({ ...name, relationalDatabaseSnapshotName: 'before-stop' });
  expect(operations).toEqual(
    [
      begun('CreateRelationalDatabaseSnapshot', 'RelationalDatabase', 'shop', 'us-east-1a', 'before-stop'),
      begun('CreateRelationalDatabaseSnapshot', 'RelationalDatabaseSnapshot', 'before-stop', 'all', 'shop'),
      begun('StopRelationalDatabase', 'RelationalDatabase', 'shop', 'us-east-1a'),
    ].map((one) => expect.objectContaining(one)),
  );
  await succeeded(api, operations);
  expect((await getDatabaseSnapshot(api, 'before-stop')).state).toBe('available');
  expect((await getDatabase(api, 'shop')).state).toBe('stopped');
  await expect(api.stopRelationalDatabase(name)).rejects.toMatchObject(invalid(/while its state is stopped/));
  await expect(api.rebootRelationalDatabase(name)).rejects.toMatchObject(invalid(/while its state is stopped/));
  await succeeded(api, (await api.startRelationalDatabase(name)).operations);
  await succeeded(api, (await api.rebootRelationalDatabase(name)).operations);
  expect((await getDatabase(api, 'shop')).state).toBe('available');
  await expect(api.stopRelationalDatabase({ relationalDatabaseName: 'nobody' })).rejects.toMatchObject(gone);
});

test('F484 the latest restorable time moves on in steps of five minutes, and stands still while the database is stopped', async () => {
  const latest = async () => (await getDatabase(api, 'shop')).latestRestorableTime!.getTime();
  const now = async () => Number((await control('GetClock')).now);
  await wind(10 * minute);
  expect(await latest()).toBe(Math.floor((await now()) / (5 * minute)) * 5 * minute);
  await succeeded(api, (await api.stopRelationalDatabase({ relationalDatabaseName: 'shop' })).operations);
  const stopped = await latest();
  await wind(60 * minute);
  expect(await latest()).toBe(stopped);
  await succeeded(api, (await api.startRelationalDatabase({ relationalDatabaseName: 'shop' })).operations);
  await wind(60 * minute);
  expect(await latest()).toBeGreaterThanOrEqual(stopped + 120 * minute - 5 * minute);
});

test('F459 F487 a snapshot remembers what it was taken of', async () => {
  const { operations } = await api.createRelationalDatabaseSnapshot({
    relationalDatabaseName: 'shop',
    relationalDatabaseSnapshotName: 'kept',
    tags: [{ key: 'keep' }],
  });
  expect(operations).toHaveLength(2);
  await succeeded(api, operations);
  expect(await getDatabaseSnapshot(api, 'kept')).toEqual({
    name: 'kept',
    arn: expect.stringMatching(/:RelationalDatabaseSnapshot\/[0-9a-f-]{36}$/),
    supportCode: expect.stringMatching(/^\d{12}\/ls-[0-9a-f]{40}$/),
    createdAt: expect.any(Date),
    location: { availabilityZone: 'all', regionName: 'us-east-1' },
    resourceType: 'RelationalDatabaseSnapshot',
    tags: [{ key: 'keep' }],
    engine: 'mysql',
    engineVersion: database.engineVersion,
    sizeInGb: 40,
    state: 'available',
    fromRelationalDatabaseName: 'shop',
    fromRelationalDatabaseArn: database.arn,
    fromRelationalDatabaseBundleId: 'micro_2_0',
    fromRelationalDatabaseBlueprintId: 'mysql_8_0',
  });
  const again = { relationalDatabaseName: 'shop', relationalDatabaseSnapshotName: 'under_score' };
  await expect(api.createRelationalDatabaseSnapshot(again)).rejects.toMatchObject(invalid(/is not a valid name/));
  expect((await api.getRelationalDatabaseSnapshots({})).relationalDatabaseSnapshots).toMatchObject([
    { name: 'before-stop' },
    { name: 'kept' },
  ]);
});

const restore = (name: string, more: Partial<CreateRelationalDatabaseFromSnapshotCommandInput>) =>
  api.createRelationalDatabaseFromSnapshot({ relationalDatabaseName: name, ...more });
const cannot = (more: Partial<CreateRelationalDatabaseFromSnapshotCommandInput>, message: string | RegExp) =>
  expect(restore('refused', more)).rejects.toMatchObject(invalid(message));

test('F455 F458 a database from a snapshot has its users and at least its size', async () => {
  const snapshot = { relationalDatabaseSnapshotName: 'kept' };
  const { operations } = await restore('larger', { ...snapshot, relationalDatabaseBundleId: 'small_ha_2_0' });
  expect(operations).toMatchObject([
    begun('CreateRelationalDatabaseFromSnapshot', 'RelationalDatabase', 'larger', 'us-east-1a'),
  ]);
  await succeeded(api, operations);
  expect(await getDatabase(api, 'larger')).toMatchObject({
    relationalDatabaseBundleId: 'small_ha_2_0',
    relationalDatabaseBlueprintId: 'mysql_8_0',
    masterDatabaseName: 'shop',
    masterUsername: 'keeper',
    hardware: { ramSizeInGb: 2, diskSizeInGb: 80 },
    secondaryAvailabilityZone: 'us-east-1b',
    state: 'available',
  });
  expect(await api.getRelationalDatabaseMasterUserPassword({ relationalDatabaseName: 'larger' })).toMatchObject({
    masterUserPassword: password,
  });
  const { operations: taken } = await api.createRelationalDatabaseSnapshot({
    relationalDatabaseName: 'larger',
    relationalDatabaseSnapshotName: 'of-larger',
  });
  await succeeded(api, taken);
  await cannot(
    { relationalDatabaseSnapshotName: 'of-larger', relationalDatabaseBundleId: 'micro_2_0' },
    'The relational database bundle micro_2_0 is smaller than small_ha_2_0.',
  );
  await succeeded(
    api,
    (await restore('plain', { relationalDatabaseSnapshotName: 'of-larger', relationalDatabaseBundleId: 'small_2_0' }))
      .operations,
  );
  expect(await getDatabase(api, 'plain')).not.toHaveProperty('secondaryAvailabilityZone');
  await cannot({}, /Exactly one of/);
  await cannot({ ...snapshot, sourceRelationalDatabaseName: 'shop' }, /Exactly one of/);
  await cannot({ ...snapshot, useLatestRestorableTime: true }, /for a source database alone/);
  for (const name of ['larger', 'plain']) await deleteDatabase(api, name);
});

test('F456 F457 a database goes back to a moment of the last seven days', async () => {
  const source = { sourceRelationalDatabaseName: 'shop' };
  const { latestRestorableTime: latest } = await getDatabase(api, 'shop');
  const before = (ms: number) => new Date(latest!.getTime() - ms);
  await succeeded(api, (await restore('back', { ...source, restoreTime: before(30 * minute) })).operations);
  expect(await getDatabase(api, 'back')).toMatchObject({ state: 'available', masterUsername: 'keeper' });
  await succeeded(api, (await restore('latest', { ...source, useLatestRestorableTime: true })).operations);
  await cannot({ ...source, restoreTime: latest }, /It must be before the latest restorable time|is not valid/);
  await cannot({ ...source, restoreTime: before(day) }, /is not valid/);
  await cannot({ ...source, restoreTime: before(minute), useLatestRestorableTime: true }, /cannot be together/);
  await cannot(source, /restoreTime or useLatestRestorableTime=true is needed/);
  await wind(9 * day);
  await cannot({ ...source, restoreTime: before(0) }, /is not valid/);
  for (const name of ['back', 'latest']) await deleteDatabase(api, name);
});

test('what a database is being made from stays until it is made', async () => {
  const slow = await startServer({ args: ['--pace', 'real'] });
  const there = lightsail(slow);
  const later = (ms: number) => apiOf(slow).control('AdvanceClock', { ms });
  await there.createRelationalDatabase(databaseInput('source'));
  await later(20 * minute);
  const source = { relationalDatabaseName: 'source', relationalDatabaseSnapshotName: 'held' };
  await there.createRelationalDatabaseSnapshot(source);
  await expect(there.deleteRelationalDatabaseSnapshot(source)).rejects.toMatchObject(
    invalid(/while its state is creating/),
  );
  await later(5 * minute);
  await there.createRelationalDatabaseFromSnapshot({
    relationalDatabaseName: 'one',
    relationalDatabaseSnapshotName: 'held',
  });
  await there.createRelationalDatabaseFromSnapshot({
    relationalDatabaseName: 'two',
    sourceRelationalDatabaseName: 'source',
    useLatestRestorableTime: true,
  });
  const held = invalid(/cannot be deleted while a database is being made from it/);
  await expect(there.deleteRelationalDatabaseSnapshot(source)).rejects.toMatchObject(held);
  const skip = { relationalDatabaseName: 'source', skipFinalSnapshot: true };
  await expect(there.deleteRelationalDatabase(skip)).rejects.toMatchObject(held);
  await later(20 * minute);
  await there.deleteRelationalDatabaseSnapshot(source);
  await there.deleteRelationalDatabase(skip);
  await later(0);
  expect((await there.getRelationalDatabases({})).relationalDatabases).toMatchObject([
    { name: 'one' },
    { name: 'two' },
  ]);
  expectWhole(await readState(apiOf(slow), slow.data));
});

test('F460 F461 a deletion leaves the final snapshot that it must name, or none', async () => {
  const name = { relationalDatabaseName: 'shop' };
  await expect(api.deleteRelationalDatabase(name)).rejects.toMatchObject(
    invalid('finalRelationalDatabaseSnapshotName is needed unless skipFinalSnapshot is true.'),
  );
  const final = { ...name, finalRelationalDatabaseSnapshotName: 'final' };
  await expect(api.deleteRelationalDatabase({ ...final, skipFinalSnapshot: true })).rejects.toMatchObject(
    invalid(/cannot be together/),
  );
  await expect(
    api.deleteRelationalDatabase({ ...name, finalRelationalDatabaseSnapshotName: 'fi_nal' }),
  ).rejects.toMatchObject(invalid(/is not a valid name/));
  const { operations } = await api.deleteRelationalDatabase(final);
  expect(operations).toEqual(
    [
      begun('CreateRelationalDatabaseSnapshot', 'RelationalDatabase', 'shop', 'us-east-1a', 'final'),
      begun('CreateRelationalDatabaseSnapshot', 'RelationalDatabaseSnapshot', 'final', 'all', 'shop'),
      begun('DeleteRelationalDatabase', 'RelationalDatabase', 'shop', 'us-east-1a'),
    ].map((one) => expect.objectContaining(one)),
  );
  expect(await finished(api, operations)).toHaveLength(3);
  await expect(api.getRelationalDatabase(name)).rejects.toMatchObject(gone);
  await succeeded(api, (await restore('again', { relationalDatabaseSnapshotName: 'final' })).operations);
  await deleteDatabase(api, 'again');
  for (const relationalDatabaseSnapshotName of ['final', 'kept', 'before-stop', 'of-larger'])
    expect((await api.deleteRelationalDatabaseSnapshot({ relationalDatabaseSnapshotName })).operations).toMatchObject([
      done('DeleteRelationalDatabaseSnapshot', 'RelationalDatabaseSnapshot', relationalDatabaseSnapshotName),
    ]);
  await wind(0);
  expectWhole(await readState(apiOf(server), server.data));
});
