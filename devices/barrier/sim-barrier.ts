import { DeviceFault } from '../../src/kernel/errors.ts';
import type { Barrier, BarrierState } from '../../src/ports/barrier.ts';
import type { Clock } from '../../src/ports/clock.ts';

export type SimBarrierEvent = {
  readonly atMonoMs: number;
  readonly what: 'opened' | 'closed' | 'no-answer';
};

/** How long the board holds the relay, as relay boards do by themselves. */
const HOLD_MS = 4_000;
const EVENTS_MAX = 1_000;

/** A barrier in memory that closes by its own timer, and does not answer when told so. */
export class SimBarrier implements Barrier {
  readonly deviceId: string;
  readonly #clock: Clock;
  #state: 'closed' | 'open' = 'closed';
  #known = true;
  #unanswered = 0;
  #closesAtMonoMs = 0;
  #trace: readonly SimBarrierEvent[] = [];

  constructor(deviceId: string, clock: Clock) {
    this.deviceId = deviceId;
    this.#clock = clock;
  }

  /** The next `orders` orders get no answer; the arm stays as it is. */
  loseOrders(orders: number): void {
    this.#unanswered = orders;
  }

  /** What the arm did, oldest first; the last thousand. */
  get trace(): readonly SimBarrierEvent[] {
    this.#settle();
    return this.#trace;
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#settle();
    if (this.#unanswered > 0) {
      this.#unanswered -= 1;
      this.#known = false;
      this.#add('no-answer', this.#clock.monoMs());
      throw new DeviceFault(`barrier ${this.deviceId} did not answer: check its cable and power`);
    }
    this.#known = true;
    this.#closesAtMonoMs = this.#clock.monoMs() + HOLD_MS;
    if (this.#state === 'open') return;
    this.#state = 'open';
    this.#add('opened', this.#clock.monoMs());
  }

  /** Unknown after an order without an answer, until the next answer. */
  state(): BarrierState {
    this.#settle();
    return this.#known ? this.#state : 'unknown';
  }

  /** The board's timer, looked at late: nothing happens in between that anybody could see. */
  #settle(): void {
    if (this.#state === 'closed' || this.#clock.monoMs() < this.#closesAtMonoMs) return;
    this.#state = 'closed';
    this.#add('closed', this.#closesAtMonoMs);
  }

  #add(what: SimBarrierEvent['what'], atMonoMs: number): void {
    this.#trace = [...this.#trace.slice(1 - EVENTS_MAX), { atMonoMs, what }];
  }
}
