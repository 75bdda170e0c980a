import { createRequire } from 'node:module';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';

/** Both drivers have this interface. */
export type Database = DatabaseSyncInstance;

interface Driver {
  readonly DatabaseSync: new (file: string) => Database;
}

/** Node's own SQLite where it stands without a flag (22.13 and later), else a package with the same interface. */
export const loadSqlite = (): Driver => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const require = createRequire(import.meta.url);
  if (major > 22 || (major === 22 && minor >= 13)) return withoutWarning(() => require('node:sqlite') as Driver);
  return require('@photostructure/sqlite') as Driver;
};

/** Node 22 calls its SQLite experimental, on the terminal of somebody who can do nothing about it. */
const withoutWarning = <T>(load: () => T): T => {
  const emit = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return load();
  } finally {
    process.emitWarning = emit;
  }
};
