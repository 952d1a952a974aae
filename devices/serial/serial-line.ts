import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { SerialPort } from './native-serialport.ts';

export type LineSettings = {
  readonly path: string;
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
};

export type LineFault = {
  /** Second half of a reason code. busy: another program has it. */
  readonly cause: 'not-found' | 'busy' | 'denied' | 'fault';
  readonly detail: string;
};

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

  /** Exclusive: a port that another program has locked is busy. Never rejects. */
  static async open(
    { path, baudRate, dataBits, parity, stopBits }: LineSettings,
    onBytes: (bytes: Uint8Array) => void,
  ): Promise<SerialLine | LineFault> {
    const node = await nodeOf(path);
    if (node === null) return { cause: 'not-found', detail: `${path} is not there` };
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

  /** Nothing once it is closed. */
  write(bytes: Uint8Array): void {
    if (this.#port.isOpen) this.#port.write(bytes);
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

const CAUSES: readonly (readonly [RegExp, LineFault['cause']])[] = [
  [/cannot lock|temporarily unavailable|busy/i, 'busy'],
  [/permission denied|not permitted/i, 'denied'],
  [/no such/i, 'not-found'],
];

function faultOf({ message }: Error): LineFault {
  const cause = CAUSES.find(([words]) => words.test(message));
  return { cause: cause?.[1] ?? 'fault', detail: message.slice(0, 200) };
}
