import { randomBytes } from 'node:crypto';
import { ConfigError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { lockFile } from '../station/data-lock.ts';
import { currentLists } from './authority/role-lists.ts';
import type { HubConfig } from './config.ts';
import { type OpenedIngest, startHub } from './hub.ts';
import type { HubDirectory } from './hub-directory.ts';
import type { WriteHubLog } from './hub-telemetry.ts';
import { SegmentIngest } from './inbox/segment-ingest.ts';
import { openSqliteInbox } from './inbox/sqlite-inbox.ts';
import type { RaiseIncident } from './ingest-port.ts';
import type { HubStore } from './store/hub-store.ts';
import { SqliteHubStore } from './store/sqlite-hub-store.ts';

export type HubRun = {
  readonly config: HubConfig;
  readonly directory: HubDirectory;
  readonly clock: Clock;
  readonly software: string;
  readonly log: WriteHubLog;
};

const HOUR_MS = 3_600_000;

/** The central server of one directory until `signal` aborts. Throws ConfigError when another one runs there. */
export async function runHub(run: HubRun, signal: AbortSignal): Promise<void> {
  const { config, directory, clock, software, log } = run;
  const lock = lockFile(directory.lockFile, 0);
  if ('code' in lock) {
    throw new ConfigError(
      `another hub runs on ${directory.path} (${lock.code}): stop it first, or name another directory with --data`,
      { cause: lock.cause },
    );
  }
  const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
  try {
    const { shareMax, rowsMax, rowsFree, defaultDays } = config.publishing;
    const hub = await startHub(
      {
        ...{ directory, store, clock, software, log, http: config.http, defaultDays },
        guard: { shareMax, rowsMax, rowsFree },
        backupIntervalMs: config.backup.intervalH * HOUR_MS,
        openIngest: (raise) => openIngest(directory, store, clock, raise),
      },
      signal,
    );
    await hub.ended;
  } finally {
    await store.close();
    lock.release();
  }
}

async function openIngest(
  directory: HubDirectory,
  store: HubStore,
  clock: Clock,
  raise: RaiseIncident,
): Promise<OpenedIngest> {
  const inbox = openSqliteInbox({
    ...{ folder: directory.path, key: directory.databaseKey(), mode: 'create' },
    random: randomBytes,
  });
  const lists = await currentLists(store);
  const recipients = new Set(lists.flatMap(({ keys }) => keys.map(({ id }) => id)));
  const ingest = new SegmentIngest({
    ...{ store: inbox, clock, raise, openedThrough: async () => 0 },
    recipients: () => recipients,
  });
  return {
    ...{ ingest, epochs: inbox, cases: { casesOf: async () => [] } },
    close: async () => {
      await ingest.settled();
      await inbox.close();
    },
  };
}
