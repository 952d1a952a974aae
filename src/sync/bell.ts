import type { Clock } from '../ports/clock.ts';

/** Ends the sleep of whoever waits for it. (A composed AbortSignal for every sleep would stay with the one that lives long.) */
export class Bell {
  readonly #sleepers = new Set<() => void>();

  ring(): void {
    for (const wake of [...this.#sleepers]) wake();
  }

  /** Resolves after `ms`, when rung, or when `signal` aborts. */
  async sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const ended = new AbortController();
    const wake = () => ended.abort();
    this.#sleepers.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await clock.sleep(ms, ended.signal);
    signal.removeEventListener('abort', wake);
    this.#sleepers.delete(wake);
  }
}
