import type { Tx, Value } from '../store.ts';

/** A page of a listing is the largest of them, so this is a few MiB. */
const kept = 64;

/** A reader that may be told to forget. */
export interface Rememberer extends Tx {
  forget(): void;
}

/**
 * Reads through `tx` and remembers the rows of the last queries, for as long as nothing is written: whoever polls costs no query.
 * That is right where nobody else writes to the database, and `forget` is called after every write.
 */
export const remembering = (tx: Tx): Rememberer => {
  const found = new Map<string, Promise<unknown>>();
  const recall = <T>(kind: string, sql: string, params: readonly Value[], look: () => Promise<T>): Promise<T> => {
    const query = `${kind}${sql}${JSON.stringify(params)}`;
    const known = found.get(query) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const rows = look();
    if (found.size >= kept) found.delete(found.keys().next().value!);
    found.set(query, rows);
    rows.catch(() => found.delete(query));
    return rows;
  };
  return {
    all: (sql, ...params) => recall('all ', sql, params, () => tx.all(sql, ...params)),
    get: (sql, ...params) => recall('get ', sql, params, () => tx.get(sql, ...params)),
    run: (sql, ...params) => {
      found.clear();
      return tx.run(sql, ...params);
    },
    forget: () => found.clear(),
  };
};
