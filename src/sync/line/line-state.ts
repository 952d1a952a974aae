import type { Clock } from '../../ports/clock.ts';
import type { UnreachableReason } from '../../ports/upstream.ts';
import { Bell } from '../bell.ts';

export type LineSnapshot = {
  readonly state: 'unknown' | 'up' | 'down';
  /** Wall time of the change; null while unknown. */
  readonly sinceMs: number | null;
  readonly lastAnswerMs: number | null;
  /** Why the last call failed; null while up. */
  readonly reason: UnreachableReason | null;
};

/** Whether the hub answers, as the calls find it. */
export class LineState {
  readonly #clock: Clock;
  readonly #onChange: (line: LineSnapshot) => void;
  #snapshot: LineSnapshot = { state: 'unknown', sinceMs: null, lastAnswerMs: null, reason: null };
  readonly #isBack = new Bell();

  constructor(clock: Clock, onChange: (line: LineSnapshot) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  snapshot(): LineSnapshot {
    return this.#snapshot;
  }

  get isUp(): boolean {
    return this.#snapshot.state === 'up';
  }

  answered(): void {
    const nowMs = this.#clock.wallMs();
    const wasUp = this.isUp;
    const sinceMs = wasUp ? this.#snapshot.sinceMs : nowMs;
    this.#snapshot = { state: 'up', sinceMs, lastAnswerMs: nowMs, reason: null };
    if (wasUp) return;
    this.#onChange(this.#snapshot);
    this.#isBack.ring();
  }

  failed(reason: UnreachableReason): void {
    if (reason === 'aborted') return;
    const wasDown = this.#snapshot.state === 'down';
    const { sinceMs, lastAnswerMs } = this.#snapshot;
    this.#snapshot = {
      ...{ state: 'down', lastAnswerMs, reason },
      sinceMs: wasDown ? sinceMs : this.#clock.wallMs(),
    };
    if (!wasDown) this.#onChange(this.#snapshot);
  }

  /** Ends every wait for the line. */
  hurry(): void {
    this.#isBack.ring();
  }

  /** Waits out a backoff, or until somebody else reached the hub. */
  waitFor(ms: number, signal: AbortSignal): Promise<void> {
    return this.#isBack.sleep(ms, this.#clock, signal);
  }
}
