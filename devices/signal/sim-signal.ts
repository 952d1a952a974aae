import { DeviceFault } from '../../src/kernel/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OutwardSignal, Signal, SignalEvent } from '../../src/ports/signal.ts';
import { SignalHealth } from './signal-health.ts';
import { type SignalOutputs, signalOutputs } from './signal-outputs.ts';

export type SimSignalEvent = SignalOutputs & { readonly atMonoMs: number };

const EVENTS_MAX = 1_000;
const LOOK_MS = 500;

/** A light and a buzzer in memory, with what they did to look at, and orders that get lost when told so. */
export class SimSignal implements Signal {
  readonly deviceId: string;
  readonly #clock: Clock;
  readonly #health: SignalHealth;
  #isPlugged = true;
  #wanted: OutwardSignal | null = null;
  #unanswered = 0;
  #trace: readonly SimSignalEvent[] = [];

  constructor(deviceId: string, clock: Clock) {
    this.deviceId = deviceId;
    this.#clock = clock;
    this.#health = new SignalHealth(deviceId, clock);
  }

  /** Takes it away: no order gets an answer until `plug`. */
  unplug(): void {
    this.#isPlugged = false;
    this.#health.offline('signal.unplugged', []);
  }

  plug(): void {
    this.#isPlugged = true;
    this.#lookAgain();
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
    this.#wanted = state;
    if (!this.#isPlugged || this.#unanswered > 0) {
      this.#unanswered = Math.max(0, this.#unanswered - 1);
      this.#health.offline('signal.no-answer', []);
      throw new DeviceFault(`signal ${this.deviceId} did not answer: check its cable and power`);
    }
    this.#health.online();
    this.#do(signalOutputs(state));
  }

  onEvent(listener: (event: SignalEvent) => void): () => void {
    return this.#health.onEvent(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#lookAgain();
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  /** Back after a fault it shows again what holds, without the sound of it. */
  #lookAgain(): void {
    if (!this.#isPlugged || this.#unanswered > 0 || this.#health.isOnline) return;
    this.#health.online();
    if (this.#wanted !== null) this.#do({ ...signalOutputs(this.#wanted), buzzerMs: [] });
  }

  #do(outputs: SignalOutputs): void {
    const event = { atMonoMs: this.#clock.monoMs(), ...outputs };
    this.#trace = [...this.#trace.slice(1 - EVENTS_MAX), event];
  }
}
