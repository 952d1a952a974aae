import { isUtf8 } from 'node:buffer';
import { backoffDelayMs } from '../../src/kernel/backoff.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ScanEvent, TextScanner } from '../../src/ports/text-scanner.ts';
import { FrameSplitter, type SplitEvent } from './frame-splitter.ts';
import { ScanQueue } from './scan-queue.ts';
import type { ScannerProfile } from './scanner-profile.ts';
import { SerialLine } from './serial-line.ts';

export type SerialScannerSettings = {
  readonly deviceId: string;
  /** A stable name: /dev/serial/by-id/... or by-path. */
  readonly path: string;
  readonly profile: ScannerProfile;
  /** auto: the profile's, one after the other, until something readable comes. */
  readonly baud: number | 'auto';
};

export type SerialScannerDeps = { readonly clock: Clock; readonly random: () => number };

/** Together with the time to open, well within 2 s of the return. */
const REOPEN = { delayMsMin: 100, delayMsMax: 800 };
const LOOK_MS = 100;
/** Unreadable frames in a row, after which the line's settings are in doubt. */
const NOISE_MAX = 3;

/** A scanner on a serial port (USB-CDC, RS-232). One consumer at a time: the port is open while somebody listens. */
export class SerialScanner implements TextScanner {
  readonly deviceId: string;
  readonly #settings: SerialScannerSettings;
  readonly #deps: SerialScannerDeps;

  constructor(settings: SerialScannerSettings, deps: SerialScannerDeps) {
    this.deviceId = settings.deviceId;
    this.#settings = settings;
    this.#deps = deps;
  }

  async *events(signal: AbortSignal): AsyncGenerator<ScanEvent> {
    const left = new AbortController();
    const queue = new ScanQueue();
    const listening = new Listening(this.#settings, this.#deps, queue);
    const running = listening
      .run(AbortSignal.any([signal, left.signal]))
      .finally(() => queue.end());
    try {
      yield* queue.drain();
    } finally {
      left.abort();
      await running;
    }
  }
}

/** One consumer's time with the port. */
class Listening {
  readonly #settings: SerialScannerSettings;
  readonly #deps: SerialScannerDeps;
  readonly #queue: ScanQueue;
  readonly #baudRates: readonly number[];
  #baudIndex = 0;
  #isBaudKnown: boolean;
  #noisy = 0;
  /** Last told: null is online. */
  #told: string | null | undefined;

  constructor(settings: SerialScannerSettings, deps: SerialScannerDeps, queue: ScanQueue) {
    this.#settings = settings;
    this.#deps = deps;
    this.#queue = queue;
    const { baud, profile } = settings;
    this.#isBaudKnown = baud !== 'auto';
    this.#baudRates = baud === 'auto' ? profile.baudRates : [baud];
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    for (let failures = 0; !signal.aborted; failures++) {
      if (await this.#listenOnce(signal)) failures = 0;
      await clock.sleep(backoffDelayMs(REOPEN, failures, random()), signal);
    }
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
      this.#offline(line.reason, [line.detail]);
      return false;
    }
    try {
      this.#noisy = 0;
      this.#online();
      await this.#watch(line, () => take(splitter.idle(clock.monoMs())), signal);
    } finally {
      await line.close();
    }
    if (!signal.aborted) this.#offline('scanner.unplugged', [`${path} is gone`]);
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
    // At a wrong rate a line's end comes up by chance now and then.
    if (!this.#isBaudKnown && !isUtf8(event.bytes)) {
      this.#drop({ kind: 'dropped', cause: 'noise', byteCount: event.bytes.length });
      return;
    }
    this.#noisy = 0;
    this.#isBaudKnown = true;
    this.#online();
    const { deviceId } = this.#settings;
    const { bytes, symbology } = event;
    this.#queue.push({
      kind: 'scan',
      deviceId,
      atMs: this.#deps.clock.wallMs(),
      bytes,
      symbology,
    });
  }

  #drop({ cause, byteCount }: Extract<SplitEvent, { kind: 'dropped' }>): void {
    this.#noisy += 1;
    if (!this.#isBaudKnown) this.#baudIndex += 1;
    if (cause === 'overlong') {
      this.#offline('scanner.overlong', [`${byteCount} bytes without an end were dropped`]);
    } else if (this.#noisy >= NOISE_MAX) {
      const tried = this.#isBaudKnown ? this.#baudRate() : this.#baudRates.join(', ');
      this.#offline('scanner.noise', [`${this.#noisy} unreadable in a row at baud ${tried}`]);
    }
  }

  #online(): void {
    if (this.#told === null) return;
    this.#told = null;
    const { deviceId } = this.#settings;
    this.#queue.push({ kind: 'online', deviceId, atMs: this.#deps.clock.wallMs() });
  }

  #offline(reason: string, detail: readonly string[]): void {
    if (this.#told === reason) return;
    this.#told = reason;
    const { deviceId } = this.#settings;
    this.#queue.push({
      ...{ kind: 'offline', deviceId, reason, detail },
      atMs: this.#deps.clock.wallMs(),
    });
  }
}
