import { promisify } from 'node:util';
import type { WindableClock } from '../clock.ts';
import { EngineRefusal } from '../engines/machine.ts';
import type { Faults } from '../faults.ts';
import { failOperation, finishOperation } from '../operations/record.ts';
import {
  claimTasks,
  deleteTask,
  dropLeases,
  nextRun,
  type Progress,
  renewLeases,
  saveTask,
  type TaskRow,
} from '../store/records/tasks.ts';
import type { Store, Tx } from '../store/store.ts';
import type { TaskContext, TaskKind, Wait } from './task.ts';

/** Everything of a task's context but what is the task's own. */
export type Workshop = Omit<
  TaskContext<unknown>,
  'account' | 'region' | 'resource' | 'input' | 'key' | 'write' | 'read'
>;

export interface WorkerOptions {
  readonly store: Store;
  readonly clock: WindableClock;
  readonly workshop: Workshop;
  // biome-ignore lint/suspicious/noExplicitAny: kinds differ in their input, and a task's kind is known by name only.
  readonly kinds: readonly TaskKind<any>[];
  readonly faults: Faults;
  /** Names this node for its leases; the same after a restart. */
  readonly owner: string;
  readonly log: (line: Record<string, unknown>) => void;
  readonly concurrency?: number;
  /** Keeps where the clock stands, at every move: it must not go back when the process dies on the way. */
  readonly wound?: () => Promise<void>;
}

const immediate = promisify(setImmediate);
const leaseMs = 30_000;
const sweepMs = 5_000;
const maxAttempts = 5;
const backOffMs = (attempt: number): number => Math.min(30_000, 250 * 2 ** attempt);

/** Claims due tasks and runs their steps. Everything it must remember is in the task's row. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #kinds: ReadonlyMap<string, TaskKind<unknown>>;
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #filling: Promise<void> | undefined;
  #again = false;
  #stopped = true;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#kinds = new Map(options.kinds.map((kind) => [kind.name, kind]));
  }

  async start(): Promise<void> {
    await this.#options.store.write('tasks', (tx) => dropLeases(tx, this.#options.owner));
    this.#stopped = false;
    this.#renewal = setInterval(() => this.#renew(), leaseMs / 3).unref();
    this.poke();
  }

  /** Lets running steps end; what is left stays in the queue for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#renewal);
    await this.#filling;
    await Promise.all(this.#running);
  }

  /** Says that there may be work. Cheap, and never too often. */
  poke(): void {
    if (this.#stopped) return;
    if (this.#filling !== undefined) {
      this.#again = true;
      return;
    }
    this.#filling = this.#fill()
      .catch((error) => {
        this.#options.log({ level: 'error', message: 'the task queue cannot be read', error: String(error) });
        this.#wakeIn(sweepMs);
      })
      .finally(() => {
        this.#filling = undefined;
        if (this.#again) {
          this.#again = false;
          this.poke();
        }
      });
  }

  /** Resolves when nothing runs and nothing is due. */
  async settle(): Promise<void> {
    this.poke();
    for (;;) {
      while (this.#filling !== undefined) await this.#filling;
      if (this.#running.size === 0) return;
      await Promise.all(this.#running);
    }
  }

  /** Winds the clock to `moment`, stopping at every task that falls due on the way, so that each sees its own time. */
  async windTo(moment: number): Promise<void> {
    const { store } = this.#options;
    for (;;) {
      await this.settle();
      const next = await store.read(nextRun);
      if (next === undefined || next > moment) break;
      await this.#wind(next);
    }
    await this.#wind(moment);
    this.poke();
  }

  async #wind(moment: number): Promise<void> {
    const { clock, wound } = this.#options;
    const before = clock.offset;
    clock.windTo(moment);
    if (clock.offset !== before) await wound?.();
  }

  async #fill(): Promise<void> {
    const { store, clock, owner, concurrency = 8 } = this.#options;
    // A queue full of short tasks must not keep requests from their turn.
    await immediate();
    const free = concurrency - this.#running.size;
    if (this.#stopped || free <= 0) return;
    const machineNow = Date.now();
    const claim = { owner, now: clock.now(), machineNow, leaseUntil: machineNow + leaseMs, count: free };
    const claimed = await store.write('tasks', (tx) => claimTasks(tx, store.dialect, claim));
    for (const row of claimed) {
      const work = this.#work(row)
        .catch((error) => {
          // The database failed under the task: its lease runs out, and it is taken up again.
          this.#options.log({ level: 'error', message: `task ${row.kind} was left`, error: String(error) });
        })
        .finally(() => {
          this.#running.delete(work);
          this.poke();
        });
      this.#running.add(work);
    }
    if (claimed.length === 0) await this.#sleepUntilNext();
  }

  async #sleepUntilNext(): Promise<void> {
    const next = await this.#options.store.read(nextRun);
    const wait = next === undefined ? sweepMs : Math.max(1, next - this.#options.clock.now());
    this.#wakeIn(Math.min(wait, sweepMs));
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.poke(), ms).unref();
  }

  #renew(): void {
    if (this.#running.size === 0) return;
    const { store, owner, log } = this.#options;
    store
      .write('tasks', (tx) => renewLeases(tx, owner, Date.now() + leaseMs))
      .catch((error) => log({ level: 'error', message: 'leases could not be renewed', error: String(error) }));
  }

  async #work(claimed: TaskRow): Promise<void> {
    const kind = this.#kinds.get(claimed.kind);
    if (kind === undefined) throw new Error(`there is no task kind ${claimed.kind}`);
    const task = this.#contextOf(claimed);
    let row: TaskRow | undefined = claimed;
    while (row !== undefined)
      row = await (row.phase === 'forward' ? this.#forward(kind, task, row) : this.#back(kind, task, row));
  }

  /** One step; answers with the row to go on with, or undefined when this turn is over. */
  async #forward(kind: TaskKind<unknown>, task: TaskContext<unknown>, row: TaskRow): Promise<TaskRow | undefined> {
    const step = kind.steps[row.step];
    if (step === undefined) return this.#end(row, (tx) => kind.finish?.(tx, task), finishOperation);
    let wait: Wait | undefined;
    try {
      wait = await this.#options.faults.strikeStep(kind.name, step.name, () => step.run(task));
    } catch (error) {
      return this.#failed(kind, row, error);
    }
    if (wait !== undefined) return this.#save(row, { ...row, attempts: 0, runAt: wait.until }, false);
    const next = { ...row, step: row.step + 1, attempts: 0 };
    return next.step === kind.steps.length ? next : this.#save(row, next, true);
  }

  async #failed(kind: TaskKind<unknown>, row: TaskRow, error: unknown): Promise<TaskRow | undefined> {
    const { clock, log } = this.#options;
    const text = error instanceof Error ? error.message : String(error);
    const attempts = row.attempts + 1;
    log({
      level: 'warn',
      message: `task ${row.kind} of ${row.resource} failed`,
      step: row.step,
      attempts,
      error: text,
    });
    const forward = row.phase === 'forward';
    // What an operation shows is why the work failed, not why taking it back did.
    const reason = forward ? text : row.error;
    const retry = kind.unfailing || (attempts < maxAttempts && !(error instanceof EngineRefusal));
    if (retry)
      return this.#save(row, { ...row, attempts, error: reason, runAt: clock.now() + backOffMs(attempts) }, false);
    if (forward) return this.#save(row, { ...row, phase: 'undo', attempts: 0, error: reason }, true);
    // An undo that will not go through must not keep the operation waiting for ever; the log has what is left behind.
    log({
      level: 'error',
      message: `undo of ${row.kind} gave up`,
      resource: row.resource,
      step: row.step,
      error: text,
    });
    return this.#save(row, { ...row, step: row.step - 1, attempts: 0 }, true);
  }

  async #back(kind: TaskKind<unknown>, task: TaskContext<unknown>, row: TaskRow): Promise<TaskRow | undefined> {
    const reason = row.error ?? 'unknown';
    if (row.step < 0) {
      return this.#end(
        row,
        (tx) => kind.fail?.(tx, task, reason),
        (tx, clock, id) => failOperation(tx, clock, id, reason),
      );
    }
    try {
      await kind.steps[row.step]?.undo?.(task);
    } catch (error) {
      return this.#failed(kind, row, error);
    }
    return this.#save(row, { ...row, step: row.step - 1, attempts: 0 }, true);
  }

  /** Writes progress down; keeps the lease when the work goes on at once. */
  async #save(row: TaskRow, next: Progress & TaskRow, goOn: boolean): Promise<TaskRow | undefined> {
    const { store, owner } = this.#options;
    const lease = goOn ? Date.now() + leaseMs : null;
    const kept = await store.write(row.account, (tx) => saveTask(tx, owner, row.seq, next, lease));
    return kept && goOn ? next : undefined;
  }

  /** The task's last transaction: rows, operations and the task itself. */
  async #end(
    row: TaskRow,
    rows: (tx: Tx) => Promise<void> | undefined,
    endOperation: (tx: Tx, clock: WindableClock, id: string) => Promise<void>,
  ): Promise<undefined> {
    const { store, clock, owner } = this.#options;
    await store.write(row.account, async (tx) => {
      if (!(await deleteTask(tx, owner, row.seq))) return;
      await rows(tx);
      for (const id of JSON.parse(row.operations) as string[]) await endOperation(tx, clock, id);
    });
  }

  #contextOf(row: TaskRow): TaskContext<unknown> {
    const { store, workshop } = this.#options;
    return {
      ...workshop,
      account: row.account,
      region: row.region,
      resource: row.resource,
      input: JSON.parse(row.input) as unknown,
      key: String(row.seq),
      read: (body) => store.read(body),
      write: (body) => store.write(row.account, body),
    };
  }
}
