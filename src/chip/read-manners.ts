import { createHash } from 'node:crypto';
import type { AccessReport } from './card-reading.ts';
import { newManner, type ReadManner } from './read-files.ts';

const MANNERS_MAX = 64;
/** A manner that one card made slow (it slipped at the wrong moment) is found out afresh after so many uses, then later. */
const FIRST_RELEARNING = 16;
const LATER_RELEARNING = 4;

type Entry = { manner: ReadManner; uses: number; relearnAt: number };

/** Manners of reading by what cards do, not by what they are called: an ATR says little of a chip's system. */
export class ReadManners {
  readonly #entries = new Map<string, Entry>();

  /** Of cards that offer the same EF.CardAccess and open in the same way. */
  of({ cardAccess, method }: Pick<AccessReport, 'cardAccess' | 'method'>): ReadManner {
    const offered = cardAccess?.kind === 'read' ? cardAccess.bytes : new Uint8Array(0);
    const key = `${method} ${createHash('sha256').update(offered).digest('hex')}`;
    const fresh = { manner: newManner(), uses: 0, relearnAt: FIRST_RELEARNING };
    const entry = this.#entries.get(key) ?? fresh;
    entry.uses++;
    if (entry.uses > entry.relearnAt) {
      if (isSlow(entry.manner)) entry.manner = newManner();
      entry.relearnAt *= LATER_RELEARNING;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MANNERS_MAX && oldest !== undefined) this.#entries.delete(oldest);
    return entry.manner;
  }
}

function isSlow({ long, address, headFirst, shortBytes }: ReadManner): boolean {
  const best = newManner();
  return long === 'no' || address === 'select' || headFirst || shortBytes < best.shortBytes;
}
