import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCatalogue } from '../../catalogue.ts';
import { migrate } from '../../store/migrate.ts';
import { findMachine, putMachine } from '../../store/records/machines.ts';
import { openSqlite } from '../../store/sqlite/store.ts';
import type { Store } from '../../store/store.ts';
import { EngineRefusal } from '../machine.ts';
import { createSimulatedVolumes } from './volumes.ts';

const catalogue = createCatalogue({ pace: 'real' });
const spec = { id: 'volume', name: 'data', zone: 'us-east-1a', sizeInGb: 8 };

let folder: string;
let store: Store;
let now: number;
let volumes: ReturnType<typeof createSimulatedVolumes>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lateen-volumes-'));
  store = openSqlite(join(folder, 'lateen.db'));
  await migrate(store);
  now = 1_700_000_000_000;
  volumes = createSimulatedVolumes(store, { now: () => now }, catalogue);
  for (const machine of ['one', 'two']) await store.write('machines', (tx) => putMachine(tx, machine, '{}'));
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const holder = async (): Promise<string | undefined> =>
  (JSON.parse((await store.read((tx) => findMachine(tx, spec.id))) ?? '{}') as { on?: string }).on;

/** A change takes its time, also when it is asked for again, and then it is over however often it is asked for. */
const takes = async (ms: number, change: () => ReturnType<typeof volumes.createVolume>): Promise<void> => {
  const until = now + ms;
  expect(await change()).toEqual({ until });
  now += ms - 1;
  expect(await change()).toEqual({ until });
  now += 1;
  for (const _ of [1, 2]) expect(await change()).toBeUndefined();
};

const create = () => volumes.createVolume(spec);
const attach = (machine: string) => volumes.attachVolume(spec.id, machine, '/dev/xvdf');
const detach = (machine: string) => volumes.detachVolume(spec.id, machine);

test('a volume is made, comes to a machine, leaves it and comes again', async () => {
  await takes(catalogue.time('createDisk'), create);
  for (const machine of ['one', 'one', 'two']) {
    await takes(catalogue.time('attachDisk'), () => attach(machine));
    expect(await holder()).toBe(machine);
    await takes(catalogue.time('detachDisk'), () => detach(machine));
    expect(await holder()).toBeUndefined();
  }
  expect(await create()).toBeUndefined();
});

test('a volume is in one machine, and only that one lets go of it', async () => {
  await create();
  await attach('one');
  await expect(attach('two')).rejects.toThrow(EngineRefusal);
  expect(await detach('two')).toBeUndefined();
  expect(await holder()).toBe('one');
});

test('a detachment that is taken back half done is none', async () => {
  await create();
  await takes(catalogue.time('attachDisk'), () => attach('one'));
  await detach('one');
  await attach('one');
  expect(await holder()).toBe('one');
});

test('no volume comes to a machine that is not there, and none that is not there to a machine', async () => {
  await create();
  await expect(attach('three')).rejects.toThrow('there is no simulated machine three');
  await volumes.deleteVolume(spec.id);
  await volumes.deleteVolume(spec.id);
  await expect(attach('one')).rejects.toThrow('there is no simulated volume volume');
  expect(await detach('one')).toBeUndefined();
});
