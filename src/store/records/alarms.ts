import type { Tx } from '../store.ts';
import { type Page, page } from './resources.ts';

/** What an alarm watches: a metric of the resource with the id `monitored`. */
export const putWatch = async (tx: Tx, id: string, monitored: string, metric: string): Promise<void> => {
  await tx.run(
    `insert into alarm (id, monitored, metric) values (?, ?, ?)
     on conflict (id) do update set monitored = excluded.monitored, metric = excluded.metric`,
    id,
    monitored,
    metric,
  );
};

export const monitoredBy = async (tx: Tx, id: string): Promise<string | undefined> =>
  (await tx.get<{ monitored: string }>('select monitored from alarm where id = ?', id))?.monitored;

/** Ids of the alarms that watch a resource, or one metric of it. */
export const alarmsOf = async (tx: Tx, monitored: string, metric?: string): Promise<string[]> => {
  const rows =
    metric === undefined
      ? await tx.all<{ id: string }>('select id from alarm where monitored = ?', monitored)
      : await tx.all<{ id: string }>('select id from alarm where monitored = ? and metric = ?', monitored, metric);
  return rows.map(({ id }) => id);
};

export const deleteWatch = async (tx: Tx, id: string): Promise<void> => {
  await tx.run('delete from alarm where id = ?', id);
};

/** Bodies of the alarms that watch a resource, behind position `after`, oldest first. */
export const pageOfAlarms = (tx: Tx, monitored: string, after: number, size: number): Promise<Page> =>
  page(
    tx,
    size,
    `select resource.seq, resource.body from alarm join resource on resource.id = alarm.id
     where alarm.monitored = ? and resource.seq > ? order by resource.seq limit ?`,
    monitored,
    after,
  );
