/** Lets one in at a time, in the order of arrival. */
export class Mutex {
  #tail: Promise<unknown> | undefined;

  run<T>(body: () => Promise<T>): Promise<T> {
    const mine = this.#tail === undefined ? body() : this.#tail.then(body, body);
    this.#tail = mine;
    const leave = (): void => {
      if (this.#tail === mine) this.#tail = undefined;
    };
    mine.then(leave, leave);
    return mine;
  }
}
