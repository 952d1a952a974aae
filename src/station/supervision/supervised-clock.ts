import type { Clock } from '../../ports/clock.ts';

/** A supervisor waits by its clock for everything it waits for. Without a look at it for so long it hangs. */
const SILENT_MS_MAX = 10_000;

/**
 * The clock of one device's supervisor. Supervisors ask it all the time: how old a frame is, when to look at a port again.
 * One that neither asks nor waits for it any more is stuck, whatever it is stuck in.
 */
export class SupervisedClock implements Clock {
  readonly #clock: Clock;
  #askedMonoMs: number;
  /** When the wait that lasts longest is over. */
  #dueMonoMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#askedMonoMs = clock.monoMs();
  }

  wallMs(): number {
    this.#askedMonoMs = this.#clock.monoMs();
    return this.#clock.wallMs();
  }

  monoMs(): number {
    this.#askedMonoMs = this.#clock.monoMs();
    return this.#askedMonoMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const fromMs = this.monoMs();
    this.#dueMonoMs = Math.max(this.#dueMonoMs, fromMs + ms);
    await this.#clock.sleep(ms, signal);
    // One that was cut short is over.
    if (signal.aborted) this.#dueMonoMs = Math.min(this.#dueMonoMs, this.#clock.monoMs());
    this.#askedMonoMs = this.#clock.monoMs();
  }

  isAlive(): boolean {
    const heardMonoMs = Math.max(this.#askedMonoMs, this.#dueMonoMs);
    return this.#clock.monoMs() - heardMonoMs <= SILENT_MS_MAX;
  }
}
