import { EngineRefusal } from './engines/machine.ts';
import { ApiError, type ErrorCode } from './errors.ts';
import { allFaults, clearFaults, insertFault, useFault } from './store/records/faults.ts';
import type { Store } from './store/store.ts';

/**
 * What befalls a step: it fails, it runs twice, or the process dies (SIGKILL) after it ran and before that is written down.
 */
export type Effect = 'fail' | 'repeat' | 'crash';

/** A failure to order: the next `times` calls of `operation`, or runs of `step` (`<task kind>/<step>`), are struck. */
export interface Fault {
  readonly operation?: string | undefined;
  readonly step?: string | undefined;
  /** The exception that a call answers with; ServiceException when absent. */
  readonly error?: ErrorCode | undefined;
  readonly message?: string | undefined;
  /** Of a step; `fail` when absent. */
  readonly effect?: Effect | undefined;
  /** A step that fails for good is undone at once; otherwise it is tried again. */
  readonly permanent?: boolean | undefined;
  readonly times: number;
}

const defaultMessages: Partial<Record<ErrorCode, string>> = { ThrottlingException: 'Rate exceeded' };

/** Ordered failures, kept in the store. While there are none, asking costs nothing. */
export class Faults {
  readonly #store: Store;
  #ordered: { seq: number; fault: Fault; left: number }[] = [];

  readonly #crash: () => void;

  /** `crash` ends the process on the spot. */
  constructor(store: Store, crash: () => void = () => process.kill(process.pid, 'SIGKILL')) {
    this.#store = store;
    this.#crash = crash;
  }

  async load(): Promise<void> {
    const rows = await this.#store.read(allFaults);
    this.#ordered = rows.map((row) => ({ seq: row.seq, fault: JSON.parse(row.body) as Fault, left: row.remaining }));
  }

  async order(fault: Fault): Promise<void> {
    await this.#store.write('faults', (tx) => insertFault(tx, JSON.stringify(fault), fault.times));
    await this.load();
  }

  async clear(): Promise<void> {
    await this.#store.write('faults', clearFaults);
    await this.load();
  }

  /** Those with strikes left. */
  list(): (Fault & { left: number })[] {
    return this.#ordered.map(({ fault, left }) => ({ ...fault, left }));
  }

  /** Throws the ordered error, when there is one for this operation. */
  async strikeOperation(operation: string): Promise<void> {
    const fault = await this.#take((ordered) => ordered.operation === operation);
    if (fault === undefined) return;
    const code = fault.error ?? 'ServiceException';
    throw new ApiError(code, fault.message ?? defaultMessages[code] ?? 'A fault was ordered for this call.');
  }

  /** Runs a step as was ordered for it, or as it is. */
  async strikeStep<T>(kind: string, step: string, run: () => Promise<T>): Promise<T> {
    const fault = await this.#take((ordered) => ordered.step === `${kind}/${step}`);
    if (fault === undefined) return run();
    const message = fault.message ?? `A fault was ordered for the step ${step} of ${kind}.`;
    if (fault.effect === undefined || fault.effect === 'fail')
      throw fault.permanent ? new EngineRefusal(message) : new Error(message);
    const result = await run();
    if (fault.effect === 'repeat') return run();
    await this.#store.durable();
    this.#crash();
    return result;
  }

  async #take(matches: (fault: Fault) => boolean): Promise<Fault | undefined> {
    if (this.#ordered.length === 0) return undefined;
    const found = this.#ordered.find(({ fault }) => matches(fault));
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#ordered = this.#ordered.filter((other) => other !== found);
    const struck = await this.#store.write('faults', (tx) => useFault(tx, found.seq));
    return struck ? found.fault : undefined;
  }
}
