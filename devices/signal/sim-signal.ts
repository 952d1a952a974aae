import { DeviceFault } from '../../src/kernel/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OutwardSignal, Signal } from '../../src/ports/signal.ts';
import { type SignalOutputs, signalOutputs } from './signal-outputs.ts';

export type SimSignalEvent = SignalOutputs & { readonly atMonoMs: number };

const EVENTS_MAX = 1_000;

/** A light and a buzzer in memory, with what they did to look at, and orders that get lost when told so. */
export class SimSignal implements Signal {
  readonly deviceId: string;
  readonly #clock: Clock;
  #unanswered = 0;
  #trace: readonly SimSignalEvent[] = [];

  constructor(deviceId: string, clock: Clock) {
    this.deviceId = deviceId;
    this.#clock = clock;
  }

  /** The next `orders` orders get no answer; light and buzzer stay as they are. */
  loseOrders(orders: number): void {
    this.#unanswered = orders;
  }

  /** What light and buzzer did, oldest first; the last thousand. */
  get trace(): readonly SimSignalEvent[] {
    return this.#trace;
  }

  /** Rejects with DeviceFault when the order is lost. Told the same again, the buzzer sounds again. */
  async show(state: OutwardSignal, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#unanswered > 0) {
      this.#unanswered -= 1;
      throw new DeviceFault(`signal ${this.deviceId} did not answer: check its cable and power`);
    }
    const event = { atMonoMs: this.#clock.monoMs(), ...signalOutputs(state) };
    this.#trace = [...this.#trace.slice(1 - EVENTS_MAX), event];
  }
}
