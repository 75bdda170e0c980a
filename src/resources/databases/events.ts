import type { RelationalDatabaseEvent } from '../../api/generated/types.ts';
import { serialize } from '../../api/serialize.ts';
import { type Clock, seconds } from '../../clock.ts';
import { addDatabaseEvent } from '../../store/records/database-events.ts';
import type { ResourceRow } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';

/** Milliseconds that events are kept (F476). */
const keptMs = 14 * 86_400_000;

/** What can happen to a database: its category, and how it is told. */
const events = {
  created: ['creation', 'Database created'],
  restored: ['recovery', 'Database restored'],
  backupBegun: ['backup', 'Backing up database'],
  backupDone: ['backup', 'Finished database backup'],
  backupsDisabled: ['backup', 'Automatic backups disabled'],
  snapshotBegun: ['backup', 'Creating database snapshot'],
  snapshotDone: ['backup', 'Database snapshot created'],
  started: ['availability', 'Database started'],
  stopped: ['availability', 'Database stopped'],
  restarted: ['availability', 'Database restarted'],
  maintenance: ['maintenance', 'Maintenance window begun'],
  passwordReset: ['configuration change', 'Master user password reset'],
  parametersUpdated: ['configuration change', 'Parameters updated'],
  accessChanged: ['configuration change', 'Public accessibility changed'],
  certificateChanged: ['configuration change', 'Certificate changed'],
  upgraded: ['maintenance', 'Engine version upgraded'],
  changeFailed: ['failure', 'Changes could not be applied'],
} as const satisfies Record<string, readonly [category: string, message: string]>;

export type EventName = keyof typeof events;

export const recordEvent = async (
  tx: Tx,
  { clock }: { readonly clock: Clock },
  { id, name }: Pick<ResourceRow, 'id' | 'name'>,
  event: EventName,
): Promise<void> => {
  const [category, message] = events[event];
  const now = clock.now();
  const body: RelationalDatabaseEvent = {
    createdAt: seconds(now),
    eventCategories: [category],
    message,
    resource: name,
  };
  await addDatabaseEvent(tx, id, now, serialize('RelationalDatabaseEvent', body), now - keptMs);
};
