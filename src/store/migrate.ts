import { migrations } from './migrations/index.ts';
import { getMeta, setMeta } from './records/meta.ts';
import type { Store } from './store.ts';

/** Brings the database to this program's schema. Throws when a newer program wrote it: going back would lose what it knows. */
export const migrate = async (store: Store, steps = migrations): Promise<void> => {
  await store.write('schema', async (tx) => {
    await tx.run('create table if not exists meta (key text primary key, value text not null)');
    const version = Number((await getMeta(tx, 'schema')) ?? 0);
    if (version > steps.length) {
      throw new Error(
        `This database was written by a newer Lateen: its schema is version ${version}, and this program knows up to ${steps.length}. Run the newer program, or use another --data directory.`,
      );
    }
    for (const step of steps.slice(version)) {
      for (const statement of step(store.dialect)) await tx.run(statement);
    }
    if (version < steps.length) await setMeta(tx, 'schema', String(steps.length));
  });
};
