import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { backUp } from '../hub/backup/backup.ts';
import { restore } from '../hub/backup/restore.ts';
import { HubDirectory, openWorkingHub, resolveHubDir } from '../hub/hub-directory.ts';
import { HUB_MIGRATIONS } from '../hub/store/hub-schema.ts';
import { toHex } from '../kernel/bytes.ts';
import { instantToIso } from '../kernel/calendar.ts';
import { ConfigError } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import type { CliIo } from './cli-io.ts';
import { type HubCliOptions, show, withHubData } from './hub-common.ts';

/** `chot hub backup DIR`: beside the running hub; keys are not in it. */
export function hubBackupCommand(io: CliIo): Command {
  return withHubData(
    new Command('backup')
      .description(
        'copy the hub, running or not, into a new folder; keys/ and recipients/ are not in it',
      )
      .argument('<dir>', 'new folder'),
  ).action(async (to: string, options: HubCliOptions) => {
    const directory = openWorkingHub(placeOf(io, options));
    const manifest = await backUp({
      ...{ folder: directory.path, key: directory.databaseKey(), to, clock: systemClock },
      databases: [{ name: 'hub.db', migrations: HUB_MIGRATIONS }],
      folders: ['published'],
    });
    const files = Object.keys(manifest.files).length;
    show(io, options, { to, startedAt: instantToIso(manifest.startedMs), files });
  });
}

/** `chot hub restore DIR --data NEW`: into a directory that has its keys already. */
export function hubRestoreCommand(io: CliIo): Command {
  return withHubData(
    new Command('restore')
      .description(
        'put a backup back into a hub directory that holds nothing but its keys/ and recipients/',
      )
      .argument('<dir>', 'the backup')
      .option(
        '--erasures <file>',
        'the newest list of erasures there is; without one the backup’s own',
      ),
  ).action(async (from: string, options: HubCliOptions & { readonly erasures?: string }) => {
    const directory = emptyHub(placeOf(io, options));
    const done = await restore({
      ...{ from, folder: directory.path, key: directory.databaseKey(), random: randomBytes },
      ...{ erasures: options.erasures ?? null, clock: systemClock },
    });
    show(io, options, {
      ...{ hub: toHex(done.hub), backupOf: instantToIso(done.backupStartedMs) },
      ...{ erasures: done.erasures, lostSegments: done.lostSegments },
    });
    io.tell(
      'Stations notice by the new hub id, send again what the hub has lost, and tell which manifest they saw.',
    );
    io.tell(
      'Whoever was revoked or ended since the backup is good again: revoke those stations and operators once more before you start it.',
    );
  });
}

/** `init` would make other keys, which open nothing of the backup. */
function emptyHub(path: string): HubDirectory {
  const directory = new HubDirectory(path);
  if (directory.exists) return directory;
  throw new ConfigError(
    `no keys in ${path}: copy keys/ and recipients/ of the hub into it first, from the medium that they were saved to; without them a backup opens for nobody`,
  );
}

function placeOf(io: CliIo, { data }: HubCliOptions): string {
  return resolveHubDir({ option: data, env: io.env, config: undefined });
}
