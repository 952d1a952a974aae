import type { KeyObject } from 'node:crypto';
import { HPKE_KEY_BYTES, type OpeningContext, setUpOpening } from '../../journal/hpke.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { InputError } from '../../kernel/errors.ts';
import { readId } from '../protocol/ids.ts';
import { BundleError } from './bundle-error.ts';
import {
  BUNDLE_BYTES_MAX,
  contentBytesMax,
  DOWN_KINDS,
  DOWN_LABEL,
  type DownKind,
  type DownPart,
  decodePart,
  downInfo,
  PART_BYTES_MAX,
  PARTS_MAX,
  partAad,
} from './down-layout.ts';

const LENGTH_BYTES = 4;
const STATION_BYTES_MAX = 32;
const HEADER_BYTES_MAX = LENGTH_BYTES * 3 + DOWN_LABEL.length + STATION_BYTES_MAX + HPKE_KEY_BYTES;

/** Where a bundle lies: a file, or memory. */
export type BundleSource = {
  readonly bytes: number;
  /** Exactly `length` bytes from `at`, or fewer where the source ends. */
  read(at: number, length: number): Uint8Array;
};

/** One statement, receipt or file, by where it lies: its bytes are read when they are asked for. */
export type BundleContent = {
  readonly kind: Exclude<DownKind, 'end'>;
  readonly name: string;
  readonly bytes: number;
  readonly at: number;
  readonly index: number;
};

export type OpenBundle = {
  readonly contents: readonly BundleContent[];
  /** Null when it is whole. Else nothing of it counts but heads and receipts. */
  readonly problem: BundleError | null;
  /** Throws BundleError when it is not any more what it was. */
  readonly bytesOf: (content: BundleContent) => Uint8Array;
};

/**
 * Opens a bundle that is sealed to `station`, one part in memory at a time, and says what is in it. Nothing of it is believed
 * yet: whoever knows the station's public key can seal. Throws BundleError for one of another station.
 */
export function openBundle(
  source: BundleSource,
  station: string,
  sealingKey: KeyObject,
): OpenBundle {
  const { enc, at } = readHeader(source, station);
  const parts = new Parts(source, openingOf(enc, station, sealingKey));
  const found = new Found();
  let problem: BundleError | null = null;
  try {
    if (source.bytes > BUNDLE_BYTES_MAX) {
      throw new BundleError(
        'bundle.too-long',
        `bundle: expected at most ${BUNDLE_BYTES_MAX} bytes`,
      );
    }
    readAll(parts, found, at);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    problem = error;
  }
  return { contents: found.contents, problem, bytesOf: (content) => parts.whole(content) };
}

function readAll(parts: Parts, found: Found, start: number): void {
  for (let index = 0, at = start; index < PARTS_MAX; index++) {
    const part = parts.read(index, at);
    if (part.kind === 'end') {
      if (part.name !== String(index)) throw orderError(`an end after ${part.name} parts`, index);
      if (!parts.isEnd(part.next)) throw orderError('nothing after the end', index);
      return;
    }
    found.add({ ...part, kind: part.kind }, index, at);
    at = part.next;
  }
  throw new BundleError('bundle.too-long', `bundle: expected at most ${PARTS_MAX} parts`);
}

/** What was found so far, in the order that the layout demands. */
class Found {
  readonly contents: BundleContent[] = [];
  readonly #names = new Set<string>();

  add(part: DownPart & { readonly kind: BundleContent['kind'] }, index: number, at: number): void {
    const { kind, name, bytes } = part;
    const last = this.contents.at(-1);
    const isNext = last?.kind === kind && last.name === name;
    const length = (isNext ? last.bytes : 0) + bytes.length;
    if (length > contentBytesMax(kind)) {
      throw new BundleError('bundle.too-long', `bundle: part ${index} makes a ${kind} too long`);
    }
    if (isNext) {
      this.contents[this.contents.length - 1] = { ...last, bytes: length };
      return;
    }
    const isLater = last === undefined || rank(kind) >= rank(last.kind);
    const key = `${kind} ${name}`;
    if (!isLater || this.#names.has(key)) throw orderError(`no ${kind} here`, index);
    this.#names.add(key);
    this.contents.push({ kind, name, bytes: length, at, index });
  }
}

class Parts {
  readonly #source: BundleSource;
  readonly #opening: OpeningContext;

  constructor(source: BundleSource, opening: OpeningContext) {
    this.#source = source;
    this.#opening = opening;
  }

  isEnd(at: number): boolean {
    return at === this.#source.bytes;
  }

  read(index: number, at: number): DownPart & { readonly next: number } {
    const head = Buffer.from(this.#source.read(at, LENGTH_BYTES));
    if (head.length < LENGTH_BYTES) throw cut(index);
    const length = head.readUInt32BE();
    if (length > PART_BYTES_MAX) {
      throw new BundleError('bundle.malformed', `bundle: part ${index} is longer than a part is`);
    }
    const sealed = this.#source.read(at + LENGTH_BYTES, length);
    if (sealed.length < length) throw cut(index);
    const plain = this.#opening.open(index, sealed, partAad(index));
    if (plain === null) {
      throw new BundleError(
        'bundle.sealed',
        `bundle: part ${index} does not open: it was altered or is of another bundle; make the stick anew`,
      );
    }
    return { ...inBundle(() => decodePart(plain)), next: at + LENGTH_BYTES + length };
  }

  whole({ kind, name, bytes, at, index }: BundleContent): Uint8Array {
    const whole = Buffer.alloc(bytes);
    for (let length = 0, place = at, number = index; length < bytes; number++) {
      const part = this.read(number, place);
      if (part.kind !== kind || part.name !== name || part.bytes.length === 0) throw cut(number);
      whole.set(part.bytes.subarray(0, bytes - length), length);
      length += part.bytes.length;
      place = part.next;
    }
    return whole;
  }
}

function readHeader(
  source: BundleSource,
  station: string,
): { readonly enc: Uint8Array; readonly at: number } {
  const start = source.read(0, HEADER_BYTES_MAX);
  const header = inBundle(() => {
    const reader = new CanonicalReader(start, 'bundle');
    reader.label(DOWN_LABEL);
    return { station: readId(reader), enc: reader.exactly(HPKE_KEY_BYTES) };
  });
  if (header.station !== station) {
    throw new BundleError(
      'bundle.station',
      `bundle: expected one for ${station}, it is for ${header.station}: take it there`,
    );
  }
  const at = LENGTH_BYTES * 3 + DOWN_LABEL.length + station.length + HPKE_KEY_BYTES;
  return { enc: header.enc, at };
}

function openingOf(enc: Uint8Array, station: string, sealingKey: KeyObject): OpeningContext {
  try {
    return setUpOpening(sealingKey, enc, downInfo(station));
  } catch {
    throw new BundleError('bundle.malformed', 'bundle: expected an X25519 key, came none');
  }
}

function inBundle<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError) || error instanceof BundleError) throw error;
    throw new BundleError('bundle.malformed', error.message);
  }
}

function rank(kind: DownKind): number {
  return DOWN_KINDS.indexOf(kind);
}

function cut(index: number): BundleError {
  return new BundleError(
    'bundle.cut',
    `bundle: it ends in part ${index}, before its end: copy it whole, or make the stick anew`,
  );
}

function orderError(expected: string, index: number): BundleError {
  return new BundleError('bundle.order', `bundle: expected ${expected}, at part ${index}`);
}
