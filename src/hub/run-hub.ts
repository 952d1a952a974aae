import { ConfigError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { lockFile } from '../station/data-lock.ts';
import type { HubConfig } from './config.ts';
import { startHub } from './hub.ts';
import type { HubDirectory } from './hub-directory.ts';
import type { WriteHubLog } from './hub-telemetry.ts';
import { openJournals } from './journals.ts';
import { inOwnProcess } from './registers/register-process.ts';
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
    const guard = { shareMax, rowsMax, rowsFree };
    const { passagesDays, lookUpsDays, serviceDays } = config.keep;
    const hub = await startHub(
      {
        ...{ directory, store, clock, software, log, http: config.http, defaultDays },
        guard,
        elsewhere: inOwnProcess(directory.path, guard, signal),
        backupIntervalMs: config.backup.intervalH * HOUR_MS,
        openJournals: (raise, tell, recipients) =>
          openJournals({
            ...{ folder: directory.path, key: directory.databaseKey(), clock, raise, tell },
            ...{
              recipientsFolder: directory.recipientsFolder,
              recipients,
            },
            days: { passages: passagesDays, lookUps: lookUpsDays, service: serviceDays },
            erasureCopies: config.backup.erasureCopies,
          }),
      },
      signal,
    );
    await hub.ended;
  } finally {
    await store.close();
    lock.release();
  }
}
