import { type SealingContext, setUpSealing } from '../../journal/hpke.ts';
import { canonicalBytes } from '../../kernel/bytes.ts';
import {
  DOWN_LABEL,
  type DownKind,
  downInfo,
  encodePart,
  PART_CONTENT_MAX,
  partAad,
} from './down-layout.ts';

/** Writes a bundle for one station, a part at a time; contents in the order of `DOWN_KINDS`. Every result is to be appended. */
export class BundleSealer {
  readonly #station: string;
  readonly #sealing: SealingContext;
  #parts = 0;

  /** `sealingKey`: raw `station.x25519`. */
  constructor(station: string, sealingKey: Uint8Array) {
    this.#station = station;
    this.#sealing = setUpSealing(sealingKey, downInfo(station));
  }

  begin(): Uint8Array {
    return canonicalBytes([DOWN_LABEL, this.#station, this.#sealing.enc]);
  }

  *content(kind: Exclude<DownKind, 'end'>, name: string, bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at === 0 || at < bytes.length; at += PART_CONTENT_MAX) {
      yield this.#part(kind, name, bytes.subarray(at, at + PART_CONTENT_MAX));
    }
  }

  end(): Uint8Array {
    return this.#part('end', String(this.#parts), new Uint8Array());
  }

  #part(kind: DownKind, name: string, bytes: Uint8Array): Uint8Array {
    const plain = encodePart({ kind, name, bytes });
    return canonicalBytes([this.#sealing.seal(plain, partAad(this.#parts++))]);
  }
}
