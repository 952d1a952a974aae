import { openJournal } from '../journal/journal.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { enrolmentOf } from '../sync/enrolment/enrolment.ts';
import type { SyncSnapshot } from '../sync/sync-loop.ts';
import type { BuildInfo } from './build-info.ts';
import type { DataDirectory } from './data-directory.ts';
import { hasBatteryClock, readDurableTime, writeDurableTime } from './durable-time.ts';
import { openKept, recipientFor } from './enrolled.ts';
import { Opened } from './opened.ts';
import { stationSync } from './station-sync.ts';
import { TimeKeeper } from './time-keeper.ts';

const LOOK_MS = 200;

export type OnceOptions = {
  readonly data: DataDirectory;
  readonly build: BuildInfo;
  readonly clock: Clock;
  readonly random: () => number;
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
  { data, build, clock, random, progress }: OnceOptions,
  opened: Opened,
  signal: AbortSignal,
): Promise<OnceOutcome> {
  const kept = openKept(data);
  opened.add(() => kept.close());
  const enrolment = enrolmentOf(kept);
  if (enrolment === null) {
    throw new ConfigError('this station belongs to no hub yet: run chot enrol --hub URL --code -');
  }
  const time = new TimeKeeper({
    ...{ clock, buildMs: build.builtMs, batteryClock: hasBatteryClock() },
    durable: readDurableTime(data.path),
  });
  opened.add(() => writeDurableTime(data.path, time.durable()));
  const journal = openJournal({
    ...{ path: data.journalFile, key: data.keys.database, station: enrolment.station, clock },
    recipient: recipientFor(kept, undefined, time.interval()),
    ...{ signingKey: data.keys.stationSigning, onEvent: () => {} },
  });
  opened.add(() => journal.close());
  const stop = new AbortController();
  const sync = stationSync({
    ...{ enrolment, data, kept, journal, registers: null, time, clock, random },
    software: build.software,
    telemetry: { syncAlarm: () => {}, hubLine: () => {} },
    readiness: () => ({ problems: [], warnings: sync.snapshot().alarms }),
    onNews: () => {},
    heldStops: () => [],
  });
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
