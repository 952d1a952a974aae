import type { ScanEvent, TextScanner } from '../../src/ports/text-scanner.ts';
import { FrameSplitter, type SplitEvent } from './frame-splitter.ts';
import { type InputFault, isStill, lookAtInput, readInput } from './input-device.ts';
import { type InputRecord, RecordSplitter } from './input-records.ts';
import { KeyReader } from './key-reader.ts';
import { keepOpen, type ScannerDeps, type ScanTeller, scanEvents } from './scan-teller.ts';
import type { ScannerProfile } from './scanner-profile.ts';

export type EvdevScannerSettings = {
  readonly deviceId: string;
  /** A stable name: /dev/input/by-id/...-event-kbd. */
  readonly path: string;
  readonly profile: ScannerProfile;
};

const LOOK_MS = 100;
const NOISE_MAX = 3;
/** Fewer characters without an Enter are no code; so many times in a row, and a person is typing. */
const CODE_BYTES_MIN = 6;
const TYPED_MAX = 3;
/** In no code, so that the frame it stands in is dropped. */
const SPOILED = Uint8Array.of(0);
/** A number typed on the digit row with Shift: the scanner takes the host's layout for French. */
const SHIFTED_DIGITS = /^[!@#$%^&*()]{12}/;

/** A keyboard-wedge scanner, read from its input device (security A7). One consumer at a time: it is open while somebody listens. */
export class EvdevScanner implements TextScanner {
  readonly deviceId: string;
  readonly #settings: EvdevScannerSettings;
  readonly #deps: ScannerDeps;

  constructor(settings: EvdevScannerSettings, deps: ScannerDeps) {
    this.deviceId = settings.deviceId;
    this.#settings = settings;
    this.#deps = deps;
  }

  events(signal: AbortSignal): AsyncIterable<ScanEvent> {
    return scanEvents(this.deviceId, this.#deps, signal, (teller, until) =>
      keepOpen(this.#deps, until, () =>
        new Opened(this.#settings, this.#deps, teller).listen(until),
      ),
    );
  }
}

/** The device from one opening to its loss. */
class Opened {
  readonly #settings: EvdevScannerSettings;
  readonly #deps: ScannerDeps;
  readonly #teller: ScanTeller;
  readonly #records = new RecordSplitter();
  readonly #keys = new KeyReader();
  readonly #frames: FrameSplitter;
  /** The newest record's own time, and when it came: pauses are measured by the kernel, whatever keeps us busy. */
  #newestAtMs = 0;
  #cameAtMs = 0;
  #noisy = 0;
  #typed = 0;
  /** Why the frame that is coming will be dropped has been said. */
  #isTold = false;

  constructor(settings: EvdevScannerSettings, deps: ScannerDeps, teller: ScanTeller) {
    this.#settings = settings;
    this.#deps = deps;
    this.#teller = teller;
    // A scanner types without a pause, so that a pause ends a code also where it sends no Enter.
    this.#frames = new FrameSplitter({ ...settings.profile, silenceEnds: true });
  }

  /** Until it is lost or `signal` aborts. Resolves to whether it could be opened. */
  async listen(signal: AbortSignal): Promise<boolean> {
    const { path } = this.#settings;
    const node = await lookAtInput(path);
    if (typeof node !== 'string') {
      this.#teller.offline(node.reason, node.detail);
      return false;
    }
    const lost = new AbortController();
    const either = AbortSignal.any([signal, lost.signal]);
    this.#teller.online();
    const reading = readInput(path, (bytes) => this.#push(bytes), either);
    const watching = this.#watch(node, either);
    const end = await Promise.race([reading, watching]);
    lost.abort();
    const [fault] = await Promise.all([reading, watching]);
    if (signal.aborted) return true;
    const told: InputFault = end ??
      fault ?? { reason: 'scanner.unplugged', detail: [`${path} is gone`] };
    this.#teller.offline(told.reason, told.detail);
    return told.reason === 'scanner.unplugged';
  }

  async #watch(node: string, either: AbortSignal): Promise<null> {
    const { clock } = this.#deps;
    while (!either.aborted && (await isStill(this.#settings.path, node))) {
      await clock.sleep(LOOK_MS, either);
      // What has come meanwhile is taken first: a timer that is late must not end a frame that goes on.
      await new Promise(setImmediate);
      this.#idle(this.#newestAtMs + clock.monoMs() - this.#cameAtMs);
    }
    return null;
  }

  #push(bytes: Uint8Array): void {
    for (const record of this.#records.push(bytes)) this.#take(record);
    this.#cameAtMs = this.#deps.clock.monoMs();
  }

  #take(record: InputRecord): void {
    const event = this.#keys.take(record);
    if (event === null) return;
    this.#newestAtMs = record.atMs;
    this.#pause(this.#frames.idle(record.atMs));
    if (event.kind === 'bytes') this.#told(this.#frames.push(event.bytes, record.atMs));
    else if (event.kind === 'no-keyboard') this.#noKeyboard();
    else this.#spoil(event.kind, record.atMs);
  }

  #idle(atMs: number): void {
    const rest = this.#keys.flush();
    if (rest.length > 0) this.#told(this.#frames.push(rest, this.#newestAtMs));
    this.#pause(this.#frames.idle(atMs));
  }

  /** What a pause ended: a code without an Enter, or somebody's single keys. */
  #pause(events: readonly SplitEvent[]): void {
    for (const event of events) {
      if (event.kind === 'frame' && event.bytes.length < CODE_BYTES_MIN) this.#single();
      else this.#told([event]);
    }
  }

  #single(): void {
    this.#typed += 1;
    if (this.#typed < TYPED_MAX) return;
    this.#teller.offline('scanner.wrong-device', [
      `${this.#settings.path} is typed on by a person: choose the scanner's device; \`ls -l /dev/input/by-id\` with it plugged in and out`,
    ]);
  }

  #told(events: readonly SplitEvent[]): void {
    for (const event of events) {
      if (event.kind === 'dropped') this.#drop(event);
      else if (SHIFTED_DIGITS.test(Buffer.from(event.bytes).toString('latin1'))) this.#layout();
      else {
        this.#noisy = 0;
        this.#typed = 0;
        this.#teller.scan(event.bytes, event.symbology);
      }
    }
  }

  #drop({ cause, byteCount }: Extract<SplitEvent, { kind: 'dropped' }>): void {
    const isTold = this.#isTold;
    this.#isTold = false;
    if (isTold) return;
    this.#noisy += 1;
    if (cause === 'overlong') {
      const detail = [`${byteCount} characters without an Enter were dropped`];
      this.#teller.offline('scanner.overlong', detail);
    } else if (this.#noisy >= NOISE_MAX) {
      const detail = [`${this.#noisy} codes in a row with keys that stand for no character`];
      this.#teller.offline('scanner.noise', detail);
    }
  }

  /** The frame that this happened in is of no use, up to its end. */
  #spoil(kind: 'lost' | 'layout', atMs: number): void {
    this.#frames.push(SPOILED, atMs);
    this.#isTold = true;
    if (kind === 'layout') this.#layout();
    else {
      this.#teller.offline('scanner.keys-lost', [
        'the computer was too busy to take every key; that code was dropped',
      ]);
    }
  }

  #noKeyboard(): void {
    this.#teller.offline('scanner.wrong-device', [
      `${this.#settings.path} is no keyboard: expected /dev/input/by-id/...-event-kbd`,
    ]);
  }

  #layout(): void {
    this.#teller.offline('scanner.layout', [
      'the scanner types for another keyboard layout: set its keyboard to US; chot doctor --setup scanner prints how',
    ]);
  }
}
