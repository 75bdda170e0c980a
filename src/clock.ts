/** Time as Lateen sees it, in milliseconds since the epoch. It can be wound forward, so never read `Date.now()` for what a client sees. */
export interface Clock {
  now(): number;
}

/** The machine's clock plus an offset that winding adds to. */
export class WindableClock implements Clock {
  #offset: number;
  readonly #machine: () => number;

  constructor(offset = 0, machine: () => number = Date.now) {
    this.#offset = offset;
    this.#machine = machine;
  }

  now(): number {
    return this.#machine() + this.#offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Takes over the offset of a loaded state, which may lie behind. */
  restore(offset: number): void {
    this.#offset = offset;
  }

  /** Moves this clock forward to `moment`, never back. */
  windTo(moment: number): void {
    this.#offset = Math.max(this.#offset, moment - this.#machine());
  }
}

/** Milliseconds to the epoch seconds of the wire, with millisecond precision (F6). */
export const seconds = (ms: number): number => Math.round(ms) / 1000;
