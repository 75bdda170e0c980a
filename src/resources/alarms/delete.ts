import type { Clock } from '../../clock.ts';
import { alarmsOf, deleteWatch } from '../../store/records/alarms.ts';
import { deleteResource, findById, type ResourceRow } from '../../store/records/resources.ts';
import { hastenTasks } from '../../store/records/tasks.ts';
import type { Tx } from '../../store/store.ts';

interface Now {
  readonly clock: Clock;
}

/** Removes the row; the evaluation ends by itself when it finds nothing to evaluate. */
export const removeAlarm = async (tx: Tx, { clock }: Now, row: ResourceRow): Promise<void> => {
  await deleteResource(tx, row);
  await deleteWatch(tx, row.id);
  await hastenTasks(tx, row.id, clock.now());
};

/** For a resource that is being deleted: nothing is left to monitor. */
export const deleteAlarmsOf = async (tx: Tx, now: Now, monitored: ResourceRow): Promise<void> => {
  for (const id of await alarmsOf(tx, monitored.id)) {
    const row = await findById(tx, id);
    if (row !== undefined) await removeAlarm(tx, now, row);
  }
};
