import type { Clock } from '../../../src/ports/clock.ts';
import { PtyCable } from '../../serial/sim/pty-cable.ts';
import type { ModbusUnit } from './modbus-unit.ts';

/** Boards of one RS-485 line behind a serial port of this machine (socat). Ends with this process. */
export class RtuSim {
  readonly #cable: PtyCable;
  readonly #units: readonly ModbusUnit[];
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #held = Buffer.alloc(0);
  /** The adapter gives back what is sent. */
  echoes = false;

  constructor(path: string, units: readonly ModbusUnit[], clock: Clock) {
    this.#cable = new PtyCable(path, (bytes) => this.#take(bytes));
    this.#units = units;
    this.#clock = clock;
  }

  get path(): string {
    return this.#cable.path;
  }

  plug(): Promise<void> {
    return this.#cable.plug();
  }

  /** The port goes; the boards keep their supply. */
  unplug(): Promise<void> {
    this.#held = Buffer.alloc(0);
    return this.#cable.unplug();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.unplug();
  }

  /** Whatever is on the line besides. */
  noise(bytes: Uint8Array): void {
    this.#cable.send(bytes);
  }

  /** Every request of functions 1, 2 and 5 is eight bytes. */
  #take(bytes: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    while (this.#held.length >= 8) {
      const frame = this.#held.subarray(0, 8);
      if (sumOf(frame.subarray(0, 6)) !== frame.readUInt16LE(6)) {
        this.#held = this.#held.subarray(1);
        continue;
      }
      this.#held = this.#held.subarray(8);
      if (this.echoes) this.#cable.send(frame);
      void this.#answer(frame);
    }
  }

  async #answer(frame: Buffer): Promise<void> {
    const asked = this.#units.find(({ unit }) => unit === frame[0]);
    const answer = asked?.answer(frame.subarray(1, 6)) ?? null;
    if (answer === null) return;
    const body = Buffer.concat([Buffer.from([answer.unit]), answer.pdu]);
    const sum = Buffer.alloc(2);
    sum.writeUInt16LE(sumOf(body));
    const sent = Buffer.concat([body, sum]);
    if (answer.isGarbled) sent[1] = (sent[1] ?? 0) ^ 0x10;
    await this.#clock.sleep(answer.delayMs, this.#stop.signal);
    if (!this.#stop.signal.aborted) this.#cable.send(sent);
  }
}

/** CRC of Modbus over serial line, bit by bit as its appendix B words it. */
function sumOf(bytes: Uint8Array): number {
  let register = 0xffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let shift = 1; shift <= 8; shift++) {
      const lowest = register % 2;
      register = Math.floor(register / 2);
      if (lowest === 1) register ^= 0xa001;
    }
  }
  return register;
}
