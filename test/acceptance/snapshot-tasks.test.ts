/** What tasks.test.ts does for those of instances, for all that snapshots, exports and stacks lead to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../src/api/generated/types.ts';
import { createDiskFromSnapshot } from '../../src/resources/disks/tasks.ts';
import { exportTasks } from '../../src/resources/export-records/tasks.ts';
import { instanceSnapshotTasks } from '../../src/resources/instance-snapshots/tasks.ts';
import { snapshotTasks } from '../../src/resources/snapshots/tasks.ts';
import { stackTasks } from '../../src/resources/stack-records/tasks.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { type Api, apiOf } from '../call.ts';
import { type Server, startServer } from '../lateen.ts';
import { expectWhole, readState } from '../state.ts';

type Answer = { readonly operations?: readonly Operation[] | undefined };

/** How the API comes to order a task. There are a running instance with a disk, a snapshot of each, and an export. */
interface Provocation {
  order(api: Api): Promise<Answer>;
  /** The operation says Succeeded with the answer, and so it cannot tell of a failure. */
  readonly answered?: true;
}

const [availabilityZone, bundleId, keyPairName] = ['us-east-1a', 'nano_3_0', 'key'];
const snapshotOfInstance: Provocation = {
  order: (api) => api.call('CreateInstanceSnapshot', { instanceName: 'web', instanceSnapshotName: 'another-of-web' }),
};

const provocations: Readonly<Record<string, Provocation>> = {
  CreateInstanceSnapshot: snapshotOfInstance,
  CompleteSnapshot: snapshotOfInstance,
  CreateDiskSnapshot: {
    order: (api) => api.call('CreateDiskSnapshot', { diskName: 'data', diskSnapshotName: 'another-of-data' }),
  },
  CopySnapshot: {
    order: (api) =>
      api.call('CopySnapshot', {
        sourceRegion: 'us-east-1',
        sourceSnapshotName: 'of-web',
        targetSnapshotName: 'copy-of-web',
      }),
  },
  DeleteSnapshot: {
    order: (api) => api.call('DeleteDiskSnapshot', { diskSnapshotName: 'of-data' }),
    answered: true,
  },
  CreateInstancesFromSnapshot: {
    order: (api) =>
      api.call('CreateInstancesFromSnapshot', {
        instanceNames: ['heir'],
        instanceSnapshotName: 'of-web',
        availabilityZone,
        bundleId,
        keyPairName,
      }),
  },
  CreateDiskFromSnapshot: {
    order: (api) =>
      api.call('CreateDiskFromSnapshot', {
        diskName: 'heir',
        diskSnapshotName: 'of-data',
        availabilityZone,
        sizeInGb: 8,
      }),
  },
  ExportSnapshot: { order: (api) => api.call('ExportSnapshot', { sourceSnapshotName: 'of-data' }) },
  CreateCloudFormationStack: {
    async order(api) {
      const { exportSnapshotRecords = [] } = await api.call('GetExportSnapshotRecords');
      const sourceName = exportSnapshotRecords[0]?.name ?? '';
      const entry = { sourceName, instanceType: 't3.micro', portInfoSource: 'DEFAULT', availabilityZone } as const;
      return api.call('CreateCloudFormationStack', { instances: [entry] });
    },
  },
};

const kinds = [createDiskFromSnapshot, ...exportTasks, ...instanceSnapshotTasks, ...snapshotTasks, ...stackTasks];
const steps = kinds.flatMap(({ name, steps }) =>
  steps.map((step) => ({ step: `${name}/${step.name}`, ...provocations[name]! })),
);

const { publicKey: publicKeyBase64 } = await newRsaKeyPair(1024);
let server: Server;
let api: Api;

const start = async (data?: string): Promise<void> => {
  server = await startServer(data === undefined ? {} : { data });
  api = apiOf(server);
};

beforeAll(() => start());
afterAll(() => server.stop());

const settle = (ms = 0) => api.control('AdvanceClock', { ms });

const prepare = async (): Promise<void> => {
  await api.control('ClearFaults');
  await api.control('ResetState');
  await api.call('ImportKeyPair', { keyPairName, publicKeyBase64 });
  const launch = { blueprintId: 'debian_12', bundleId, availabilityZone, keyPairName };
  await api.call('CreateInstances', { instanceNames: ['web'], ...launch });
  await api.call('CreateDisk', { diskName: 'data', availabilityZone, sizeInGb: 8 });
  await settle();
  await api.call('AttachDisk', { diskName: 'data', instanceName: 'web', diskPath: '/dev/xvdf' });
  await settle();
  await api.call('CreateInstanceSnapshot', { instanceName: 'web', instanceSnapshotName: 'of-web' });
  await api.call('CreateDiskSnapshot', { diskName: 'data', diskSnapshotName: 'of-data' });
  await settle();
  await api.call('ExportSnapshot', { sourceSnapshotName: 'of-web' });
  await settle();
};

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const volatile =
  /^(seq|created_?at|(private|public)IpAddress|ipv6Addresses|supportCode|userAuthority|authorizedKey|begunAt|settlesAt|until|id|stack)$/i;

/** All rows that count, without what is different each time and without the records of what failed. */
const outcome = async (): Promise<string[]> => {
  const state = await readState(api, server.data);
  expectWhole(state);
  const plain = (_key: string, value: unknown) => (volatile.test(_key) ? undefined : value);
  const resources = state('resource').filter((row) => row.state !== 'Failed');
  return [...resources, ...state('machine')]
    .map(({ body, inner_body, kind }) => [kind, body, inner_body].map((part) => textOf(part, plain)).join(' '))
    .sort();
};

const textOf = (part: unknown, plain: (key: string, value: unknown) => unknown): string =>
  typeof part === 'string' && part.startsWith('{')
    ? JSON.stringify(JSON.parse(part), plain).replace(uuid, 'id')
    : String(part ?? '');

/** The operations as they are now. */
const followed = ({ operations = [] }: Answer): Promise<(Operation | undefined)[]> => {
  expect(operations.length).toBeGreaterThan(0);
  return Promise.all(
    operations.map(async ({ id = '' }) => (await api.call('GetOperation', { operationId: id })).operation),
  );
};

const expectAll = async (answer: Answer, expected: object): Promise<void> => {
  for (const operation of await followed(answer)) expect(operation).toMatchObject(expected);
};

const succeeded = { status: 'Succeeded', isTerminal: true };

/** What is left when nothing is in the way. */
const undisturbed = async ({ order }: Provocation): Promise<string[]> => {
  await prepare();
  await order(api);
  await settle();
  return outcome();
};

test('each kind of task has a call that orders it', () => {
  expect(Object.keys(provocations).sort()).toEqual(kinds.map(({ name }) => name).sort());
});

describe.each(steps)('$step', ({ step, ...provocation }) => {
  const { order, answered } = provocation;

  test('fails for good: a clean slate, the reason in the operations, and the next try works', async () => {
    const expected = await undisturbed(provocation);
    const message = `no way to ${step}`;
    await prepare();
    const before = await outcome();
    await api.control('OrderFault', { step, message, permanent: true });
    const ordered = await order(api);
    await settle();
    if (answered) {
      // What was answered as done is tried on.
      await expectAll(ordered, succeeded);
      await settle(60_000);
    } else {
      await expectAll(ordered, { status: 'Failed', isTerminal: true, errorDetails: message });
      expect(await outcome()).toEqual(before);
      const again = await order(api);
      await settle();
      await expectAll(again, succeeded);
    }
    expect(await outcome()).toEqual(expected);
  });

  test('fails once: it is tried again, and all is as if nothing had been', async () => {
    const expected = await undisturbed(provocation);
    await prepare();
    await api.control('OrderFault', { step });
    const ordered = await order(api);
    await settle();
    if (!answered) await expectAll(ordered, { status: 'Started', isTerminal: false });
    await settle(60_000);
    await expectAll(ordered, succeeded);
    expect(await outcome()).toEqual(expected);
  });

  test('runs twice: the end is the same', async () => {
    const expected = await undisturbed(provocation);
    await prepare();
    await api.control('OrderFault', { step, effect: 'repeat' });
    const ordered = await order(api);
    await settle();
    expect(await api.control('ListFaults')).toEqual({ faults: [] });
    await expectAll(ordered, succeeded);
    expect(await outcome()).toEqual(expected);
  });

  test('dies with the process: the next one goes on', async () => {
    const expected = await undisturbed(provocation);
    await prepare();
    const known = new Set((await operations()).map(({ id }) => id));
    await api.control('OrderFault', { step, effect: 'crash' });
    // The answer may or may not have gone out before.
    await order(api).catch(() => undefined);
    while (await api.ask('GetRegions').catch(() => undefined));
    expect(await server.stop()).toBe(null);
    await start(server.data);
    await settle(60_000);
    await expectAll({ operations: (await operations()).filter(({ id }) => !known.has(id)) }, succeeded);
    expect(await outcome()).toEqual(expected);
  });
});

const operations = async (): Promise<readonly Operation[]> => (await api.call('GetOperations')).operations ?? [];
