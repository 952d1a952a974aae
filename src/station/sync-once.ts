import type { SyncSnapshot } from '../sync/sync-loop.ts';
import { type LoneSyncOptions, openLoneSync } from './lone-sync.ts';
import { Opened } from './opened.ts';

const LOOK_MS = 200;

export type OnceOptions = LoneSyncOptions & {
  /** Called when something changed. */
  readonly progress: (snapshot: SyncSnapshot) => void;
};

/** How a round ended. done: everything is sent and in place. down: no line. */
export type OnceOutcome = {
  readonly kind: 'done' | 'down' | 'stopped';
  readonly last: SyncSnapshot;
};

/**
 * One round with the hub where no daemon runs, whose lock the caller holds: sends what waits, brings registers up to date. Throws
 * ConfigError for a station that is not enrolled.
 */
export async function syncOnce(options: OnceOptions, signal: AbortSignal): Promise<OnceOutcome> {
  const opened = new Opened();
  try {
    return await round(options, opened, signal);
  } finally {
    await opened.close();
  }
}

async function round(
  options: OnceOptions,
  opened: Opened,
  signal: AbortSignal,
): Promise<OnceOutcome> {
  const { clock, progress } = options;
  const { sync } = openLoneSync(options, opened);
  const stop = new AbortController();
  const running = sync.run(AbortSignal.any([signal, stop.signal]));
  let told = '';
  let outcome: OnceOutcome | null = null;
  while (outcome === null) {
    const last = sync.snapshot();
    const text = JSON.stringify({ ...last, line: last.line.state });
    if (text !== told) progress(last);
    told = text;
    if (last.isCurrent) outcome = { kind: 'done', last };
    else if (last.line.state === 'down') outcome = { kind: 'down', last };
    else if (signal.aborted) outcome = { kind: 'stopped', last };
    else await clock.sleep(LOOK_MS, signal);
  }
  stop.abort();
  await running;
  return outcome;
}
