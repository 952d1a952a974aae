import { join } from 'node:path';
import { ModbusUnit } from '../../devices/relay/sim/modbus-unit.ts';
import { RtuSim } from '../../devices/relay/sim/rtu-sim.ts';
import { SimFaults } from '../../devices/relay/sim/sim-faults.ts';
import { SimRelays } from '../../devices/relay/sim/sim-relays.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { guarded } from './guarded.ts';

/** By the board's own timer. */
const HOLD_MS = 800;
const OPEN = 1;
export const PRESENCE = 1;
export const EMERGENCY = 6;

/** The board, and the barrier that a lane names `barrier-1`. */
export const GATE_CONFIG = `
[[board]]
id = "board-1"
driver = "modbus-rtu"
path = "board"
profile = "waveshare-8-inputs"
[[barrier]]
id = "barrier-1"
driver = "relay"
board = "board-1"
open = ${OPEN}
pulseMs = ${HOLD_MS}
inputs = { presence = ${PRESENCE}, emergency = ${EMERGENCY} }
normallyClosed = ["emergency"]
`;

/** A barrier's relay board on a serial line, in the folder of the configuration that has GATE_CONFIG. */
export class GateBoard {
  readonly relays: SimRelays;
  readonly #line: RtuSim;

  private constructor(folder: string) {
    this.relays = new SimRelays(8, 8, systemClock);
    this.relays.setInput(EMERGENCY, true);
    const unit = new ModbusUnit(1, this.relays, new SimFaults());
    this.#line = new RtuSim(join(folder, 'board'), [unit], systemClock);
  }

  static async open(folder: string): Promise<GateBoard> {
    const board = new GateBoard(folder);
    await board.plug();
    return board;
  }

  get path(): string {
    return this.#line.path;
  }

  /** How often the barrier was told to open so far. */
  get openings(): number {
    return this.relays.closings(OPEN);
  }

  /** Resolves once the contact that opens the barrier is so. */
  contact(closed: boolean): Promise<void> {
    const state = closed ? 'closed' : 'open';
    return guarded(`the contact is ${state}`, this.relays.until(OPEN, closed));
  }

  /** Resolves once it was told to so often. */
  async opened(times: number): Promise<void> {
    while (this.openings < times) {
      await this.contact(false);
      await this.contact(true);
    }
  }

  plug(): Promise<void> {
    return this.#line.plug();
  }

  unplug(): Promise<void> {
    return this.#line.unplug();
  }

  close(): Promise<void> {
    return this.#line.close();
  }
}
