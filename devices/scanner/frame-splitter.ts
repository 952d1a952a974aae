import type { ScannerProfile } from './scanner-profile.ts';

export type ScannerFraming = Pick<
  ScannerProfile,
  'ends' | 'prefix' | 'silenceEnds' | 'interByteMs' | 'aimIdentifier'
>;

/** `partial`: bytes without their end, or outside of STX; `noise`: control characters that no code holds. */
export type DropCause = 'overlong' | 'partial' | 'noise';

export type SplitEvent =
  | {
      readonly kind: 'frame';
      readonly bytes: Uint8Array;
      /** The AIM identifier that stood before them, e.g. `]Q1`. */
      readonly symbology: string | null;
    }
  | {
      readonly kind: 'dropped';
      readonly cause: DropCause;
      readonly byteCount: number;
      /** What the eighth bits are, where they are a parity of 7 data bits beyond doubt. */
      readonly parity: Parity | null;
    };

export type Parity = 'even' | 'odd';

/** More than any code holds: QR version 40 has 2,953 bytes. */
export const FRAME_BYTES_MAX = 20_000;

/** By chance so many bytes in a row have one parity once in 4,096 frames. */
const PARITY_BYTES_MIN = 12;
const PARITY_BYTES_MAX = 256;

const STX = 0x02;
const FRAMING: ReadonlySet<number> = new Set([0x02, 0x03, 0x09, 0x0a, 0x0d]);
const END_BYTES = { cr: 0x0d, lf: 0x0a, etx: 0x03 } as const;
const TAB = 0x09;
/** LF and CR, as well as FS, GS, RS and US, stand inside of codes. */
const LF = 0x0a;
const CR = 0x0d;
const FS = 0x1c;
const AIM_IDENTIFIER = /^\][A-Za-z][0-9A-Za-z]$/;
const AIM_BYTES = 3;

/**
 * Cuts a scanner's bytes into what it read. Holds 20 kB at most. However the same bytes are cut into pieces, the events
 * are the same, as long as no pause between them is longer than the profile's.
 */
export class FrameSplitter {
  readonly #framing: ScannerFraming;
  readonly #ends: ReadonlySet<number>;
  readonly #held = new Uint8Array(FRAME_BYTES_MAX);
  #heldBytes = 0;
  /** Bytes of one overlong frame, which are thrown away up to its end. */
  #thrownBytes = 0;
  #hasPrefix = false;
  #lastAtMs = 0;

  constructor(framing: ScannerFraming) {
    this.#framing = framing;
    this.#ends = new Set(framing.ends.map((end) => END_BYTES[end]));
  }

  /** `atMs`: when they came, of a clock that never goes back. */
  push(bytes: Uint8Array, atMs: number): readonly SplitEvent[] {
    const events = [...this.idle(atMs)];
    for (const byte of bytes) {
      const event = this.#take(byte);
      if (event !== null) events.push(event);
    }
    this.#lastAtMs = atMs;
    return events;
  }

  /** To be called now and then while nothing comes: after a pause no end is waited for any longer. */
  idle(atMs: number): readonly SplitEvent[] {
    if (atMs - this.#lastAtMs <= this.#framing.interByteMs) return [];
    const { silenceEnds, prefix } = this.#framing;
    const isWhole = silenceEnds && (prefix !== 'required' || this.#hasPrefix);
    const event = isWhole ? this.#end() : this.#giveUp();
    this.#hasPrefix = false;
    return event === null ? [] : [event];
  }

  #take(byte: number): SplitEvent | null {
    const { prefix } = this.#framing;
    if (byte === STX && prefix !== 'none') {
      const event = this.#giveUp();
      this.#hasPrefix = true;
      return event;
    }
    if (this.#ends.has(byte)) {
      const event = prefix === 'required' && !this.#hasPrefix ? this.#giveUp() : this.#end();
      this.#hasPrefix = false;
      return event;
    }
    this.#hold(byte);
    return null;
  }

  #hold(byte: number): void {
    if (this.#heldBytes === FRAME_BYTES_MAX) {
      this.#thrownBytes += 1;
      return;
    }
    this.#held[this.#heldBytes] = byte;
    this.#heldBytes += 1;
  }

  #end(): SplitEvent | null {
    if (this.#thrownBytes > 0) return this.#giveUp();
    if (this.#heldBytes === 0) return null;
    const held = this.#held.subarray(0, this.#heldBytes);
    if (held.some(isNoise)) return this.#drop('noise');
    const symbology = this.#framing.aimIdentifier ? aimIdentifier(held) : null;
    const bytes = held.slice(symbology === null ? 0 : AIM_BYTES);
    this.#heldBytes = 0;
    return bytes.length === 0 ? null : { kind: 'frame', bytes, symbology };
  }

  #giveUp(): SplitEvent | null {
    if (this.#thrownBytes > 0) return this.#drop('overlong');
    if (this.#heldBytes === 0) return null;
    return this.#drop('partial');
  }

  #drop(cause: DropCause): SplitEvent {
    const byteCount = this.#heldBytes + this.#thrownBytes;
    const parity = parityOf(this.#held.subarray(0, Math.min(this.#heldBytes, PARITY_BYTES_MAX)));
    this.#heldBytes = 0;
    this.#thrownBytes = 0;
    return { kind: 'dropped', cause, byteCount, parity };
  }
}

function isNoise(byte: number): boolean {
  return byte < FS ? byte !== TAB && byte !== LF && byte !== CR : byte === 0x7f;
}

function aimIdentifier(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, AIM_BYTES));
  return AIM_IDENTIFIER.test(head) ? head : null;
}

/** A line of 7 data bits and a parity, read as 8 bits and none: plain text with its eighth bits set by a rule. */
export function parityOf(bytes: Uint8Array): Parity | null {
  if (bytes.length < PARITY_BYTES_MIN || bytes.every((byte) => byte < 0x80)) return null;
  if (bytes.some((byte) => (byte & 0x7f) < 0x20 && !FRAMING.has(byte & 0x7f))) return null;
  const odd = bytes.filter(hasOddBits).length;
  if (odd === 0) return 'even';
  return odd === bytes.length ? 'odd' : null;
}

function hasOddBits(byte: number): boolean {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
  return bits % 2 === 1;
}
