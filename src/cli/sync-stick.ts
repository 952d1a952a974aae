import { join } from 'node:path';
import { Command } from 'commander';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { readBuildInfo } from '../station/build-info.ts';
import { type DataDirectory, openDataDirectory } from '../station/data-directory.ts';
import { lockFile } from '../station/data-lock.ts';
import { openKept } from '../station/enrolled.ts';
import { enrolledAs, openLoneSync } from '../station/lone-sync.ts';
import { Opened } from '../station/opened.ts';
import { exportStick } from '../station/sticks/export-stick.ts';
import { bundlePath, importStick, withBundle } from '../station/sticks/import-stick.ts';
import { StickSlip } from '../station/sticks/stick-slip.ts';
import { systemClock } from '../station/system-clock.ts';
import { systemRandom } from '../station/system-random.ts';
import type { ImportOutcome } from '../sync/bundle/import-bundle.ts';
import { HeldStatements } from '../sync/downlink/held-statements.ts';
import type { Enrolment } from '../sync/enrolment/enrolment.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { askingAccount, dataDirOf, type Options } from './register-common.ts';

type ImportOptions = Options & { readonly confirmTime?: boolean };

const LOOK_MS = 500;
/** The daemon looks every second; then ten million entries are put in place, and a month of receipts noted. */
const DONE_MS_MAX = 30 * 60_000;

/** `chot sync export DIR`: reads beside the daemon; exit 0 also when there is nothing to carry. */
export function syncExportCommand(io: CliIo): Command {
  return withStation(
    new Command('export')
      .description('write what the hub still has to get onto a stick; may be repeated')
      .argument('<dir>', 'folder of the stick'),
  ).action(async (folder: string, options: Options) => {
    const data = openDataDirectory(dataDirOf(io, options));
    await closeLeftOpen(data);
    const done = await exportStick(
      {
        ...{ data, ...standingIn(data), folder, clock: systemClock },
        nowMs: Math.floor(systemClock.wallMs()),
        progress: (at, all) => io.tell(`${at} of ${all} segments`),
      },
      io.signal,
    );
    const { written, there } = done;
    if (options.json === true) io.out(JSON.stringify(done));
    else io.out(`${written} segments written, ${there} were there; next: 'chot hub import' there`);
  });
}

/** `chot sync import DIR`: by the daemon where one runs; exit 3 when something was refused, 4 for a bundle that is no good. */
export function syncImportCommand(io: CliIo): Command {
  return withStation(
    new Command('import')
      .description("take up what 'chot hub bundle' wrote onto a stick; may be repeated")
      .argument('<dir>', 'folder of the stick')
      .option(
        '--confirm-time',
        "you have compared this machine's date and time with another clock",
      ),
  ).action(async (folder: string, options: ImportOptions) => {
    const data = openDataDirectory(dataDirOf(io, options));
    const { station } = standingIn(data).enrolment;
    const timeBy = options.confirmTime === true ? { account: askingAccount(io) } : null;
    const place = { path: bundlePath(folder, station), station, timeBy };
    const lock = lockFile(join(data.path, 'station.lock'), 0);
    if ('code' in lock) return conclude(io, options, await byDaemon(io, data, place));
    try {
      conclude(io, options, await importStick(loneOptions(data), place, io.signal));
    } finally {
      lock.release();
    }
  });
}

/** What a killed daemon left open is closed, where no daemon does it. */
async function closeLeftOpen(data: DataDirectory): Promise<void> {
  const lock = lockFile(join(data.path, 'station.lock'), 0);
  if ('code' in lock) return;
  const opened = new Opened();
  try {
    openLoneSync(loneOptions(data), opened);
  } finally {
    await opened.close();
    lock.release();
  }
}

async function byDaemon(
  io: CliIo,
  data: DataDirectory,
  place: Parameters<typeof importStick>[1],
): Promise<ImportOutcome> {
  const sealingKey = data.keys.stationSealing;
  // One of another station is named before it is copied.
  await withBundle(place.path, { station: place.station, sealingKey }, async () => {});
  const slip = new StickSlip(data.runFolder);
  slip.hand(place.path, place.timeBy);
  io.tell('handed to the running station');
  const startMs = systemClock.monoMs();
  for (let answer = slip.read(); ; answer = slip.read()) {
    if (answer?.kind === 'done') return answer.outcome;
    if (answer?.kind === 'failed') {
      throw answer.isInput ? new InputError(answer.message) : new ConfigError(answer.message);
    }
    if (io.signal.aborted || systemClock.monoMs() - startMs > DONE_MS_MAX) {
      throw new ConfigError('the station has not said yet what came of it: look at its log');
    }
    await systemClock.sleep(LOOK_MS, io.signal);
  }
}

function conclude(io: CliIo, { json }: Options, { steps, problem }: ImportOutcome): void {
  const lines =
    json === true ? [JSON.stringify({ steps, problem })] : outcomeLines({ steps, problem });
  for (const line of lines) io.out(line);
  if (steps.some(({ code }) => code === 'key-term')) {
    io.tell(
      'If nobody vouches for the time of this machine: compare it with another clock, then give --confirm-time.',
    );
  }
  if (problem !== null) io.exit(EXIT.notUnderstood);
  else io.exit(steps.some(({ outcome }) => outcome === 'refused') ? EXIT.look : EXIT.done);
}

function outcomeLines({ steps, problem }: ImportOutcome): readonly string[] {
  const lines = steps.map(({ what, outcome, code, count }) => {
    const why = code === null ? '' : `: ${code}`;
    return `${what.padEnd(12)} ${outcome}${why}${count > 0 ? `, ${count} new` : ''}`;
  });
  return problem === null ? lines : [...lines, `${problem.code}: ${problem.message}`];
}

function loneOptions(data: DataDirectory) {
  return { data, build: readBuildInfo(), clock: systemClock, random: systemRandom };
}

/** Whose this machine is, and the highest manifest version it has seen. */
function standingIn(data: DataDirectory): {
  readonly enrolment: Enrolment;
  readonly manifest: number;
} {
  const kept = openKept(data);
  try {
    const enrolment = enrolledAs(kept);
    return { enrolment, manifest: new HeldStatements(kept).versions().manifest };
  } finally {
    kept.close();
  }
}

function withStation(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory, instead of CHOT_DATA or station.dataDir')
    .option('--config <file>', "the station's TOML file, for its data directory")
    .option('--json', 'JSON lines and nothing else');
}
