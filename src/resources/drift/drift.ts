import type { Kept } from '../../engines/machine.ts';

/** One thing that the engine has otherwise than the rows say. */
export interface Deviation {
  /** What it is to the engine; `host` is what the engine keeps beside its machines. */
  readonly kind: Kept['kind'] | 'host';
  readonly id?: string | undefined;
  /** Whose it is, when there is a row. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly name?: string | undefined;
  readonly text: string;
  /** Whether it was put right, or is about to be. */
  readonly mended: boolean;
}

/** What a look has found. `at` is in ms of the machine's clock; absent before the first one. */
export interface Drift {
  readonly at?: number | undefined;
  readonly found: readonly Deviation[];
}
