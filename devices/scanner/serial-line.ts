import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { SerialPort } from './native-serialport.ts';
import type { ScannerProfile } from './scanner-profile.ts';

export type LineSettings = Pick<ScannerProfile, 'dataBits' | 'parity' | 'stopBits'> & {
  readonly path: string;
  readonly baudRate: number;
};

export type LineFault = { readonly reason: string; readonly detail: string };

/** One opened port, closed for good when it was lost or told to. */
export class SerialLine {
  readonly #port: SerialPort;
  readonly #path: string;
  readonly #node: string;

  private constructor(port: SerialPort, path: string, node: string) {
    this.#port = port;
    this.#path = path;
    this.#node = node;
    // A lost port may tell of its end twice, and of an error after it.
    port.on('error', () => {});
  }

  /** Exclusive: a port that another program has locked is `scanner.busy`. Never rejects. */
  static async open(
    { path, baudRate, dataBits, parity, stopBits }: LineSettings,
    onBytes: (bytes: Uint8Array) => void,
  ): Promise<SerialLine | LineFault> {
    const node = await nodeOf(path);
    if (node === null) return { reason: 'scanner.not-found', detail: `${path} is not there` };
    const port = new SerialPort({
      ...{ path, baudRate, dataBits, parity, stopBits },
      ...{ lock: true, autoOpen: false, hupcl: true },
    });
    port.on('data', onBytes);
    const line = new SerialLine(port, path, node);
    const error = await new Promise<Error | null>((resolve) => port.open(resolve));
    return error === null ? line : faultOf(error);
  }

  /** Whoever closes it, and perhaps twice. */
  onClosed(listener: () => void): void {
    this.#port.on('close', listener);
  }

  /** Whether the name still leads to what was opened: an unread port would never tell. */
  async isThere(): Promise<boolean> {
    return this.#port.isOpen && (await nodeOf(this.#path)) === this.#node;
  }

  /** Resolves whatever the port says of it. */
  setBaudRate(baudRate: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#port.isOpen) this.#port.update({ baudRate }, () => resolve());
      else resolve();
    });
  }

  async close(): Promise<void> {
    if (!this.#port.isOpen) return;
    await new Promise<void>((resolve) => this.#port.close(() => resolve()));
  }
}

async function nodeOf(path: string): Promise<string | null> {
  const found: Stats | null = await stat(path).catch(() => null);
  return found === null ? null : `${found.dev}:${found.ino}:${found.rdev}`;
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/cannot lock|temporarily unavailable|busy/i, 'scanner.busy'],
  [/permission denied|not permitted/i, 'scanner.denied'],
  [/no such/i, 'scanner.not-found'],
];

function faultOf({ message }: Error): LineFault {
  const cause = CAUSES.find(([words]) => words.test(message));
  return { reason: cause?.[1] ?? 'scanner.fault', detail: message.slice(0, 200) };
}
