import type { Tx } from '../store.ts';

/** `slot` is where it begins, in ms of Lateen's clock; the body is JSON text of the engine's. */
export interface MachineSample {
  readonly slot: number;
  readonly body: string;
}

export const putSample = async (tx: Tx, machine: string, slot: number, body: string): Promise<void> => {
  await tx.run(
    `insert into machine_sample (machine, slot, body) values (?, ?, ?)
     on conflict (machine, slot) do update set body = excluded.body`,
    machine,
    slot,
    body,
  );
};

/** Those that begin from `start` to before `end`, oldest first. */
export const samplesOf = (tx: Tx, machine: string, start: number, end: number): Promise<readonly MachineSample[]> =>
  tx.all<MachineSample>(
    'select slot, body from machine_sample where machine = ? and slot >= ? and slot < ? order by slot',
    machine,
    start,
    end,
  );

export const lastSample = async (tx: Tx, machine: string): Promise<MachineSample | undefined> =>
  (
    await tx.all<MachineSample>(
      'select slot, body from machine_sample where machine = ? order by slot desc limit 1',
      machine,
    )
  )[0];

export const deleteSamples = async (tx: Tx, machine: string): Promise<void> => {
  await tx.run('delete from machine_sample where machine = ?', machine);
};

export const deleteSamplesBefore = async (tx: Tx, slot: number): Promise<void> => {
  await tx.run('delete from machine_sample where slot < ?', slot);
};
