import type { Tx } from '../store.ts';

/** A fault that was ordered; `body` is its JSON text. */
export interface FaultRow {
  readonly seq: number;
  readonly remaining: number;
  readonly body: string;
}

export const insertFault = async (tx: Tx, body: string, remaining: number): Promise<void> => {
  await tx.run('insert into fault (remaining, body) values (?, ?)', remaining, body);
};

export const allFaults = (tx: Tx): Promise<readonly FaultRow[]> =>
  tx.all<FaultRow>('select seq, remaining, body from fault where remaining > 0 order by seq');

/** Uses one strike up; false when there was none left. */
export const useFault = async (tx: Tx, seq: number): Promise<boolean> =>
  (await tx.run('update fault set remaining = remaining - 1 where seq = ? and remaining > 0', seq)) === 1;

export const clearFaults = (tx: Tx): Promise<number> => tx.run('delete from fault');
