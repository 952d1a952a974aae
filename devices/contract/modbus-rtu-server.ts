import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { SimRelays } from '../relay/sim/sim-relays.ts';
import { PtyCable, ptyObstacle } from '../serial/sim/pty-cable.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = 'devices/contract/modbus-rtu-server.py';
const MODULES = ['pymodbus', 'serial_asyncio'].map(
  (name) => `/usr/lib/python3/dist-packages/${name}`,
);
/** As in the script. */
const UNITS = [1, 2] as const;
const COILS = 8;
const INPUTS = 16;

/** What befalls requests; `orders`: none but those that would set a coil. */
export type ServerFault = { readonly requests: number; readonly orders: boolean } & (
  | { readonly kind: 'silent' | 'wrong-sum' }
  | { readonly kind: 'late'; readonly delayMs: number }
  | { readonly kind: 'other-unit'; readonly unit: number }
);

type Told = {
  readonly done?: true;
  readonly refused?: string;
  readonly unit?: number;
  readonly coil?: number;
  readonly closed?: boolean;
};

/** What keeps it from running here, else null. */
export function modbusRtuServerObstacle(): string | null {
  const missing = [PYTHON, ...MODULES].filter((path) => !existsSync(path));
  if (missing.length > 0) return `missing: ${missing.join(', ')}; run scripts/setup test`;
  return ptyObstacle();
}

/**
 * pymodbus in a process of its own, at the far end of a pseudo-terminal: two boards of 8 coils and 16 inputs each, from another
 * project and in another language. It checks our sums, which modbus-serial's own serial server does not: that one writes the
 * right sum into a request before it looks at it.
 */
export class ModbusRtuServer {
  readonly path: string;
  /** Frames that it took for damaged. */
  refused: readonly string[] = [];
  /** What its coils did since `reset`, board by board. */
  boards: readonly [SimRelays, SimRelays];
  readonly #clock: Clock;
  readonly #farPath: string;
  readonly #cable: PtyCable;
  readonly #waiting: (() => void)[] = [];
  #child: ChildProcess | null = null;
  #wake = () => {};

  constructor(folder: string, clock: Clock) {
    this.#clock = clock;
    this.path = join(folder, 'board');
    this.#farPath = join(folder, 'board-far');
    this.#cable = new PtyCable(this.path, () => {}, this.#farPath);
    this.boards = this.#bare();
  }

  async start(): Promise<void> {
    const child = spawn(PYTHON, [join(packageRoot(), SCRIPT)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
    await this.reset();
  }

  /** Every coil open, every input too, no fault. */
  async reset(): Promise<void> {
    await this.#tell({ do: 'reset' });
    this.refused = [];
    this.boards = this.#bare();
  }

  async plug(): Promise<void> {
    await this.#cable.plug();
    await this.#tell({ do: 'open', path: this.#farPath });
  }

  async unplug(): Promise<void> {
    if (!this.#cable.isPlugged) return;
    await this.#cable.unplug();
    await this.#tell({ do: 'close' });
  }

  /** Of the first board; inputs count from 1. */
  setInput(input: number, closed: boolean): Promise<void> {
    return this.#tell({ do: 'input', unit: UNITS[0], input: input - 1, closed });
  }

  /** Null: mended. */
  setFault(fault: ServerFault | null): Promise<void> {
    return this.#tell({ do: 'fault', fault });
  }

  /** Resolves once so many frames were refused. */
  async untilRefused(frames: number): Promise<void> {
    while (this.refused.length < frames) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    await this.unplug();
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const closed = once(child, 'close');
    child.stdin?.end();
    await closed;
  }

  #bare(): [SimRelays, SimRelays] {
    return [new SimRelays(COILS, INPUTS, this.#clock), new SimRelays(COILS, INPUTS, this.#clock)];
  }

  /** Resolves once the command is carried out. */
  #tell(command: Readonly<Record<string, unknown>>): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child?.stdin?.write(`${JSON.stringify(command)}\n`);
    });
  }

  #hear({ done, refused, unit, coil, closed }: Told): void {
    if (done) this.#waiting.shift()?.();
    if (refused !== undefined) {
      this.refused = [...this.refused, refused];
      this.#wake();
    }
    if (coil === undefined) return;
    const board = this.boards[unit === UNITS[0] ? 0 : 1];
    if (closed) board.close(coil + 1, null);
    else board.release(coil + 1);
  }
}
