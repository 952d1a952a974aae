import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type Desks, openDesks } from '../hub/desks.ts';
import {
  type HubDirectory,
  openWorkingHub,
  privateKeyFrom,
  resolveHubDir,
} from '../hub/hub-directory.ts';
import type { RaiseIncident } from '../hub/ingest-port.ts';
import type { HubStore } from '../hub/store/hub-store.ts';
import { SqliteHubStore } from '../hub/store/sqlite-hub-store.ts';
import { ConfigError } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import type { CliIo } from './cli-io.ts';

export type HubCliOptions = { readonly data?: string; readonly json?: boolean };

export function withHubData(command: Command): Command {
  return command
    .option('--data <dir>', 'hub directory, instead of CHOT_HUB_DATA')
    .option('--json', 'JSON lines and nothing else');
}

export type OpenedHub = Desks & { readonly directory: HubDirectory; readonly store: HubStore };

/** What a command does beside the daemon, or without one: the daemon notices within a second. */
export async function withHub<T>(
  io: CliIo,
  { data }: HubCliOptions,
  work: (hub: OpenedHub) => Promise<T>,
): Promise<T> {
  const directory = openWorkingHub(resolveHubDir({ option: data, env: io.env, config: undefined }));
  const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
  try {
    const raise: RaiseIncident = (incident) => {
      io.tell(`incident ${incident.code} ${incident.station ?? ''}`);
    };
    const desks = await openDesks({
      ...{ directory, store, clock: systemClock, raise },
      guard: { shareMax: 0, rowsMax: 0, rowsFree: 0 },
      ...{ defaultDays: {}, elsewhere: null },
      published: async () => {},
      revoked: () => {},
    });
    return await work({ ...desks, directory, store });
  } finally {
    await store.close();
  }
}

/** The account that ran the command, before `sudo`; stands in the audit. */
export function accountOf(io: CliIo): string {
  const name = io.env['SUDO_USER'] ?? io.env['USER'] ?? io.env['LOGNAME'] ?? 'unknown';
  return `os-${name.toLowerCase().replace(/[^a-z0-9-]/g, '-')}`.slice(0, 32);
}

export function readPrivateKey(file: string) {
  return privateKeyFrom(readTextFile(file), file);
}

export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new ConfigError(`${file} cannot be read (${code}): name a file that is there`, { cause });
  }
}

/** One result: as JSON, or as `name  value` lines. */
export function show(
  io: CliIo,
  { json }: HubCliOptions,
  result: Readonly<Record<string, unknown>>,
): void {
  if (json === true) {
    io.out(JSON.stringify(result));
    return;
  }
  for (const [name, value] of Object.entries(result)) {
    io.out(
      `${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    );
  }
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
