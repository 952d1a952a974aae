import type { KeyObject } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../kernel/errors.ts';
import type { ImportOutcome } from '../../sync/bundle/import-bundle.ts';
import { type OpenBundle, openBundle } from '../../sync/bundle/open-bundle.ts';
import { type LoneSyncOptions, openLoneSync } from '../lone-sync.ts';
import { Opened } from '../opened.ts';
import { confirmTime } from './confirm-time.ts';
import { openStickFile } from './stick-file.ts';
import type { TimeBy } from './stick-slip.ts';

const DOWN = '.down';

/** The station's bundle in a folder; throws ConfigError when there is none. */
export function bundlePath(folder: string, station: string): string {
  const wanted = `${station}${DOWN}`;
  let names: readonly string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(DOWN));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`${folder} cannot be read (${code}): name the folder of the stick`, {
      cause,
    });
  }
  if (names.includes(wanted)) return join(folder, wanted);
  const others = names.slice(0, 5).join(', ');
  throw new ConfigError(
    `no ${wanted} in ${folder}${others === '' ? '' : `, only ${others}`}: make it with 'chot hub bundle --station ${station} DIR'`,
  );
}

/** Opens the bundle at `path` for as long as `act` takes. Throws BundleError for one of another station. */
export async function withBundle<T>(
  path: string,
  { station, sealingKey }: { readonly station: string; readonly sealingKey: KeyObject },
  act: (bundle: OpenBundle) => Promise<T>,
): Promise<T> {
  const file = openStickFile(path);
  if (file === null) throw new ConfigError(`${path} is gone: put the stick in again`);
  try {
    return await act(openBundle(file, station, sealingKey));
  } finally {
    file.close();
  }
}

/** Takes up a bundle where no daemon runs; the caller holds the lock. */
export async function importStick(
  options: LoneSyncOptions,
  place: {
    readonly path: string;
    readonly station: string;
    /** Who has compared this machine's date and time with another clock; null: nobody. */
    readonly timeBy: TimeBy | null;
  },
  signal: AbortSignal,
): Promise<ImportOutcome> {
  const opened = new Opened();
  try {
    const { sync, time, journal } = openLoneSync(options, opened);
    const { software } = options.build;
    const sealingKey = options.data.keys.stationSealing;
    return await withBundle(place.path, { station: place.station, sealingKey }, (bundle) => {
      if (place.timeBy !== null) confirmTime({ time, journal, software }, place.timeBy.account);
      return sync.importBundle(bundle, signal);
    });
  } finally {
    await opened.close();
  }
}
