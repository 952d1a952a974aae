import { isUtf8 } from 'node:buffer';
import type { ScanEvent, TextScanner } from '../../src/ports/text-scanner.ts';
import { type LineFault, SerialLine } from '../serial/serial-line.ts';
import { FrameSplitter, type Parity, parityOf, type SplitEvent } from './frame-splitter.ts';
import { keepOpen, type ScannerDeps, type ScanTeller, scanEvents } from './scan-teller.ts';
import type { ScannerProfile } from './scanner-profile.ts';

export type SerialScannerSettings = {
  readonly deviceId: string;
  /** A stable name: /dev/serial/by-id/... or by-path. */
  readonly path: string;
  readonly profile: ScannerProfile;
  /** auto: the profile's, one after the other, until something readable comes. */
  readonly baud: number | 'auto';
};

const LOOK_MS = 100;
/** Unreadable frames in a row, after which the line's settings are in doubt. */
const NOISE_MAX = 3;

const LINE_REASONS = {
  'not-found': 'scanner.not-found',
  busy: 'scanner.busy',
  denied: 'scanner.denied',
  fault: 'scanner.fault',
} as const satisfies Record<LineFault['cause'], string>;

/** A scanner on a serial port (USB-CDC, RS-232). One consumer at a time: the port is open while somebody listens. */
export class SerialScanner implements TextScanner {
  readonly deviceId: string;
  readonly #settings: SerialScannerSettings;
  readonly #deps: ScannerDeps;

  constructor(settings: SerialScannerSettings, deps: ScannerDeps) {
    this.deviceId = settings.deviceId;
    this.#settings = settings;
    this.#deps = deps;
  }

  events(signal: AbortSignal): AsyncIterable<ScanEvent> {
    return scanEvents(this.deviceId, this.#deps, signal, (teller, until) =>
      new Listening(this.#settings, this.#deps, teller).run(until),
    );
  }
}

/** One consumer's time with the port. */
class Listening {
  readonly #settings: SerialScannerSettings;
  readonly #deps: ScannerDeps;
  readonly #teller: ScanTeller;
  readonly #baudRates: readonly number[];
  #baudIndex = 0;
  #isBaudKnown: boolean;
  #noisy = 0;

  constructor(settings: SerialScannerSettings, deps: ScannerDeps, teller: ScanTeller) {
    this.#settings = settings;
    this.#deps = deps;
    this.#teller = teller;
    const { baud, profile } = settings;
    this.#isBaudKnown = baud !== 'auto';
    this.#baudRates = baud === 'auto' ? profile.baudRates : [baud];
  }

  run(signal: AbortSignal): Promise<void> {
    return keepOpen(this.#deps, signal, () => this.#listenOnce(signal));
  }

  /** Whether it could be opened. */
  async #listenOnce(signal: AbortSignal): Promise<boolean> {
    const { path, profile } = this.#settings;
    const { clock } = this.#deps;
    const splitter = new FrameSplitter(profile);
    const take = (events: readonly SplitEvent[]) => {
      for (const event of events) this.#take(event);
    };
    const line = await SerialLine.open(
      { ...profile, path, baudRate: this.#baudRate() },
      (bytes) => {
        take(splitter.push(bytes, clock.monoMs()));
      },
    );
    if (!(line instanceof SerialLine)) {
      this.#teller.offline(LINE_REASONS[line.cause], [line.detail]);
      return false;
    }
    try {
      this.#noisy = 0;
      this.#teller.online();
      await this.#watch(line, () => take(splitter.idle(clock.monoMs())), signal);
    } finally {
      await line.close();
    }
    if (!signal.aborted) this.#teller.offline('scanner.unplugged', [`${path} is gone`]);
    return true;
  }

  /** Until the port is lost or nobody listens any more. */
  async #watch(line: SerialLine, idle: () => void, signal: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const either = AbortSignal.any([signal, lost.signal]);
    line.onClosed(() => lost.abort());
    let baudRate = this.#baudRate();
    while (!either.aborted && (await line.isThere())) {
      await this.#deps.clock.sleep(LOOK_MS, either);
      idle();
      if (baudRate === this.#baudRate()) continue;
      baudRate = this.#baudRate();
      await line.setBaudRate(baudRate);
    }
  }

  #baudRate(): number {
    return this.#baudRates[this.#baudIndex % this.#baudRates.length] ?? 9_600;
  }

  #take(event: SplitEvent): void {
    if (event.kind === 'dropped') {
      this.#drop(event);
      return;
    }
    const { bytes } = event;
    const parity = isUtf8(bytes) ? null : parityOf(bytes);
    // At a wrong rate a line's end comes up by chance now and then.
    if (parity !== null || (!this.#isBaudKnown && !isUtf8(bytes))) {
      this.#drop({ kind: 'dropped', cause: 'noise', byteCount: bytes.length, parity });
      return;
    }
    this.#noisy = 0;
    this.#isBaudKnown = true;
    this.#teller.scan(bytes, event.symbology);
  }

  #drop({ cause, byteCount, parity }: Extract<SplitEvent, { kind: 'dropped' }>): void {
    this.#noisy += 1;
    // A text with parity bits came at the right rate.
    if (!this.#isBaudKnown && parity === null) this.#baudIndex += 1;
    if (cause === 'overlong') {
      this.#teller.offline('scanner.overlong', [`${byteCount} bytes without an end were dropped`]);
    } else if (this.#noisy >= NOISE_MAX) {
      this.#teller.offline('scanner.noise', [this.#noise(parity)]);
    }
  }

  #noise(parity: Parity | null): string {
    const tried = this.#isBaudKnown ? this.#baudRate() : this.#baudRates.join(', ');
    const told = `${this.#noisy} unreadable in a row at baud ${tried}`;
    if (parity === null) return `${told}: baud or parity of scanner and profile differ`;
    return `${told}: the scanner sends 7 data bits and ${parity} parity; set it to 8 and none`;
  }
}
