import type { Tx } from '../store.ts';
import { type Page, page } from './resources.ts';

/** Adds an event of the database, `at` in ms, and forgets those from before `keptSince`. */
export const addDatabaseEvent = async (
  tx: Tx,
  database: string,
  at: number,
  body: string,
  keptSince: number,
): Promise<void> => {
  await tx.run('delete from database_event where database_id = ? and created_at < ?', database, keptSince);
  await tx.run('insert into database_event (database_id, created_at, body) values (?, ?, ?)', database, at, body);
};

export const deleteDatabaseEvents = async (tx: Tx, database: string): Promise<void> => {
  await tx.run('delete from database_event where database_id = ?', database);
};

/** Bodies of the events since then (ms), behind position `after`, oldest first. */
export const pageOfDatabaseEvents = (
  tx: Tx,
  database: string,
  since: number,
  after: number,
  size: number,
): Promise<Page> =>
  page(
    tx,
    size,
    'select seq, body from database_event where database_id = ? and created_at >= ? and seq > ? order by seq limit ?',
    database,
    since,
    after,
  );
