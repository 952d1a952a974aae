import { type Journal, openJournal } from '../journal/journal.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { type Enrolment, enrolmentOf } from '../sync/enrolment/enrolment.ts';
import type { Kept } from '../sync/kept.ts';
import type { SyncLoop } from '../sync/sync-loop.ts';
import type { BuildInfo } from './build-info.ts';
import type { DataDirectory } from './data-directory.ts';
import { hasBatteryClock, readDurableTime, writeDurableTime } from './durable-time.ts';
import { openKept, recipientFor } from './enrolled.ts';
import type { Opened } from './opened.ts';
import { stationSync } from './station-sync.ts';
import { TimeKeeper } from './time-keeper.ts';

export type LoneSyncOptions = {
  readonly data: DataDirectory;
  readonly build: BuildInfo;
  readonly clock: Clock;
  readonly random: () => number;
};

/**
 * The station's dealings with its hub where no daemon runs; the caller holds the lock. Segments that a killed daemon left open are
 * closed by it. Throws ConfigError for a station that is not enrolled.
 */
export function openLoneSync(
  { data, build, clock, random }: LoneSyncOptions,
  opened: Opened,
): { readonly sync: SyncLoop; readonly time: TimeKeeper; readonly journal: Journal } {
  const kept = openKept(data);
  opened.add(() => kept.close());
  const enrolment = enrolledAs(kept);
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
  const sync = stationSync({
    ...{ enrolment, data, kept, journal, registers: null, time, clock, random },
    software: build.software,
    telemetry: { syncAlarm: () => {}, hubLine: () => {} },
    readiness: () => ({ problems: [], warnings: sync.snapshot().alarms }),
    onNews: () => {},
    heldStops: () => [],
  });
  return { sync, time, journal };
}

/** Throws ConfigError for a station that is not enrolled. */
export function enrolledAs(kept: Kept): Enrolment {
  const enrolment = enrolmentOf(kept);
  if (enrolment !== null) return enrolment;
  throw new ConfigError('this station belongs to no hub yet: run chot enrol --hub URL --code -');
}
