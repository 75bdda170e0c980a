import type { Tx } from '../store.ts';

/** One time that a simulated machine was on, in ms of Lateen's clock; it still is when `endedAt` is null. `size` is JSON text. */
export interface MachineRun {
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly size: string;
}

/** Forgets the machine's runs that were over before `keptSince`. */
export const beginRun = async (
  tx: Tx,
  machine: string,
  startedAt: number,
  size: string,
  keptSince: number,
): Promise<void> => {
  await tx.run('delete from machine_run where machine = ? and ended_at < ?', machine, keptSince);
  await tx.run('insert into machine_run (machine, started_at, size) values (?, ?, ?)', machine, startedAt, size);
};

/** A run that had not begun by then never was. */
export const endRun = async (tx: Tx, machine: string, endedAt: number): Promise<void> => {
  await tx.run('delete from machine_run where machine = ? and ended_at is null and started_at >= ?', machine, endedAt);
  await tx.run('update machine_run set ended_at = ? where machine = ? and ended_at is null', endedAt, machine);
};

/** Oldest first. */
export const runsOf = (tx: Tx, machine: string): Promise<readonly MachineRun[]> =>
  tx.all<MachineRun>(
    'select started_at as "startedAt", ended_at as "endedAt", size from machine_run where machine = ? order by started_at',
    machine,
  );

export const deleteRuns = async (tx: Tx, machine: string): Promise<void> => {
  await tx.run('delete from machine_run where machine = ?', machine);
};
