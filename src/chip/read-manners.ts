import { createHash } from 'node:crypto';
import type { AccessReport } from './card-reading.ts';
import { newManner, type ReadManner } from './read-files.ts';

const MANNERS_MAX = 64;

/** Manners of reading by what cards do, not by what they are called: an ATR says little of a chip's system. */
export class ReadManners {
  readonly #manners = new Map<string, ReadManner>();

  /** Of cards that offer the same EF.CardAccess and open in the same way. */
  of({ cardAccess, method }: AccessReport): ReadManner {
    const offered = cardAccess?.kind === 'read' ? cardAccess.bytes : new Uint8Array(0);
    const key = `${method} ${createHash('sha256').update(offered).digest('hex')}`;
    const manner = this.#manners.get(key) ?? newManner();
    this.#manners.delete(key);
    this.#manners.set(key, manner);
    const [oldest] = this.#manners.keys();
    if (this.#manners.size > MANNERS_MAX && oldest !== undefined) this.#manners.delete(oldest);
    return manner;
  }
}
