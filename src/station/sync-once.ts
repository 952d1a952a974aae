import { oneRound, type Round } from '../sync/one-round.ts';
import type { SyncSnapshot } from '../sync/sync-loop.ts';
import { type LoneSyncOptions, openLoneSync } from './lone-sync.ts';
import { Opened } from './opened.ts';

export type OnceOptions = LoneSyncOptions & {
  /** Called when something changed. */
  readonly progress: (snapshot: SyncSnapshot) => void;
};

export type OnceOutcome = Round & {
  /** How far this machine's clock is ahead of the time that the hub signed, ms; null when it signed none. */
  readonly wallAheadMs: number | null;
};

/**
 * One round with the hub where no daemon runs, whose lock the caller holds: sends what waits, brings registers up to date. Throws
 * ConfigError for a station that is not enrolled.
 */
export async function syncOnce(options: OnceOptions, signal: AbortSignal): Promise<OnceOutcome> {
  const { clock, progress } = options;
  const opened = new Opened();
  try {
    const { sync, time } = openLoneSync(options, opened);
    const round = await oneRound({ sync, clock, progress }, signal);
    const isVouched = time.interval().trust === 'vouched';
    return { ...round, wallAheadMs: isVouched ? clock.wallMs() - time.nowMs() : null };
  } finally {
    await opened.close();
  }
}
