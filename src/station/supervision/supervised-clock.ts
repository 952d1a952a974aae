import type { Clock } from '../../ports/clock.ts';

/** A supervisor waits by its clock for everything it waits for. Without a look at it for so long it hangs. */
const SILENT_MS_MAX = 10_000;

/**
 * asks: any look at the clock is one. waits: only waits are, of a loop that waits often and shares its clock with orders that
 * would hide that it stands still.
 */
export type SignsOfLife = 'asks' | 'waits';

/**
 * The clock of one device's supervisor. Supervisors ask it all the time: how old a frame is, when to look at a port again.
 * One that neither asks nor waits for it any more is stuck, whatever it is stuck in.
 */
export class SupervisedClock implements Clock {
  readonly #clock: Clock;
  readonly #signs: SignsOfLife;
  #askedMonoMs: number;
  /** When the wait that lasts longest is over. */
  #dueMonoMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, signs: SignsOfLife) {
    this.#clock = clock;
    this.#signs = signs;
    this.#askedMonoMs = clock.monoMs();
  }

  wallMs(): number {
    this.monoMs();
    return this.#clock.wallMs();
  }

  monoMs(): number {
    const nowMs = this.#clock.monoMs();
    if (this.#signs === 'asks') this.#askedMonoMs = nowMs;
    return nowMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.#askedMonoMs = this.#clock.monoMs();
    this.#dueMonoMs = Math.max(this.#dueMonoMs, this.#askedMonoMs + ms);
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
