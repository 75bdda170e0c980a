import type { Tx } from '../../store/store.ts';
import { createEnqueue } from '../../tasks/queue.ts';
import type { TaskContext, TaskKind, Wait } from '../../tasks/task.ts';
import { recordEvent } from './events.ts';
import type { DatabaseResource } from './noun.ts';
import { findDatabase, saveDatabase } from './record.ts';
import {
  backUpDatabase,
  createDatabase,
  createDatabaseSnapshot,
  deleteDatabase,
  deleteDatabaseSnapshot,
  rebootDatabase,
  startDatabase,
  stopDatabase,
  updateDatabase,
  updateParameters,
} from './tasks.ts';
import { backupTurns, maintenanceTurns } from './windows.ts';

type Upkeep = TaskContext<{ database: string }>;

/** When a database that is just being changed is worth another look, in ms. */
const lookAgainMs = 60_000;

/** What a window that begins brings; a database that is off is left in peace. */
const bring = {
  backup: {
    turns: ({ body }: DatabaseResource, now: number) => backupTurns(body.preferredBackupWindow ?? '', now),
    isWanted: ({ body }: DatabaseResource) => body.backupRetentionEnabled ?? false,
    state: 'backing-up',
    event: 'backupBegun',
    enqueue: (tx: Tx, task: Upkeep, { row }: DatabaseResource) =>
      createEnqueue(task.clock)(tx, backUpDatabase, { scope: task, resource: row.id, input: {} }),
  },
  maintenance: {
    turns: ({ body }: DatabaseResource, now: number) => maintenanceTurns(body.preferredMaintenanceWindow ?? '', now),
    isWanted: ({ inner }: DatabaseResource) => Object.values(inner.pending).some((value) => value !== undefined),
    state: 'modifying',
    event: 'maintenance',
    enqueue: (tx: Tx, task: Upkeep, { row, inner }: DatabaseResource) =>
      createEnqueue(task.clock)(tx, updateDatabase, {
        scope: task,
        resource: row.id,
        input: { changes: inner.pending },
      }),
  },
} as const;

/** Sees to the windows that have begun, and says when the next one does. */
const look = async (tx: Tx, task: Upkeep): Promise<Wait | undefined> => {
  let found = await findDatabase(tx, task.input.database);
  if (found === undefined) return undefined;
  const now = task.clock.now();
  const next: number[] = [];
  for (const kind of ['maintenance', 'backup'] as const) {
    const { turns, isWanted, state, event, enqueue } = bring[kind];
    const turn = turns(found, now);
    if (turn.last > found.inner.seenTo[kind]) {
      if (isWanted(found) && found.body.state !== 'stopped') {
        if (found.body.state !== 'available') return { until: now + lookAgainMs };
        await recordEvent(tx, task, found.row, event);
        await enqueue(tx, task, found);
        found = await saveDatabase(tx, found, { state });
      }
      found = await saveDatabase(tx, found, {}, { seenTo: { ...found.inner.seenTo, [kind]: turn.last } });
    }
    next.push(turn.next);
  }
  return { until: Math.min(...next) };
};

/** Runs for as long as the database is there. It is a resource of its own, so that nothing waits behind it. */
export const keepDatabase: TaskKind<{ database: string }> = {
  name: 'KeepRelationalDatabase',
  unfailing: true,
  steps: [{ name: 'look', run: (task) => task.write((tx) => look(tx, task)) }],
};

export const databaseTasks = [
  backUpDatabase,
  createDatabase,
  createDatabaseSnapshot,
  deleteDatabase,
  deleteDatabaseSnapshot,
  keepDatabase,
  rebootDatabase,
  startDatabase,
  stopDatabase,
  updateDatabase,
  updateParameters,
];
