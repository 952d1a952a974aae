type Close = () => void | Promise<void>;

/** What a start has opened so far, so that an end, or a start that fails half way, leaves nothing open. */
export class Opened {
  readonly #closers: Close[] = [];

  add(close: Close): void {
    this.#closers.push(close);
  }

  /** Closes in reverse order, everything once. What fails keeps nothing else open; the first failure is thrown then. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
