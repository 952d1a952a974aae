type Waiting = { readonly isUrgent: boolean; readonly begin: () => void };

/** One order of a board after the other, each with all its steps; the urgent ones first. */
export class OrderTurns {
  readonly #waiting: Waiting[] = [];
  #isTaken = false;

  async run<T>(isUrgent: boolean, order: () => Promise<T>): Promise<T> {
    if (this.#isTaken) {
      await new Promise<void>((begin) => {
        this.#waiting.push({ isUrgent, begin });
      });
    }
    this.#isTaken = true;
    try {
      return await order();
    } finally {
      this.#next();
    }
  }

  #next(): void {
    const urgent = this.#waiting.findIndex(({ isUrgent }) => isUrgent);
    const [next] = this.#waiting.splice(Math.max(0, urgent), 1);
    // It stays taken: nobody may come in between.
    if (next === undefined) this.#isTaken = false;
    else next.begin();
  }
}
