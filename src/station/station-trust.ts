import { statSync } from 'node:fs';
import { EMPTY_TRUST_STORE, storeVersion } from '../chip/trust/trust-store.ts';
import type { Trust } from '../lane/judge-card.ts';
import { readTrust, trustFile } from './trust-files.ts';

const NOTHING: Trust = { store: EMPTY_TRUST_STORE, version: storeVersion(EMPTY_TRUST_STORE) };

/** What the daemon trusts, read again when `chot trust` has changed it. */
export class StationTrust {
  readonly #dataDir: string;
  readonly #onDamaged: (error: unknown) => void;
  #seen: string | null = null;
  #damaged = false;
  #current = NOTHING;

  /** `onDamaged`: the file cannot be used; until that is mended no issuer is known. */
  constructor(dataDir: string, onDamaged: (error: unknown) => void) {
    this.#dataDir = dataDir;
    this.#onDamaged = onDamaged;
  }

  current(): Trust {
    return this.#current;
  }

  /** To be called from time to time; reads only what has changed. What cannot be read is tried again, and told once. */
  refresh(): void {
    try {
      const sign = signOf(trustFile(this.#dataDir));
      if (sign === this.#seen) return;
      const store = readTrust(this.#dataDir);
      this.#current = { store, version: storeVersion(store) };
      this.#seen = sign;
      this.#damaged = false;
    } catch (error) {
      if (!this.#damaged) this.#onDamaged(error);
      this.#damaged = true;
      this.#current = NOTHING;
      this.#seen = null;
    }
  }
}

/** A file is replaced as a whole, so a changed one is another. */
function signOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : `${found.ino} ${found.mtimeNs} ${found.size}`;
}
