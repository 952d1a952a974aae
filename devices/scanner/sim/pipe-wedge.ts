import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { DeviceFault } from '../../../src/kernel/errors.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { recordsOf, type Stroke, strokesOf, type WedgeStyle } from './typed-records.ts';

/** A keyboard wedge whose input device is a pipe: there is no uinput without the kernel's module. Ends with this process. */
export class PipeWedge {
  readonly path: string;
  readonly #clock: Clock;
  #cable: ChildProcess | null = null;
  #atMs = 0;

  /** `path`: what it makes and removes, as /dev/input/by-id has them. */
  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /** Rejects with DeviceFault where no pipe can be made. */
  async plug(): Promise<void> {
    const made = spawnSync('mkfifo', [this.path]);
    if (made.status !== 0) throw new DeviceFault(`mkfifo does not make ${this.path}`);
    // Opened both ways, so that neither end waits for the other, and the reader sees its end when this one dies.
    const cable = spawn('sh', ['-c', 'exec cat 1<>"$0"', this.path], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    cable.stdin.on('error', () => {});
    await once(cable, 'spawn');
    this.#cable = cable;
  }

  /** Types a text with its end, e.g. `\r` for Enter. Nothing while it is unplugged. */
  type(text: string, style: WedgeStyle = 'alt-points'): void {
    this.press(strokesOf(text, style));
  }

  press(strokes: readonly Stroke[]): void {
    this.#atMs = Math.max(this.#atMs, this.#clock.wallMs());
    this.send(recordsOf(strokes, this.#atMs));
    this.#atMs += strokes.length;
  }

  /** As they are: recorded, cut, or of another device. */
  send(records: Uint8Array): void {
    this.#cable?.stdin?.write(records);
  }

  /** Pulls the cable: resolves once the device is gone. */
  async unplug(): Promise<void> {
    const cable = this.#cable;
    this.#cable = null;
    rmSync(this.path, { force: true });
    if (cable === null || cable.exitCode !== null) return;
    const closed = once(cable, 'close');
    cable.kill('SIGKILL');
    await closed;
  }
}
