import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ResourceType } from '../../api/generated/types.ts';
import { WindableClock } from '../../clock.ts';
import { EngineRefusal, type Kept, type Machines, type Observation, type Told } from '../../engines/machine.ts';
import { Faults } from '../../faults.ts';
import { randomIds } from '../../ids.ts';
import { createNetwork } from '../../network.ts';
import { migrate } from '../../store/migrate.ts';
import { insertAutoSnapshot } from '../../store/records/auto-snapshots.ts';
import { deleteResource, findById, insertResource } from '../../store/records/resources.ts';
import { openSqlite } from '../../store/sqlite/store.ts';
import type { Store } from '../../store/store.ts';
import { createEnqueue } from '../../tasks/queue.ts';
import { Worker, type Workshop } from '../../tasks/worker.ts';
import { createFollower, followInstance } from '../instances/follow.ts';
import { startInstance, tellMachine, toldOf } from '../instances/tasks.ts';
import { createReconciler, type Reconciler } from './reconciler.ts';

const scope = { account: '111111111111', region: 'us-east-1' };

/** An engine whose things anybody may change. */
interface Thing {
  kind: Kept['kind'];
  whole: boolean;
  state: Observation['state'];
  told: Told;
}

let folder: string;
let store: Store;
let clock: WindableClock;
let worker: Worker;
let reconciler: Reconciler;
let things: Map<string, Thing>;
let logged: Record<string, unknown>[];
let refuses: string | undefined;

const thingOf = (id: string): Thing => {
  const thing = things.get(id);
  if (thing === undefined || refuses !== undefined) throw new EngineRefusal(refuses ?? 'there is no such machine');
  return thing;
};
const tell = async (id: string, told: Partial<Told>): Promise<void> => {
  const thing = thingOf(id);
  thing.told = { ...thing.told, ...told };
};
const remove = async (id: string): Promise<void> => {
  if (refuses !== undefined) throw new Error(refuses);
  things.delete(id);
};
const machines = {
  async *list() {
    for (const [id, { kind, whole, state, told }] of [...things])
      yield kind === 'machine' ? { kind, id, whole, state, told } : { kind, id, whole };
  },
  async observe(id: string) {
    const thing = things.get(id);
    return thing && { state: thing.state };
  },
  setAddresses: (id, addresses) => tell(id, { addresses }),
  setFirewall: (id, firewall) => tell(id, { firewall }),
  setMetadata: (id, metadata) => tell(id, { metadata }),
  delete: remove,
  deleteVolume: remove,
  deleteSnapshot: remove,
} satisfies Partial<Machines> as unknown as Machines;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lateen-drift-'));
  store = openSqlite(join(folder, 'lateen.db'));
  await migrate(store);
  clock = new WindableClock(0);
  things = new Map();
  logged = [];
  refuses = undefined;
  const enqueue = createEnqueue(clock);
  const network = createNetwork(undefined);
  const workshop = { clock, ids: randomIds, network, machines, enqueue } as unknown as Workshop;
  const kinds = [followInstance, tellMachine, startInstance];
  worker = new Worker({ store, clock, workshop, kinds, faults: new Faults(store), owner: 'it', log: () => {} });
  await worker.start();
  reconciler = createReconciler({
    ...{ store, machines, enqueue, poke: () => worker.poke() },
    follow: createFollower(store, clock, enqueue),
    log: (line) => logged.push(line),
  });
});

afterEach(async () => {
  await reconciler.stop();
  await worker.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

const addRow = async (kind: ResourceType, state: string, more: object = {}): Promise<string> => {
  const id = randomUUID();
  const name = `${kind}-${id.slice(0, 8)}`;
  const body = JSON.stringify({ name, state: kind === 'Instance' ? { name: state } : state, ...more });
  await store.write('x', (tx) =>
    insertResource(tx, { id, ...scope, kind, name, state, createdAt: 0, body, inner: '{}' }),
  );
  return id;
};
const bodyOf = async (id: string) =>
  JSON.parse((await store.read((tx) => findById(tx, id)))?.body ?? '{}') as Parameters<typeof toldOf>[0];

/** An instance that runs, and its machine. */
const addInstance = async (): Promise<string> => {
  const publicIpAddress = '198.18.0.9';
  const id = await addRow('Instance', 'running', {
    publicIpAddress,
    privateIpAddress: '172.26.0.9',
    ipAddressType: 'ipv4',
  });
  things.set(id, { kind: 'machine', whole: true, state: 'running', told: toldOf(await bodyOf(id)) });
  return id;
};
const addThing = (kind: Kept['kind'], whole = true): string => {
  const id = randomUUID();
  things.set(id, { kind, whole, state: 'running', told: toldOf({}) });
  return id;
};
const texts = async () => (await reconciler.drift(true)).found.map(({ id, text, mended }) => ({ id, text, mended }));
/** What was put in the queue happens. */
const settle = () => worker.windTo(clock.now() + 60_000);

test('where rows and engine agree there is nothing to tell', async () => {
  await addInstance();
  const disk = await addRow('Disk', 'available');
  things.set(disk, { ...things.values().next().value!, kind: 'volume' });
  await addRow('KeyPair', 'available');
  expect(await texts()).toEqual([]);
  expect(await texts()).toEqual([]);
  expect(logged).toEqual([]);
});

test('an instance follows its machine off, and on again with an address of its own', async () => {
  const id = await addInstance();
  things.get(id)!.state = 'stopped';
  expect(await texts()).toEqual([{ id, text: expect.stringContaining('stopped outside'), mended: true }]);
  await settle();
  const down = await bodyOf(id);
  expect([down.state?.name, down.publicIpAddress]).toEqual(['stopped', undefined]);
  expect(things.get(id)?.told.addresses.publicIp).toBeUndefined();
  expect(await texts()).toEqual([]);

  things.get(id)!.state = 'running';
  expect(await texts()).toEqual([{ id, text: expect.stringContaining('started outside'), mended: true }]);
  await settle();
  const up = await bodyOf(id);
  expect(up.state?.name).toBe('running');
  expect(up.publicIpAddress).toMatch(/^198\.1[89]\./);
  expect(things.get(id)?.told.addresses.publicIp).toBe(up.publicIpAddress);
  expect(await texts()).toEqual([]);
});

test('an instance whose machine is gone stops, is told of, and says why it does not start', async () => {
  const id = await addInstance();
  things.delete(id);
  expect(await texts()).toEqual([]);
  const gone = [{ id, text: expect.stringContaining('deleted outside of Lateen'), mended: false }];
  expect(await texts()).toEqual(gone);
  await settle();
  expect((await bodyOf(id)).state?.name).toBe('stopped');
  expect(await texts()).toEqual(gone);
  expect(logged).toHaveLength(1);

  const { name = '' } = await bodyOf(id);
  await expect(
    startInstance.steps[0]!.run({ ...scope, resource: id, machines, read: store.read } as never),
  ).rejects.toThrow('The machine of this instance is gone');
  expect((await reconciler.drift(false)).found).toMatchObject([{ kind: 'machine', ...scope, name, id }]);
});

test('volumes and snapshots that are gone are told of, and one that is only being made is not', async () => {
  const [disk, snapshot] = [await addRow('Disk', 'available'), await addRow('DiskSnapshot', 'completed')];
  expect(await texts()).toEqual([]);
  expect((await texts()).map(({ id }) => id)).toEqual([disk, snapshot]);
  const making = await addRow('Disk', 'pending');
  await store.write('x', (tx) =>
    createEnqueue(clock)(tx, tellMachine, { scope, resource: making, input: {}, runAt: clock.now() + 3_600_000 }),
  );
  await texts();
  expect((await texts()).map(({ id }) => id)).toEqual([disk, snapshot]);
});

test('an engine that has heard otherwise is told again, also when it refused at first', async () => {
  const id = await addInstance();
  const wish = toldOf(await bodyOf(id));
  const thing = things.get(id)!;
  thing.told = { ...wish, addresses: { privateIp: '172.26.0.9', ipv6: [] }, firewall: [] };
  refuses = 'not now';
  expect(await texts()).toEqual([{ id, text: expect.stringContaining('told again'), mended: true }]);
  await settle();
  expect(thing.told).not.toEqual(wish);
  refuses = undefined;
  await texts();
  await settle();
  expect(thing.told).toEqual(wish);
  expect(await texts()).toEqual([]);
});

test('what a task is about is left alone', async () => {
  const [id, orphan] = [await addInstance(), addThing('volume')];
  things.get(id)!.state = 'stopped';
  for (const [resource, input] of [
    [id, {}],
    ['another', { snapshot: orphan }],
  ] as const)
    await store.write('x', (tx) =>
      createEnqueue(clock)(tx, tellMachine, { scope, resource, input, runAt: clock.now() + 3_600_000 }),
    );
  expect(await texts()).toEqual([]);
  expect(things.has(orphan)).toBe(true);
});

test('what belongs to no row goes, whole or half made, and what cannot go is told of', async () => {
  await addInstance();
  const automatic = addThing('snapshot');
  await store.write('x', (tx) =>
    insertAutoSnapshot(tx, {
      ...{ id: automatic, source: 'it', ...scope, kind: 'DiskSnapshot', name: '2026-01-01', state: 'completed' },
      ...{ createdAt: 0, body: '{}', inner: '{}' },
    }),
  );
  const orphans = [addThing('machine'), addThing('volume'), addThing('snapshot', false)];
  refuses = 'it is mounted';
  const refused = orphans.map((id) => ({ id, text: expect.stringContaining('it is mounted'), mended: false }));
  expect(await texts()).toEqual(refused);
  refuses = undefined;
  const deleted = orphans.map((id) => ({ id, text: expect.stringContaining('It was deleted'), mended: true }));
  expect(await texts()).toEqual(deleted);
  expect(things.size).toBe(2);
  expect(things.has(automatic)).toBe(true);
  expect(await texts()).toEqual([]);
});

test('a half-made thing is not what its row stands for', async () => {
  await addInstance();
  const disk = await addRow('Disk', 'available');
  things.set(disk, { ...things.values().next().value!, kind: 'volume', whole: false });
  await texts();
  expect((await texts()).map(({ id }) => id)).toEqual([disk]);
});

test('a database that knows nothing of what there is makes no orphans of it, not later either', async () => {
  const strangers = [addThing('machine'), addThing('volume')];
  const wrong = [{ text: expect.stringContaining('Is it the right one?'), mended: false }];
  expect(await texts()).toEqual(wrong);
  await addInstance();
  expect(await texts()).toEqual(wrong);
  expect(strangers.every((id) => things.has(id))).toBe(true);
  // Once they are gone, it may clear up again.
  for (const id of strangers) things.delete(id);
  expect(await texts()).toEqual([]);
  addThing('machine');
  expect(await texts()).toMatchObject([{ mended: true }]);
});

test('a database that has had its rows deleted clears up what was theirs', async () => {
  const id = await addInstance();
  await texts();
  await store.write('x', async (tx) => deleteResource(tx, (await findById(tx, id))!));
  expect(await texts()).toMatchObject([{ id, mended: true }]);
  expect(things.size).toBe(0);
});

test('more rows and things than one page holds are all looked at', async () => {
  const rows = [];
  for (let count = 0; count < 250; count++) {
    const id = await addRow('Disk', 'available');
    rows.push(id);
    if (count % 2 === 0) things.set(id, { kind: 'volume', whole: true, state: 'running', told: toldOf({}) });
  }
  await texts();
  expect((await texts()).length).toBe(125);
  expect(things.size).toBe(125);
});
