import { CREDIT_MAX } from '../../sync/protocol/wire.ts';

/** A full segment costs as much as a hundred records do; below that, a segment is small and drawn from an allowance. */
const SMALL_RECORDS = 16;
/** A month at one segment a minute, sent at once, is 43,200: such a backlog flows at the refill once this is used up. */
const SMALL_MAX = 4_000;
const SMALL_PER_S = 20;

type Allowance = { left: number; atMs: number };

/**
 * How many further segments a station may have under way. Small segments cost the hub as much each as large ones, so
 * whoever sends thousands of them is slowed, and nobody else.
 */
export class Credit {
  readonly #allowances = new Map<string, Allowance>();

  /** To be asked after a segment of `records` was taken; null for one that draws on nothing. */
  spend(station: string, records: number | null, monoMs: number): number {
    const allowance = this.#refilled(station, monoMs);
    if (records !== null && records < SMALL_RECORDS)
      allowance.left = Math.max(0, allowance.left - 1);
    return Math.min(CREDIT_MAX, Math.floor(allowance.left));
  }

  /** True while the station may send one at a time only, and did so less than a second's worth ago. */
  isSpent(station: string, monoMs: number): boolean {
    return this.#refilled(station, monoMs).left < 1;
  }

  #refilled(station: string, monoMs: number): Allowance {
    const there = this.#allowances.get(station) ?? { left: SMALL_MAX, atMs: monoMs };
    const gained = ((monoMs - there.atMs) / 1_000) * SMALL_PER_S;
    const now = { left: Math.min(SMALL_MAX, there.left + gained), atMs: monoMs };
    this.#allowances.set(station, now);
    return now;
  }
}
