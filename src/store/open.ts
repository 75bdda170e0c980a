import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Ids } from '../ids.ts';
import { writeWhole } from './files.ts';
import { getMeta, setMeta } from './records/meta.ts';
import type { createSeal } from './seal.ts';
import type { Store } from './store.ts';

/** The store of the configuration, and the data directory for this process alone. */
export const openStore = async ({ data, databaseUrl }: Config): Promise<Store> => {
  const { lockFolder, openSqlite } = await import('./sqlite/store.ts');
  if (databaseUrl === undefined) return openSqlite(join(data, 'lateen.db'));
  const unlock = lockFolder(data);
  const { openPostgres } = await import('./postgres/store.ts');
  const store = await openPostgres(databaseUrl);
  return { ...store, close: () => store.close().finally(unlock) };
};

/** Finds out at start, not at the first secret, that the key is not the one the database was written with. */
export const checkKey = async (store: Store, seal: ReturnType<typeof createSeal>, file: string): Promise<void> => {
  const proof = 'lateen';
  const known = await store.read((tx) => getMeta(tx, 'key-check'));
  if (known === undefined) {
    await store.write('meta', (tx) => setMeta(tx, 'key-check', seal.close(Buffer.from(proof)).toString('base64')));
  } else if (seal.tryOpen(Buffer.from(known, 'base64'))?.toString() !== proof) {
    throw new Error(
      `The key in ${file} is not the one that this database was written with. Put the right key file back.`,
    );
  }
};

/** The same after a restart, so that what this node was working on is its own again. */
export const nodeName = (data: string, ids: Ids): string => {
  const file = join(data, 'node');
  if (!existsSync(file)) writeWhole(file, `${ids.uuid()}\n`);
  return readFileSync(file, 'utf8').trim();
};
