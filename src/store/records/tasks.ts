import type { Dialect, Tx } from '../store.ts';

/** A unit of durable work. `input` and `operations` are JSON text; `runAt` is Lateen's clock, leases are the machine's. */
export interface TaskRow {
  readonly seq: number;
  readonly kind: string;
  readonly account: string;
  readonly region: string;
  readonly resource: string;
  readonly operations: string;
  readonly input: string;
  readonly step: number;
  readonly phase: Phase;
  readonly attempts: number;
  readonly runAt: number;
  readonly error: string | null;
}

/** Forward through the steps, or back through their undos. */
export type Phase = 'forward' | 'undo';

/** Where a task stands between two steps. */
export type Progress = Pick<TaskRow, 'step' | 'phase' | 'attempts' | 'runAt' | 'error'>;

const columns =
  'seq, kind, account, region, resource, operations, input, step, phase, attempts, run_at as "runAt", error';

export const insertTask = async (
  tx: Tx,
  row: Omit<TaskRow, 'seq' | keyof Progress> & { runAt: number },
): Promise<void> => {
  await tx.run(
    `insert into task (kind, account, region, resource, operations, input, step, phase, attempts, run_at)
     values (?, ?, ?, ?, ?, ?, 0, 'forward', 0, ?)`,
    row.kind,
    row.account,
    row.region,
    row.resource,
    row.operations,
    row.input,
    row.runAt,
  );
};

/** Takes up to `count` due tasks that nobody works on. The tasks of one resource run one after the other, in the order of their making. */
export const claimTasks = (
  tx: Tx,
  dialect: Dialect,
  claim: { owner: string; now: number; machineNow: number; leaseUntil: number; count: number },
): Promise<readonly TaskRow[]> =>
  tx.all<TaskRow>(
    `update task set owner = ?, lease_until = ? where seq in (
       select seq from task as t where run_at <= ? and (lease_until is null or lease_until < ?)
       and not exists (select 1 from task as earlier where earlier.resource = t.resource and earlier.seq < t.seq)
       order by run_at, seq limit ? ${dialect.skipLocked})
     returning ${columns}`,
    claim.owner,
    claim.leaseUntil,
    claim.now,
    claim.machineNow,
    claim.count,
  );

/** Writes down how far a task came. Answers false when the lease was lost: somebody else has the task now. */
export const saveTask = async (
  tx: Tx,
  owner: string,
  seq: number,
  progress: Progress,
  leaseUntil: number | null,
): Promise<boolean> =>
  (await tx.run(
    `update task set step = ?, phase = ?, attempts = ?, run_at = ?, error = ?, lease_until = ?, owner = ? where seq = ? and owner = ?`,
    progress.step,
    progress.phase,
    progress.attempts,
    progress.runAt,
    progress.error,
    leaseUntil,
    leaseUntil === null ? null : owner,
    seq,
    owner,
  )) === 1;

export const deleteTask = async (tx: Tx, owner: string, seq: number): Promise<boolean> =>
  (await tx.run('delete from task where seq = ? and owner = ?', seq, owner)) === 1;

export const renewLeases = async (tx: Tx, owner: string, leaseUntil: number): Promise<void> => {
  await tx.run('update task set lease_until = ? where owner = ?', leaseUntil, owner);
};

/** At start: what this node worked on when it died is free again. */
export const dropLeases = async (tx: Tx, owner: string): Promise<void> => {
  await tx.run('update task set lease_until = null, owner = null where owner = ?', owner);
};

/** When the next task is due on Lateen's clock, of those that could run. */
export const nextRun = async (tx: Tx): Promise<number | undefined> =>
  (
    await tx.get<{ runAt: number }>(
      `select run_at as "runAt" from task as t where lease_until is null
       and not exists (select 1 from task as earlier where earlier.resource = t.resource and earlier.seq < t.seq)
       order by run_at limit 1`,
    )
  )?.runAt;

/** Makes the waiting tasks of a resource due: what they wait for has changed. */
export const hastenTasks = async (tx: Tx, resource: string, now: number): Promise<void> => {
  await tx.run('update task set run_at = ? where resource = ? and run_at > ?', now, resource, now);
};
