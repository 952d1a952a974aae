import type { KeyObject } from 'node:crypto';
import { ed25519PublicKey } from '../../sync/protocol/raw-keys.ts';

const KEYS_MAX = 20_000;

/**
 * Stations' Ed25519 keys ready to check with, by their 32 raw bytes: to make one costs as much as to check several signatures, and a
 * station sends a segment every few seconds.
 */
export class VerifyingKeys {
  readonly #max: number;
  readonly #made = new Map<string, KeyObject>();

  constructor(max = KEYS_MAX) {
    this.#max = max;
  }

  /** Throws InputError unless there are 32 bytes. */
  of(raw: Uint8Array): KeyObject {
    const name = Buffer.from(raw).toString('latin1');
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const key = ed25519PublicKey(raw);
    // All at once: more stations than that are not on one hub's line, and they would come back one by one.
    if (this.#made.size >= this.#max) this.#made.clear();
    this.#made.set(name, key);
    return key;
  }
}
