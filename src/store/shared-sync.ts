/** Group commit: many commits, one sync. A caller waits only for a sync that began after its commit. */
export class SharedSync {
  readonly #sync: () => Promise<void>;
  #committed = 0;
  #synced = 0;
  #running: Promise<void> | undefined;

  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Notes that something was committed that is not on the disk yet. */
  mark(): void {
    this.#committed += 1;
  }

  /** Resolves when everything marked so far is on the disk; rejects when the disk fails, and later waits try again. */
  async wait(): Promise<void> {
    const target = this.#committed;
    while (this.#synced < target) {
      this.#running ??= this.#round();
      await this.#running;
    }
  }

  async #round(): Promise<void> {
    const covers = this.#committed;
    try {
      await this.#sync();
      this.#synced = covers;
    } finally {
      this.#running = undefined;
    }
  }
}
