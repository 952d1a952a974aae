import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { DeviceFault } from '../../../src/kernel/errors.ts';

/** What keeps a pseudo-terminal from being made here, else null. */
export function ptyObstacle(): string | null {
  const { status } = spawnSync('socat', ['-V'], { stdio: 'ignore' });
  return status === 0 ? null : 'missing: socat; run scripts/setup';
}

/** A device's cable: what it sends comes out of the serial port at `path`, and the other way round. Ends with this process. */
export class PtyCable {
  readonly path: string;
  readonly #onBytes: (bytes: Uint8Array) => void;
  readonly #farPath: string | null;
  #socat: ChildProcess | null = null;

  /**
   * `path`: a symbolic link that it makes and removes, as /dev/serial/by-id has them. `farPath`: another, where the device is a
   * program that opens a serial port itself; then nothing is heard or sent here.
   */
  constructor(
    path: string,
    onBytes: (bytes: Uint8Array) => void = () => {},
    farPath: string | null = null,
  ) {
    this.path = path;
    this.#onBytes = onBytes;
    this.#farPath = farPath;
  }

  get isPlugged(): boolean {
    return this.#socat !== null;
  }

  /** Resolves once the port is there; rejects with DeviceFault where it cannot be made. */
  async plug(): Promise<void> {
    const far = this.#farPath === null ? '-' : `PTY,link=${this.#farPath},rawer`;
    const socat = spawn('socat', ['-d', '-d', far, `PTY,link=${this.path},rawer`], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#socat = socat;
    socat.stdin.on('error', () => {});
    socat.stdout.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    let said = '';
    await new Promise<void>((resolve, reject) => {
      socat.stderr.on('data', (text: Buffer) => {
        said = `${said}${text.toString()}`.slice(-2_000);
        if (said.includes('starting data transfer')) resolve();
      });
      const failed = () => reject(new DeviceFault(`socat does not start: ${said.trim()}`));
      socat.once('error', failed);
      socat.once('close', failed);
    });
  }

  /** As they are, framing included. Nothing while it is unplugged. */
  send(bytes: Uint8Array): void {
    this.#socat?.stdin?.write(bytes);
  }

  /** Pulls the cable: resolves once the port is gone. */
  async unplug(): Promise<void> {
    const socat = this.#socat;
    this.#socat = null;
    if (socat === null || socat.exitCode !== null) return;
    const closed = once(socat, 'close');
    socat.kill('SIGKILL');
    await closed;
    rmSync(this.path, { force: true });
    if (this.#farPath !== null) rmSync(this.#farPath, { force: true });
  }
}
