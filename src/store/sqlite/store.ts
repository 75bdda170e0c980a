import { closeSync, fdatasync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { syncFolder } from '../files.ts';
import { Mutex } from '../mutex.ts';
import { SharedSync } from '../shared-sync.ts';
import type { Dialect, Store, Tx, Value } from '../store.ts';
import { type Database, loadSqlite } from './driver.ts';
import { remembering } from './remember.ts';

const dialect: Dialect = {
  name: 'sqlite',
  serial: 'integer primary key autoincrement',
  bytes: 'blob',
  long: 'integer',
  bytewise: 'collate binary',
  clustered: 'without rowid',
  skipLocked: '',
};

const syncData = promisify(fdatasync);

/** Pages of 4 KiB that the log grows to before they move into the file. Four times SQLite's own 1000 makes a quarter more instances per second. */
const logPages = 4000;

/** Opens (or makes) the database file. Throws when another process has it open. */
export const openSqlite = (file: string): Store => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = openExclusively(file);
  const wal = openSync(`${file}-wal`, 'r+');
  syncFolder(dirname(file));
  const sync = new SharedSync(() => syncData(wal));
  const mutex = new Mutex();
  const tx = transactionOver(database);
  const reader = remembering(tx);

  return {
    dialect,
    // One connection and one thread: a reader that has its turn sees nothing change until it ends.
    read: (body) => mutex.run(() => body(reader)),
    snapshot: (body) => mutex.run(() => body(tx)),
    write: (_lock, body) =>
      mutex.run(async () => {
        await tx.run('begin immediate');
        try {
          const result = await body(tx);
          await tx.run('commit');
          reader.forget();
          sync.mark();
          return result;
        } catch (error) {
          await tx.run('rollback');
          throw error;
        }
      }),
    durable: () => sync.wait(),
    close: () =>
      mutex.run(async () => {
        await sync.wait();
        // Folds the log into the file and lets go of the lock now: a driver may keep the file open until its statements are collected.
        database.exec('pragma journal_mode = delete; pragma locking_mode = normal; select 1 from meta limit 1');
        database.close();
        closeSync(wal);
      }),
  };
};

/**
 * WAL without SQLite's own sync per commit: `durable` syncs the log for many commits at once, off the thread that serves requests.
 * SQLite still syncs the log before it moves pages into the database file, so the file is whole after a power cut.
 * The exclusive lock is the kernel's: it ends with the process, however that ends.
 */
const openExclusively = (file: string): Database => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(file);
  try {
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = normal');
    database.exec(`pragma wal_autocheckpoint = ${logPages}`);
    database.exec(
      'begin immediate; create table if not exists meta (key text primary key, value text not null); commit',
    );
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && /database is locked/.test(error.message)) {
      throw new Error(
        `Another Lateen is running on the data directory ${dirname(file)}. Stop it, or start this one with another --data directory.`,
      );
    }
    throw error;
  }
};

/** Keeps a data directory for this process where the state itself is elsewhere. Throws when another process has it; call the answer to let go. */
export const lockFolder = (folder: string): (() => void) => {
  const database = openExclusively(join(folder, 'lock.db'));
  return () => database.close();
};

const transactionOver = (database: Database): Tx => {
  const statements = new Map<string, ReturnType<Database['prepare']>>();
  const prepared = (sql: string): ReturnType<Database['prepare']> => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    all: async <R>(sql: string, ...params: Value[]) => prepared(sql).all(...params) as R[],
    get: async <R>(sql: string, ...params: Value[]) => prepared(sql).get(...params) as R | undefined,
    run: async (sql, ...params) => Number(prepared(sql).run(...params).changes),
  };
};
