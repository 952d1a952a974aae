import type { Clock } from '../../ports/clock.ts';

const KEYS_MAX = 64;

/** Token buckets, one a key: `burst` at once, `perSecond` afterwards. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  take(key: string): boolean {
    const nowMs = this.#clock.monoMs();
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, atMs: nowMs };
    const refilled = bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * this.#perSecond;
    const tokens = Math.min(this.#burst, refilled);
    const granted = tokens >= 1;
    if (this.#buckets.size >= KEYS_MAX && !this.#buckets.has(key)) this.#buckets.clear();
    this.#buckets.set(key, { tokens: granted ? tokens - 1 : tokens, atMs: nowMs });
    return granted;
  }
}
