/** A map of at most `size` entries: the one that was not asked for the longest time makes room for a new one. */
export class Recent<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #size: number;
  /** The key asked for last, which need not move: mostly it is the same again. */
  #last: K | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#last) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#last = key;
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#size) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, value);
    this.#last = key;
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }
}
