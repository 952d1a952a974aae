import { DeviceFault } from '../../src/kernel/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Lamp, LampEvent } from '../../src/ports/lamp.ts';
import { SignalHealth } from '../signal/signal-health.ts';

const LOOK_MS = 500;

/** A lamp in memory. */
export class SimLamp implements Lamp {
  readonly deviceId: string;
  readonly dims: boolean;
  readonly #clock: Clock;
  readonly #health: SignalHealth;
  #isPlugged = true;
  #wanted = 0;
  #level = 0;

  constructor(deviceId: string, dims: boolean, clock: Clock) {
    this.deviceId = deviceId;
    this.dims = dims;
    this.#clock = clock;
    this.#health = new SignalHealth(deviceId, clock);
  }

  /** How bright it is, 0 to 1. */
  get level(): number {
    return this.#level;
  }

  /** Dark, and no order gets an answer, until `plug`. */
  unplug(): void {
    this.#isPlugged = false;
    this.#level = 0;
    this.#health.offline('lamp.unplugged', []);
  }

  plug(): void {
    this.#isPlugged = true;
    this.#shineAgain();
  }

  async shine(level: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#wanted = level;
    if (!this.#isPlugged) {
      throw new DeviceFault(`lamp ${this.deviceId} did not answer: check its cable and power`);
    }
    this.#shineAgain();
  }

  onEvent(listener: (event: LampEvent) => void): () => void {
    return this.#health.onEvent(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#isPlugged) this.#shineAgain();
      await this.#clock.sleep(LOOK_MS, signal);
    }
    this.#wanted = 0;
    if (this.#isPlugged) this.#shineAgain();
  }

  #shineAgain(): void {
    this.#level = this.dims ? this.#wanted : Math.ceil(this.#wanted);
    this.#health.online();
  }
}
