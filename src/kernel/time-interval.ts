/** Who answers for the time: the hub since this boot, a clock that was carried on, or nobody. */
export type TimeTrust = 'vouched' | 'carried' | 'unset';

/**
 * The true time lies somewhere in [earliestMs, latestMs] (security T1). A prohibition ends only when `earliestMs`
 * is past its end; permissions and freshness count only while `latestMs` is within them.
 */
export type TimeInterval = {
  readonly earliestMs: number;
  readonly latestMs: number;
  readonly trust: TimeTrust;
};

/** A prohibition that ends at `endMs` may still be in force. */
export function mayStillHold(time: TimeInterval, endMs: number): boolean {
  return time.earliestMs < endMs;
}

/** A prohibition that starts at `startMs` may already be in force. */
export function mayHaveBegun(time: TimeInterval, startMs: number): boolean {
  return time.latestMs >= startMs;
}

/** A permission or a freshness limit that ends at `endMs` surely still counts. */
export function surelyWithin(time: TimeInterval, endMs: number): boolean {
  return time.latestMs < endMs;
}
