import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WindableClock } from '../clock.ts';
import { EngineRefusal } from '../engines/machine.ts';
import { Faults } from '../faults.ts';
import { migrate } from '../store/migrate.ts';
import { findOperation, insertOperation } from '../store/records/operations.ts';
import { openSqlite } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { createEnqueue } from './queue.ts';
import type { Step, TaskKind } from './task.ts';
import { Worker, type Workshop } from './worker.ts';

const scope = { account: '111111111111', region: 'us-east-1' };
const start = 1_700_000_000_000;

let folder: string;
let store: Store;
let clock: WindableClock;
let faults: Faults;
let seen: string[];
let workers: Worker[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lateen-tasks-'));
  store = openSqlite(join(folder, 'lateen.db'));
  await migrate(store);
  clock = new WindableClock(0, () => start);
  faults = new Faults(store, () => seen.push('crash'));
  seen = [];
  workers = [];
});

afterEach(async () => {
  for (const worker of workers) await worker.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

const startWorker = async (kinds: readonly TaskKind<object>[], owner = 'node'): Promise<Worker> => {
  // The steps here use the clock alone.
  const workshop = { clock } as unknown as Workshop;
  const worker = new Worker({ store, clock, workshop, kinds, faults, owner, log: () => {} });
  workers.push(worker);
  await worker.start();
  return worker;
};

const note = (name: string, more: Partial<Step<object>> = {}): Step<object> => ({
  name,
  run: async () => {
    seen.push(name);
    return undefined;
  },
  undo: async () => {
    seen.push(`undo ${name}`);
  },
  ...more,
});

const kindOf = (name: string, ...steps: Step<object>[]): TaskKind<object> => ({
  name,
  steps,
  finish: async () => void seen.push('finish'),
  fail: async (_tx, _task, error) => void seen.push(`fail: ${error}`),
});

const order = async (kind: TaskKind<object>, more: { resource?: string; runAt?: number } = {}): Promise<string> => {
  const id = `operation of ${kind.name} ${seen.length} ${Math.random()}`;
  await store.write(scope.account, async (tx) => {
    await insertOperation(tx, { id, ...scope, resourceName: 'it', body: '{"status":"Started","isTerminal":false}' });
    await createEnqueue(clock)(tx, kind, { scope, resource: 'it', input: {}, operations: [id], ...more });
  });
  return id;
};

const operation = async (id: string) =>
  JSON.parse((await store.read((tx) => findOperation(tx, id))) ?? '{}') as Record<string, unknown>;

test('steps run in order and the operation ends with the last', async () => {
  const kind = kindOf('Make', note('one'), note('two'));
  const id = await order(kind);
  await (await startWorker([kind])).settle();
  expect(seen).toEqual(['one', 'two', 'finish']);
  expect(await operation(id)).toMatchObject({ status: 'Succeeded', isTerminal: true });
});

test('a step that is not done yet runs again when it said', async () => {
  const waiting = note('wait', {
    run: async (task) => {
      seen.push(`look at ${task.clock.now() - start}`);
      return task.clock.now() < start + 2_000 ? { until: task.clock.now() + 1_500 } : undefined;
    },
  });
  const kind = kindOf('Wait', waiting);
  await order(kind);
  const worker = await startWorker([kind]);
  await worker.settle();
  expect(seen).toEqual(['look at 0']);
  await worker.windTo(start + 10_000);
  await worker.settle();
  expect(seen).toEqual(['look at 0', 'look at 1500', 'look at 3000', 'finish']);
});

test('a step that fails is tried again later, and then goes on', async () => {
  const kind = kindOf('Shaky', note('one'), note('two'));
  await faults.order({ step: 'Shaky/two', times: 2 });
  const id = await order(kind);
  const worker = await startWorker([kind]);
  await worker.settle();
  expect(seen).toEqual(['one']);
  expect(await operation(id)).toMatchObject({ status: 'Started' });
  await worker.windTo(start + 60_000);
  await worker.settle();
  expect(seen).toEqual(['one', 'two', 'finish']);
  expect(await operation(id)).toMatchObject({ status: 'Succeeded' });
});

test('what keeps failing is undone, last step first, and the operation tells why', async () => {
  const kind = kindOf('Doomed', note('one'), note('two'), note('three'));
  await faults.order({ step: 'Doomed/two', times: 100, message: 'no power' });
  const id = await order(kind);
  const worker = await startWorker([kind]);
  await worker.windTo(start + 600_000);
  await worker.settle();
  expect(seen).toEqual(['one', 'undo two', 'undo one', 'fail: no power']);
  expect(await operation(id)).toMatchObject({ status: 'Failed', isTerminal: true, errorDetails: 'no power' });
});

test('what the engine refuses is not tried again', async () => {
  const refusing = note('ask', { run: () => Promise.reject(new EngineRefusal('no such image')) });
  const kind = kindOf('Refused', note('one'), refusing);
  const id = await order(kind);
  await (await startWorker([kind])).settle();
  expect(seen).toEqual(['one', 'undo ask', 'undo one', 'fail: no such image']);
  expect(await operation(id)).toMatchObject({ status: 'Failed', errorDetails: 'no such image' });
});

test('what was answered as done is tried until it works', async () => {
  const kind: TaskKind<object> = { ...kindOf('Certain', note('one')), unfailing: true };
  await faults.order({ step: 'Certain/one', permanent: true, times: 20 });
  await order(kind);
  const worker = await startWorker([kind]);
  await worker.windTo(start + 600_000);
  expect(seen).toEqual(['one', 'finish']);
});

test('an undo that fails is tried again, and never hides why the task failed', async () => {
  let left = 2;
  const stubborn = note('one', {
    undo: async () => {
      if (left-- > 0) throw new Error('still busy');
      seen.push('undo one');
    },
  });
  const kind = kindOf(
    'Stubborn',
    stubborn,
    note('two', { run: () => Promise.reject(new EngineRefusal('first cause')) }),
  );
  const id = await order(kind);
  const worker = await startWorker([kind]);
  await worker.windTo(start + 600_000);
  await worker.settle();
  expect(seen).toEqual(['one', 'undo two', 'undo one', 'fail: first cause']);
  expect(await operation(id)).toMatchObject({ errorDetails: 'first cause' });
});

test('an undo that never goes through does not keep the operation waiting', async () => {
  const stuck = note('one', { undo: () => Promise.reject(new Error('stuck')) });
  const kind = kindOf('Stuck', stuck, note('two', { run: () => Promise.reject(new EngineRefusal('cause')) }));
  const id = await order(kind);
  const worker = await startWorker([kind]);
  await worker.windTo(start + 600_000);
  await worker.settle();
  expect(await operation(id)).toMatchObject({ status: 'Failed', errorDetails: 'cause' });
});

test('the tasks of one resource run one after the other, those of others beside them', async () => {
  const slow = kindOf(
    'Slow',
    note('slow', {
      run: async ({ clock }) =>
        (clock.now() < start + 1_000 ? { until: start + 1_000 } : void seen.push('slow')) as undefined,
    }),
  );
  const fast = kindOf('Fast', note('fast'));
  await order(slow);
  await order(fast);
  await order(fast, { resource: 'another' });
  const worker = await startWorker([slow, fast]);
  await worker.settle();
  expect(seen).toEqual(['fast', 'finish']);
  await worker.windTo(start + 1_000);
  await worker.settle();
  expect(seen).toEqual(['fast', 'finish', 'slow', 'finish', 'fast', 'finish']);
});

test('a task waits for its time', async () => {
  const kind = kindOf('Later', note('one'));
  await order(kind, { runAt: start + 86_400_000 });
  const worker = await startWorker([kind]);
  await worker.windTo(start + 86_399_999);
  await worker.settle();
  expect(seen).toEqual([]);
  await worker.windTo(start + 86_400_000);
  await worker.settle();
  expect(seen).toEqual(['one', 'finish']);
});

test('winding far lets every task see its own time', async () => {
  const kind = kindOf(
    'Daily',
    note('day', { run: async ({ clock }) => void seen.push(`day ${(clock.now() - start) / 86_400_000}`) as undefined }),
  );
  for (const day of [3, 1, 2]) await order(kind, { resource: `r${day}`, runAt: start + day * 86_400_000 });
  const worker = await startWorker([kind]);
  await worker.windTo(start + 7 * 86_400_000);
  expect(seen.filter((line) => line !== 'finish')).toEqual(['day 1', 'day 2', 'day 3']);
  expect(clock.now()).toBe(start + 7 * 86_400_000);
});

test('a worker that comes back takes up what it left, at the step it left', async () => {
  const kind = kindOf('Resumed', note('one'), note('two'));
  await order(kind);
  // A node that died: it holds the lease, and the row says that the first step is done.
  await store.write('x', async (tx) => {
    await tx.run("update task set step = 1, owner = 'node', lease_until = ?", Date.now() + 60_000);
  });
  await (await startWorker([kind])).settle();
  expect(seen).toEqual(['two', 'finish']);
});

test('another node takes a task over when its lease has run out, and not before', async () => {
  const kind = kindOf('Orphan', note('one'));
  await order(kind);
  const lease = (until: number) =>
    store.write('x', (tx) => tx.run("update task set owner = 'dead', lease_until = ?", until));
  await lease(Date.now() + 60_000);
  const worker = await startWorker([kind], 'alive');
  await worker.settle();
  expect(seen).toEqual([]);
  await lease(Date.now() - 1);
  await worker.settle();
  expect(seen).toEqual(['one', 'finish']);
});

test('an ordered repeat runs a step twice', async () => {
  const kind = kindOf('Twice', note('one'));
  await faults.order({ step: 'Twice/one', effect: 'repeat', times: 1 });
  await order(kind);
  await (await startWorker([kind])).settle();
  expect(seen).toEqual(['one', 'one', 'finish']);
});

test('many tasks are each done once', async () => {
  const kind = kindOf('Many', note('one', { run: async ({ resource }) => void seen.push(resource) as undefined }));
  for (let i = 0; i < 300; i++) await order(kind, { resource: `r${i}` });
  await (await startWorker([kind])).settle();
  const done = seen.filter((line) => line !== 'finish');
  expect(done.length).toBe(300);
  expect(new Set(done).size).toBe(300);
});
