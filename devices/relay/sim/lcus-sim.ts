import { PtyCable } from '../../serial/sim/pty-cable.ts';
import type { SimFaults } from './sim-faults.ts';
import type { SimRelays } from './sim-relays.ts';

/** An LCUS board behind a serial port of this machine (socat). Ends with this process. */
export class LcusSim {
  readonly #cable: PtyCable;
  readonly #relays: SimRelays;
  readonly #faults: SimFaults;
  readonly #answersStatus: boolean;
  #held: number[] = [];

  constructor(path: string, relays: SimRelays, faults: SimFaults, answersStatus: boolean) {
    this.#cable = new PtyCable(path, (bytes) => this.#take(bytes));
    this.#relays = relays;
    this.#faults = faults;
    this.#answersStatus = answersStatus;
  }

  plug(): Promise<void> {
    return this.#cable.plug();
  }

  /** Its supply comes through the cable. */
  unplug(): Promise<void> {
    this.#relays.powerDown();
    this.#held = [];
    return this.#cable.unplug();
  }

  #take(bytes: Uint8Array): void {
    for (const byte of bytes) {
      this.#held.push(byte);
      if (this.#held.length === 1 && byte === 255) {
        this.#held = [];
        this.#tellOutputs();
      } else if (this.#held[0] !== 160) this.#held = [];
      else if (this.#held.length === 4) this.#carryOut();
    }
  }

  #carryOut(): void {
    const [, channel = 0, value = 0, sum = 0] = this.#held;
    this.#held = [];
    if ((160 + channel + value) % 256 !== sum || channel > this.#relays.outputs) return;
    if (this.#faults.take(true) !== null) return;
    if (value === 1) this.#relays.close(channel, null);
    if (value === 0) this.#relays.release(channel);
  }

  #tellOutputs(): void {
    if (!this.#answersStatus || this.#faults.take(false) !== null) return;
    for (let channel = 1; channel <= this.#relays.outputs; channel++) {
      const word = this.#relays.isClosed(channel) ? 'ON ' : 'OFF';
      this.#cable.send(Buffer.from(`CH${channel}: ${word}\r\n`));
    }
  }
}
