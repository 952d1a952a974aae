import { join } from 'node:path';
import { ModbusUnit } from '../../devices/relay/sim/modbus-unit.ts';
import { RtuSim } from '../../devices/relay/sim/rtu-sim.ts';
import { SimFaults } from '../../devices/relay/sim/sim-faults.ts';
import { SimRelays } from '../../devices/relay/sim/sim-relays.ts';
import { ptyObstacle } from '../../devices/serial/sim/pty-cable.ts';
import type { Clock } from '../ports/clock.ts';

/** How the demo's board is wired; `demo-config.ts` says the same to the station. */
export const DEMO_WIRING = {
  profile: 'waveshare-8-inputs',
  outputs: { open: 1, green: 2, red: 3, buzzer: 4 },
  inputs: { limitOpen: 1, limitClosed: 2, emergency: 3 },
} as const;

const CHANNELS = 8;
const UNIT = 1;
const TRAVEL_MS = 900;
const UP_MS = 3_500;

export type ArmState = 'closed' | 'moving' | 'open';

/** A relay board with an arm and lights on it, behind a pseudo-terminal in the place of its RS-485 adapter. */
export class DemoBoard {
  readonly path: string;
  readonly #relays: SimRelays;
  readonly #line: RtuSim;
  readonly #clock: Clock;
  #arm: ArmState = 'closed';
  #isPlugged = true;

  private constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
    this.#relays = new SimRelays(CHANNELS, CHANNELS, clock);
    this.#line = new RtuSim(path, [new ModbusUnit(UNIT, this.#relays, new SimFaults())], clock);
    this.#show('closed');
  }

  /** Null where no pseudo-terminal can be made. */
  static async plugIn(
    folder: string,
    clock: Clock,
    tell: (line: string) => void,
  ): Promise<DemoBoard | null> {
    const obstacle = ptyObstacle();
    if (obstacle !== null) {
      tell(`No relay board here (${obstacle}); barrier and light are in memory.`);
      return null;
    }
    const board = new DemoBoard(join(folder, 'board'), clock);
    await board.#line.plug();
    return board;
  }

  /** The arm goes up whenever its contact closes, and comes down by its own controller. Until `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    const { open } = DEMO_WIRING.outputs;
    const over = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      await Promise.race([this.#relays.until(open, true), over]);
      if (signal.aborted) return;
      this.#show('moving');
      await this.#clock.sleep(TRAVEL_MS, signal);
      this.#show('open');
      await this.#stayUp(signal);
      this.#show('moving');
      await this.#clock.sleep(TRAVEL_MS, signal);
      this.#show('closed');
    }
  }

  get arm(): ArmState {
    return this.#arm;
  }

  get isPlugged(): boolean {
    return this.#isPlugged;
  }

  get isPressed(): boolean {
    return this.#relays.inputs[DEMO_WIRING.inputs.emergency - 1] ?? false;
  }

  light(): 'dark' | 'green' | 'red' {
    const { green, red } = DEMO_WIRING.outputs;
    if (this.#relays.isClosed(green)) return 'green';
    return this.#relays.isClosed(red) ? 'red' : 'dark';
  }

  press(isPressed: boolean): void {
    this.#relays.setInput(DEMO_WIRING.inputs.emergency, isPressed);
  }

  async setPlugged(isPlugged: boolean): Promise<void> {
    if (isPlugged === this.#isPlugged) return;
    this.#isPlugged = isPlugged;
    await (isPlugged ? this.#line.plug() : this.#line.unplug());
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  /** As long as its contact is held, and a while longer. */
  async #stayUp(signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(UP_MS, signal);
    while (!signal.aborted && this.#relays.isClosed(DEMO_WIRING.outputs.open)) {
      await this.#clock.sleep(TRAVEL_MS, signal);
    }
  }

  #show(arm: ArmState): void {
    this.#arm = arm;
    const { limitOpen, limitClosed } = DEMO_WIRING.inputs;
    this.#relays.setInput(limitOpen, arm === 'open');
    this.#relays.setInput(limitClosed, arm === 'closed');
  }
}
