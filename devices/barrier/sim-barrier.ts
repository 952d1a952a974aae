import { DeviceFault } from '../../src/kernel/errors.ts';
import type { Barrier, BarrierEvent, BarrierInput, BarrierState } from '../../src/ports/barrier.ts';
import type { Clock } from '../../src/ports/clock.ts';

export type SimBarrierEvent = {
  readonly atMonoMs: number;
  readonly what: 'opened' | 'closed' | 'no-answer';
};

/** How long the board holds the relay, as relay boards do by themselves. */
const HOLD_MS = 4_000;
const EVENTS_MAX = 1_000;

/** A barrier in memory that closes by its own timer, does not answer when told so, and feels what it is told to. */
export class SimBarrier implements Barrier {
  readonly deviceId: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: BarrierEvent) => void>();
  readonly #inputs = new Map<BarrierInput, boolean>();
  #state: 'closed' | 'open' = 'closed';
  #known = true;
  #unanswered = 0;
  #closesAtMonoMs = 0;
  #isPlugged = true;
  /** Last told: null is online. */
  #told: string | null | undefined;
  #isRunning = false;
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

  setInput(input: BarrierInput, on: boolean): void {
    if (this.#inputs.get(input) === on) return;
    this.#inputs.set(input, on);
    if (input === 'emergency') this.#hold(on);
    if (this.#isHeard()) this.#tell({ kind: 'input', ...this.#now(), input, on });
  }

  /** Somebody lifts the arm. */
  lift(): void {
    if (this.#isHeard()) this.#tell({ kind: 'moved', ...this.#now() });
  }

  /** Does not get to its upper limit after the order it had. */
  jam(): void {
    if (this.#isHeard()) this.#tell({ kind: 'stuck', ...this.#now() });
  }

  unplug(): void {
    this.#isPlugged = false;
    if (this.#isRunning) this.#health('board.unplugged', [`${this.deviceId} is gone`]);
  }

  plug(): void {
    this.#isPlugged = true;
    if (this.#isRunning) this.#online();
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#settle();
    if (this.#unanswered > 0 || !this.#isPlugged) {
      this.#unanswered = Math.max(0, this.#unanswered - 1);
      this.#known = false;
      this.#add('no-answer', this.#clock.monoMs());
      if (this.#isHeard()) this.#health('board.no-answer', [`${this.deviceId} did not answer`]);
      throw new DeviceFault(`barrier ${this.deviceId} did not answer: check its cable and power`);
    }
    this.#known = true;
    if (this.#isRunning) this.#health(null, []);
    this.#closesAtMonoMs = Math.max(this.#closesAtMonoMs, this.#clock.monoMs() + HOLD_MS);
    this.#rise();
  }

  /** Unknown after an order without an answer, until the next answer. */
  state(): BarrierState {
    this.#settle();
    return this.#known ? this.#state : 'unknown';
  }

  onEvent(listener: (event: BarrierEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#isRunning = true;
    if (this.#isPlugged) this.#online();
    else this.#health('board.not-found', [`${this.deviceId} is not there`]);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#isRunning = false;
  }

  #online(): void {
    this.#health(null, []);
    for (const [input, on] of this.#inputs)
      this.#tell({ kind: 'input', ...this.#now(), input, on });
  }

  #isHeard(): boolean {
    return this.#isRunning && this.#isPlugged;
  }

  #hold(on: boolean): void {
    this.#settle();
    this.#closesAtMonoMs = on ? Number.POSITIVE_INFINITY : this.#clock.monoMs() + HOLD_MS;
    if (on) this.#rise();
  }

  #rise(): void {
    if (this.#state === 'open') return;
    this.#state = 'open';
    this.#add('opened', this.#clock.monoMs());
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

  #health(reason: string | null, detail: readonly string[]): void {
    if (this.#told === reason) return;
    this.#told = reason;
    if (reason === null) this.#tell({ kind: 'online', ...this.#now() });
    else this.#tell({ kind: 'offline', ...this.#now(), reason, detail });
  }

  #now() {
    return { deviceId: this.deviceId, atMs: this.#clock.wallMs() };
  }

  #tell(event: BarrierEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
