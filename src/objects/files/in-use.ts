/**
 * Who needs what on the disk at the moment, by the ids of files and uploads. A file that nobody has any more may be removed once it is not held and
 * every look at the index that began before is over: later ones cannot come across it.
 */
export class InUse {
  readonly #held = new Map<string, number>();
  readonly #looks = new Set<Promise<unknown>>();

  /** Until the answer is called; a second call does nothing. */
  hold(id: string): () => void {
    this.#held.set(id, (this.#held.get(id) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = this.#held.get(id)! - 1;
      if (left === 0) this.#held.delete(id);
      else this.#held.set(id, left);
    };
  }

  isHeld(id: string): boolean {
    return this.#held.has(id);
  }

  /** `look` finds something in the index, and holds it before it ends. */
  async look<T>(look: () => Promise<T>): Promise<T> {
    const looking = look();
    this.#looks.add(looking);
    try {
      return await looking;
    } finally {
      this.#looks.delete(looking);
    }
  }

  /** Resolves when all looks that are under way now are over. */
  async looked(): Promise<void> {
    await Promise.allSettled(this.#looks);
  }
}
