import { join } from 'node:path';
import { Command } from 'commander';
import { ConfigError } from '../kernel/errors.ts';
import { readBuildInfo } from '../station/build-info.ts';
import { type DataDirectory, openDataDirectory } from '../station/data-directory.ts';
import { lockFile } from '../station/data-lock.ts';
import { syncOnce } from '../station/sync-once.ts';
import { SyncStatus } from '../station/sync-status.ts';
import { systemClock } from '../station/system-clock.ts';
import { systemRandom } from '../station/system-random.ts';
import { type RoundEnd, RoundOutcome } from '../sync/one-round.ts';
import type { SyncSnapshot } from '../sync/sync-loop.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { dataDirOf, type Options } from './register-common.ts';
import { syncExportCommand, syncImportCommand } from './sync-stick.ts';

type SyncOptions = Options & { readonly once?: boolean; readonly watch?: boolean };

const LOOK_MS = 500;
/** Two of the daemon's looks. */
const SETTLE_MS = 2_000;
/** A daemon looks every second; one that has not heard after so long does not run as it should. */
const HEARD_MS_MAX = 10_000;
/** How long a daemon may take for one round that somebody waits for. */
const ROUND_MS_MAX = 15 * 60_000;
/** A clock further off is named; at its next start without a line the station would go by it. */
const CLOCK_OFF_MS = 3_600_000;

const HELP = `
Beside a running daemon, who alone writes the journal, --once asks it to try at once and follows it. Without one the command does
the work itself. Exit status: 0 everything is sent and in place, 1 no line, or the hub does not take this station, 3 done but something
needs a look.`;

/** `chot sync --once | --watch`, `chot sync export | import DIR`. */
export function syncCommand(io: CliIo): Command {
  const command = new Command('sync')
    // Or --data would be taken from the commands below.
    .enablePositionalOptions()
    .description('send what waits to the hub and bring registers up to date')
    .option('--once', 'one round, for cron or by hand')
    .option('--watch', "follow the daemon's rounds until stopped")
    .option('--data <dir>', 'data directory, instead of CHOT_DATA or station.dataDir')
    .option('--config <file>', "the station's TOML file, for its data directory")
    .option('--json', 'JSON lines and nothing else')
    .addHelpText('after', HELP)
    .action(async (options: SyncOptions) => {
      const isOnce = options.once === true;
      if (isOnce === (options.watch === true)) {
        throw new ConfigError('give either --once or --watch, or a command: export, import');
      }
      const data = openDataDirectory(dataDirOf(io, options));
      const isJson = options.json === true;
      if (!isOnce) return watch(io, data, isJson);
      const lock = lockFile(join(data.path, 'station.lock'), 0);
      if ('code' in lock) return askDaemon(io, data, isJson);
      try {
        await runOnce(io, data, isJson);
      } finally {
        lock.release();
      }
    });
  for (const make of [syncExportCommand, syncImportCommand]) {
    command.addCommand(make(io).exitOverride());
  }
  return command;
}

/** One round by this process, which holds the lock; sets the exit code. */
export async function runOnce(io: CliIo, data: DataDirectory, isJson: boolean): Promise<void> {
  const { kind, last, wallAheadMs } = await syncOnce(
    {
      ...{ data, build: readBuildInfo(), clock: systemClock, random: systemRandom },
      progress: (snapshot) => tell(io, snapshot, isJson),
    },
    io.signal,
  );
  if (wallAheadMs !== null) tellClock(io, wallAheadMs);
  conclude(io, last, kind);
}

/** Whoever enrols a station or looks after it is told of a wrong clock in words, not by what follows from it. */
function tellClock(io: CliIo, wallAheadMs: number): void {
  if (Math.abs(wallAheadMs) < CLOCK_OFF_MS) return;
  const hours = Math.round(Math.abs(wallAheadMs) / 3_600_000);
  const off = hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
  const rightMs = systemClock.wallMs() - wallAheadMs;
  const right = new Date(rightMs).toISOString().slice(0, 16).replace('T', ' ');
  io.tell(
    `this machine's clock is ${off} ${wallAheadMs > 0 ? 'ahead of' : 'behind'} the time that the hub signed, which the station goes by (${right} UTC): set it (timedatectl set-time), and look at its battery`,
  );
}

/** Beside a daemon, without an end. */
async function watch(io: CliIo, data: DataDirectory, isJson: boolean): Promise<void> {
  const status = new SyncStatus(data.runFolder);
  let told = '';
  while (!io.signal.aborted) {
    told = tellNews(io, status.read(), told, isJson);
    await systemClock.sleep(LOOK_MS, io.signal);
  }
}

/** Beside a daemon: asks it to try now, and follows it. */
async function askDaemon(io: CliIo, data: DataDirectory, isJson: boolean): Promise<void> {
  const status = new SyncStatus(data.runFolder);
  const startMs = systemClock.monoMs();
  const waitedMs = () => systemClock.monoMs() - startMs;
  status.ask();
  while (!status.isHeard && !io.signal.aborted) {
    if (waitedMs() > HEARD_MS_MAX) {
      throw new ConfigError(
        'the daemon that holds the data directory does not answer, or its station is not enrolled: look at its log',
      );
    }
    await systemClock.sleep(LOOK_MS, io.signal);
  }
  const outcome = new RoundOutcome();
  let told = '';
  while (!io.signal.aborted) {
    // What it told before it tried is not what came of it.
    await systemClock.sleep(SETTLE_MS, io.signal);
    const snapshot = status.read();
    told = tellNews(io, snapshot, told, isJson);
    if (snapshot === null) continue;
    const kind = outcome.of(snapshot, systemClock.monoMs());
    if (kind !== null) return conclude(io, snapshot, kind);
    if (waitedMs() > ROUND_MS_MAX) return conclude(io, snapshot, 'stopped');
  }
}

function tellNews(io: CliIo, snapshot: SyncSnapshot | null, told: string, isJson: boolean): string {
  const text = JSON.stringify(snapshot);
  if (snapshot !== null && text !== told) tell(io, snapshot, isJson);
  return text;
}

const WORDS: Readonly<Record<RoundEnd, string | null>> = {
  done: null,
  down: 'the hub was not reached: everything waits, and nothing is lost',
  refused:
    'the hub does not take this station any more: everything waits, and nothing is lost; ask whoever runs the hub',
  stopped: 'stopped before everything was done: everything waits, and nothing is lost',
};

function conclude(io: CliIo, { refused, alarms }: SyncSnapshot, kind: RoundEnd): void {
  const words = WORDS[kind];
  if (words !== null) io.tell(words);
  if (alarms.length > 0) io.tell(`what ${alarms.join(', ')} means: docs/sync.md, "Alarms"`);
  if (kind !== 'done') io.exit(EXIT.failed);
  else io.exit(refused > 0 || alarms.length > 0 ? EXIT.look : EXIT.done);
}

function tell(io: CliIo, snapshot: SyncSnapshot, isJson: boolean): void {
  const { line, unsent, refused, versions, alarms, isCurrent } = snapshot;
  if (isJson) {
    io.out(JSON.stringify({ line: line.state, unsent, refused, versions, alarms, isCurrent }));
    return;
  }
  const parts = [
    `line ${line.state}${line.reason === null ? '' : ` (${line.reason})`}`,
    `${unsent ?? '?'} segments to send`,
    `manifest ${versions.manifest}`,
    ...(refused > 0 ? [`${refused} refused by the hub`] : []),
    ...alarms,
    ...(isCurrent ? ['up to date'] : []),
  ];
  io.tell(parts.join(', '));
}
