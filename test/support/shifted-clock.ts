import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/station/system-clock.ts';

const START_MS = Date.UTC(2026, 10, 25, 3);

/** Real time, from a fixed day on unless told otherwise, whose wall a test sets ahead: weeks without a line take no waiting. */
export class ShiftedClock implements Clock {
  readonly #startMs: number;
  readonly #startMonoMs = systemClock.monoMs();
  #aheadMs = 0;
  #monoAheadMs = 0;

  constructor(startMs = START_MS) {
    this.#startMs = startMs;
  }

  wallMs(): number {
    const passedMs = systemClock.monoMs() - this.#startMonoMs;
    return this.#startMs + this.#aheadMs + Math.floor(passedMs);
  }

  monoMs(): number {
    return systemClock.monoMs() + this.#monoAheadMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  skip(ms: number): void {
    this.#aheadMs += ms;
  }

  /** Deadlines of whoever has this clock come nearer. */
  hasten(ms: number): void {
    this.#monoAheadMs += ms;
  }
}
