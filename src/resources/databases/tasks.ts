import type { RelationalDatabaseSnapshot } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { DatabaseOrigin, DatabaseSpec } from '../../engines/databases.ts';
import type { Unsettled } from '../../engines/machine.ts';
import { deleteDatabaseEvents } from '../../store/records/database-events.ts';
import { deleteResource, findById } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind } from '../../tasks/task.ts';
import { deleteAlarmsOf } from '../alarms/delete.ts';
import { type DatabaseSnapshotInner, databaseSnapshot } from '../database-snapshots/noun.ts';
import { readResource, saveResource } from '../resource.ts';
import { type EventName, recordEvent } from './events.ts';
import type { Changes, DatabaseInner, DatabaseResource, ParameterSetting } from './noun.ts';
import { applyStatusOf, withParameters } from './parameters.ts';
import {
  dropPending,
  engineOf,
  findDatabase,
  rotatePassword,
  saveDatabase,
  settingsOf,
  showPending,
  withoutUse,
} from './record.ts';
import { endpointOf, shown, withChanges } from './view.ts';

type Task = TaskContext<unknown>;

/** For what is only there for the task: a database that is gone needs nothing more. */
const withDatabase = async (tx: Tx, task: Task, use: (found: DatabaseResource) => Promise<unknown>): Promise<void> => {
  const found = await findDatabase(tx, task.resource);
  if (found !== undefined) await use(found);
};

/** The database is in the state, and the events are told. */
const become = (tx: Tx, task: Task, state: string, ...events: readonly EventName[]): Promise<void> =>
  withDatabase(tx, task, async (found) => {
    await saveDatabase(tx, found, { state });
    for (const event of events) await recordEvent(tx, task, found.row, event);
  });

const specOf = async (tx: Tx, task: Task, from: DatabaseOrigin | undefined): Promise<DatabaseSpec | undefined> => {
  const found = await findDatabase(tx, task.resource);
  if (found === undefined) return undefined;
  const { body } = found;
  const engine = engineOf(body);
  const { cpuCount = 0, ramSizeInGb = 0, diskSizeInGb = 0 } = body.hardware ?? {};
  return {
    id: task.resource,
    name: body.name ?? '',
    zone: body.location?.availabilityZone ?? '',
    standbyZone: body.secondaryAvailabilityZone,
    engine,
    port: task.catalogue.databaseEngine(engine).port,
    size: { cpuCount, ramSizeInGb, diskSizeInGb },
    masterDatabaseName: body.masterDatabaseName ?? '',
    masterUsername: body.masterUsername ?? '',
    settings: await settingsOf(tx, task, found),
    from,
  };
};

/** Going back begins at the first backup. */
const backedUp = async (tx: Tx, task: Task, found: DatabaseResource): Promise<DatabaseResource> => {
  const now = task.clock.now();
  const { restorableSince = now } = found.inner;
  await recordEvent(tx, task, found.row, 'backupDone');
  return saveDatabase(tx, found, { latestRestorableTime: seconds(now) }, { restorableSince });
};

const takeBackup: Step<unknown> = {
  name: 'backup',
  run: (task) => task.databases.backup(task.resource, task.key),
};

/** `from` is what it begins as, which is kept until then. */
export const createDatabase: TaskKind<{ from?: DatabaseOrigin }> = {
  name: 'CreateRelationalDatabase',
  steps: [
    {
      name: 'create',
      async run(task) {
        const spec = await task.read((tx) => specOf(tx, task, task.input.from));
        const unsettled = spec && (await task.databases.create(spec));
        if (unsettled !== undefined) return unsettled;
        await task.write((tx) =>
          withDatabase(tx, task, (found) =>
            saveDatabase(tx, found, {
              state: 'backing-up',
              masterEndpoint: endpointOf(task.resource, task.account, task.region, spec?.port ?? 0),
            }),
          ),
        );
        return undefined;
      },
      undo: ({ databases, resource }) => databases.delete(resource),
    },
    takeBackup,
  ],
  async finish(tx, task) {
    await become(tx, task, 'available', task.input.from ? 'restored' : 'created', 'backupBegun');
    await withDatabase(tx, task, (found) => backedUp(tx, task, found));
    await release(tx, task.input.from);
  },
  async fail(tx, task) {
    await remove(tx, task);
    await release(tx, task.input.from);
  },
};

const release = async (tx: Tx, from: DatabaseOrigin | undefined): Promise<void> => {
  if (from === undefined) return;
  if ('database' in from) {
    const found = await findDatabase(tx, from.database);
    if (found !== undefined) await saveDatabase(tx, { ...found, inner: withoutUse(found.inner) }, {});
    return;
  }
  const found = await findSnapshot(tx, from.snapshot);
  if (found !== undefined) await saveResource(tx, databaseSnapshot, found, found.body, withoutUse(found.inner));
};

/** The row, and what hangs on it. */
const remove = (tx: Tx, task: Task): Promise<void> =>
  withDatabase(tx, task, async ({ row, inner }) => {
    await deleteAlarmsOf(tx, task, row);
    await deleteDatabaseEvents(tx, row.id);
    await deleteResource(tx, row);
    await hastenTasks(tx, inner.upkeep, task.clock.now());
  });

const findSnapshot = async (tx: Tx, id: string) => {
  const row = await findById(tx, id);
  return row && readResource<RelationalDatabaseSnapshot, DatabaseSnapshotInner>(row);
};

/** `snapshot` is the id of one that is taken first, if any; `before` the state that the database was in. */
interface WithSnapshot {
  readonly snapshot?: string | undefined;
  readonly before: string;
}

const takeSnapshot: Step<WithSnapshot> = {
  name: 'snapshot',
  run: async ({ databases, resource, input: { snapshot } }) =>
    snapshot === undefined ? undefined : databases.snapshot(snapshot, resource),
  async undo({ databases, input: { snapshot } }) {
    if (snapshot !== undefined) await databases.deleteSnapshot(snapshot);
  },
};

const completeSnapshot = async (tx: Tx, { snapshot }: WithSnapshot): Promise<void> => {
  const found = snapshot === undefined ? undefined : await findSnapshot(tx, snapshot);
  if (found === undefined) return;
  await saveResource(tx, databaseSnapshot, found, { ...found.body, state: 'available' }, found.inner);
};

/** All is as it was before: a snapshot that cannot be taken leaves nothing behind but its operations. */
const restore = async (tx: Tx, task: TaskContext<WithSnapshot>): Promise<void> => {
  const { snapshot, before } = task.input;
  const row = snapshot === undefined ? undefined : await findById(tx, snapshot);
  if (row !== undefined) await deleteResource(tx, row);
  await become(tx, task, before);
};

export const createDatabaseSnapshot: TaskKind<WithSnapshot> = {
  name: 'CreateRelationalDatabaseSnapshot',
  steps: [takeSnapshot],
  async finish(tx, task) {
    await completeSnapshot(tx, task.input);
    await become(tx, task, task.input.before, 'snapshotBegun', 'snapshotDone');
  },
  fail: restore,
};

/** The row went with the answer. */
export const deleteDatabaseSnapshot: TaskKind<object> = {
  name: 'DeleteRelationalDatabaseSnapshot',
  unfailing: true,
  steps: [
    {
      name: 'delete',
      async run({ databases, resource }) {
        await databases.deleteSnapshot(resource);
        return undefined;
      },
    },
  ],
};

export const deleteDatabase: TaskKind<WithSnapshot> = {
  name: 'DeleteRelationalDatabase',
  steps: [
    takeSnapshot,
    {
      name: 'delete',
      async run({ databases, resource }) {
        await databases.delete(resource);
        return undefined;
      },
    },
  ],
  async finish(tx, task) {
    await completeSnapshot(tx, task.input);
    await remove(tx, task);
  },
  fail: restore,
};

const start = ({ databases, resource }: Task): Promise<Unsettled | undefined> => databases.start(resource);
const stop = ({ databases, resource }: Task): Promise<Unsettled | undefined> => databases.stop(resource);

/** All parameters are in force after a start. */
const started = (tx: Tx, task: Task, event: EventName): Promise<void> =>
  withDatabase(tx, task, async (found) => {
    await saveDatabase(tx, found, { state: 'available', parameterApplyStatus: 'in-sync' }, { waiting: [] });
    await recordEvent(tx, task, found.row, event);
  });

export const startDatabase: TaskKind<object> = {
  name: 'StartRelationalDatabase',
  steps: [{ name: 'start', run: start, undo: async (task) => void (await stop(task)) }],
  finish: (tx, task) => started(tx, task, 'started'),
  fail: (tx, task) => become(tx, task, 'stopped'),
};

export const stopDatabase: TaskKind<WithSnapshot> = {
  name: 'StopRelationalDatabase',
  steps: [takeSnapshot, { name: 'stop', run: stop, undo: async (task) => void (await start(task)) }],
  async finish(tx, task) {
    await completeSnapshot(tx, task.input);
    await withDatabase(tx, task, async (found) => {
      // Nothing changes any more that it could go back to.
      const { latestRestorableTime } = shown(found.body, task.clock.now());
      await saveDatabase(tx, found, { latestRestorableTime });
    });
    await become(tx, task, 'stopped', 'stopped');
  },
  fail: restore,
};

export const rebootDatabase: TaskKind<object> = {
  name: 'RebootRelationalDatabase',
  steps: [{ name: 'reboot', run: (task) => task.databases.reboot(task.resource, task.key) }],
  finish: (tx, task) => started(tx, task, 'restarted'),
  fail: (tx, task) => become(tx, task, 'available'),
};

/** The daily one. */
export const backUpDatabase: TaskKind<object> = {
  name: 'BackUpRelationalDatabase',
  steps: [takeBackup],
  finish: (tx, task) =>
    withDatabase(tx, task, async (found) => {
      await saveDatabase(tx, await backedUp(tx, task, found), { state: 'available' });
    }),
  fail: (tx, task) => become(tx, task, 'available'),
};

/** Tells the engine what the row asks for, with changes that the row gets when the engine has them. */
const change = async (
  task: Task,
  changes: Changes,
  parameters: (inner: DatabaseInner) => Pick<DatabaseInner, 'parameters' | 'waiting'> = (inner) => inner,
): Promise<Unsettled | undefined> => {
  const settings = await task.read(async (tx) => {
    const found = await findDatabase(tx, task.resource);
    return found && settingsOf(tx, task, found, changes, parameters(found.inner));
  });
  return settings && task.databases.change(task.resource, settings);
};

const told = {
  backupRetentionEnabled: undefined,
  caCertificateIdentifier: 'certificateChanged',
  password: 'passwordReset',
  publiclyAccessible: 'accessChanged',
  relationalDatabaseBlueprintId: 'upgraded',
} as const satisfies Record<keyof Changes, EventName | undefined>;

/** Those of `waiting` that were not made just now. */
const stillWaiting = (waiting: Changes, made: Changes): Changes =>
  Object.fromEntries(Object.entries(waiting).filter(([name, value]) => made[name as keyof Changes] !== value));

export const updateDatabase: TaskKind<{ changes: Changes }> = {
  name: 'UpdateRelationalDatabase',
  steps: [
    {
      name: 'apply',
      run: (task) => change(task, task.input.changes),
      undo: async (task) => void (await change(task, {})),
    },
    {
      name: 'backup',
      run: async (task) => (task.input.changes.backupRetentionEnabled ? takeBackup.run(task) : undefined),
    },
  ],
  finish: (tx, task) =>
    withDatabase(tx, task, async (found) => {
      const { changes } = task.input;
      const pending = stillWaiting(found.inner.pending, changes);
      const passwords = changes.password ? await rotatePassword(tx, task.seal, found) : found.inner.passwords;
      const body = { ...withChanges(task.catalogue, found.body, changes), state: 'available' };
      let changed = await saveDatabase(
        tx,
        found,
        { ...body, ...showPending(task, body, pending) },
        { pending, passwords },
      );
      for (const name of Object.keys(changes) as (keyof Changes)[])
        if (told[name] !== undefined) await recordEvent(tx, task, found.row, told[name]);
      if (changes.backupRetentionEnabled) changed = await backedUp(tx, task, changed);
      if (changes.backupRetentionEnabled === false) {
        await saveDatabase(tx, changed, { latestRestorableTime: undefined }, { restorableSince: undefined });
        await recordEvent(tx, task, found.row, 'backupsDisabled');
      }
    }),
  fail: (tx, task) =>
    withDatabase(tx, task, async (found) => {
      const passwords = task.input.changes.password ? await dropPending(tx, found) : found.inner.passwords;
      const body = { ...found.body, state: 'available' };
      await saveDatabase(tx, found, { ...body, ...showPending(task, body, found.inner.pending) }, { passwords });
      await recordEvent(tx, task, found.row, 'changeFailed');
    }),
};

type Parameters = { parameters: Readonly<Record<string, ParameterSetting>> };

export const updateParameters: TaskKind<Parameters> = {
  name: 'UpdateRelationalDatabaseParameters',
  steps: [
    {
      name: 'apply',
      run: (task) => change(task, {}, (inner) => withParameters(inner, task.input.parameters)),
      undo: async (task) => void (await change(task, {})),
    },
  ],
  finish: (tx, task) =>
    withDatabase(tx, task, async (found) => {
      const set = withParameters(found.inner, task.input.parameters);
      await saveDatabase(tx, found, { parameterApplyStatus: applyStatusOf(set) }, set);
      await recordEvent(tx, task, found.row, 'parametersUpdated');
    }),
  fail: (tx, task) =>
    withDatabase(tx, task, async (found) => {
      await saveDatabase(tx, found, { parameterApplyStatus: applyStatusOf(found.inner) });
      await recordEvent(tx, task, found.row, 'changeFailed');
    }),
};
