import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { AccessSecrets } from '../chip/access.ts';
import { traceApdus } from '../chip/apdu-trace.ts';
import type { CardChannel } from '../chip/card-channel.ts';
import type { CardReading } from '../chip/card-reading.ts';
import { resultOf } from '../chip/card-result.ts';
import { readCard } from '../chip/read-card.ts';
import { ReadManners } from '../chip/read-manners.ts';
import type { Check } from '../chip/trust/check.ts';
import { type Authenticity, authenticate } from '../chip/trust/passive-authentication.ts';
import { storeVersion } from '../chip/trust/trust-store.ts';
import { ConfigError } from '../kernel/errors.ts';
import { readTrust } from '../station/trust-files.ts';
import type { CardDevices } from './card-devices.ts';
import { authenticityRows, authenticityShape, row } from './card-output.ts';
import { endText, PhotoFile, progressLines } from './card-read-output.ts';
import { readSecrets, type SecretKind, withSecrets } from './card-secrets.ts';
import { CardWatch } from './card-watch.ts';
import { type CliIo, EXIT, type ExitCode } from './cli-io.ts';
import { dataDirOf, type Options, withOptions } from './register-common.ts';

type ReadOptions = Options & {
  readonly reader?: string;
  /** False with --no-photo. */
  readonly photo: string | boolean;
  readonly wait: number;
  readonly trace?: string;
};

const WAIT_S = 30;
const WAIT_S_MAX = 3_600;
/** A card that gives little at a time is not read for ever. */
const READ_MS_MAX = 120_000;
const PHOTOGRAPH = 2;
const GROUPS = [1, 11, 12, 13];

const HELP = `
Values are read from standard input, one a line, in the order of their options:
  printf '%s\\n' NUMBER | chot card read --number -
What the card holds is printed as it comes, if it is as its issuer signed it.
With --json the last line is as that of 'chot card verify', and says how the
card was opened and how the reading ended.
Exit status: 0 genuine, 3 read and not proven genuine, 1 not opened, or lost
too soon. No result excludes a borrowed card: compare photograph and person.`;

/** `chot card read`. */
export function readCommand(io: CliIo, devices: CardDevices): Command {
  const asked: SecretKind[] = [];
  const command = withOptions(
    new Command('read').description('open a chip card, show what it holds, prove it'),
  );
  return withSecrets(io, command, asked)
    .option('--reader <name>', 'part of its name, as chot card list tells it; else any')
    .option('--photo <file>', 'new file for the photograph')
    .addOption(new Option('--no-photo', 'leave the photograph unread').default(true))
    .option('--wait <seconds>', 'for a card to be laid down', seconds, WAIT_S)
    .option('--trace <file>', "what goes to and from the card, without its data; '-' is stderr")
    .addHelpText('after', HELP)
    .action(async (options: ReadOptions) => {
      const secrets = await readSecrets(io, asked);
      await read(io, devices, secrets, options);
    });
}

async function read(
  io: CliIo,
  { clock, ...devices }: CardDevices,
  secrets: AccessSecrets,
  options: ReadOptions,
): Promise<void> {
  const store = readTrust(dataDirOf(io, options));
  const trace = options.trace === undefined ? null : openTrace(io, options.trace);
  const photo = typeof options.photo === 'string' ? new PhotoFile(options.photo) : null;
  const opened = devices.open(options.reader ?? null);
  let startMs = clock.monoMs();
  const msLeft = () => (io.signal.aborted ? 0 : READ_MS_MAX - (clock.monoMs() - startMs));
  const tell = (line: string) => io.tell(`chot card read: ${line}`);
  const watch = new CardWatch(opened.reader, { clock, tell, signal: io.signal, msLeft });
  const traced = (channel: CardChannel) =>
    trace === null ? channel : traceApdus(channel, () => clock.monoMs(), trace.write);
  try {
    const first = await watch.first(options.wait * 1_000);
    startMs = clock.monoMs();
    const reading = await readCard({
      channel: traced(first),
      reconnect: async () => {
        const channel = await watch.again();
        return channel === null ? null : traced(channel);
      },
      ...{ secrets, failedBefore: 0, manners: new ReadManners(), random: randomBytes, msLeft },
      groups: options.photo === false ? GROUPS : [...GROUPS, PHOTOGRAPH],
      report: (progress) => {
        const lines = progressLines(progress, photo, options.json === true);
        for (const line of lines) io.out(line);
      },
    });
    const verdict = authenticate(store, resultOf(reading).evidence, clock.wallMs());
    const ms = Math.round(clock.monoMs() - startMs);
    tellEnd(io, reading, verdict, {
      ms,
      version: storeVersion(store),
      json: options.json === true,
    });
  } finally {
    await watch.close();
    await opened.close();
    photo?.close();
    trace?.close();
  }
}

type End = { readonly ms: number; readonly version: string; readonly json: boolean };

function tellEnd(io: CliIo, reading: CardReading, verdict: Authenticity, end: End): void {
  const { ended, code, access, apdus } = reading;
  const { method, weaker, problem, attempts } = access;
  const own = [...resultOf(reading).checks, ...accessChecks(reading)];
  const whole = { ...verdict, checks: [...verdict.checks, ...own] };
  const problemText = endText(reading);
  if (end.json) {
    const how = { ended, code, access: { method, weaker, problem, attempts }, apdus, ms: end.ms };
    io.out(JSON.stringify({ ...authenticityShape(whole, end.version), ...how }));
  } else {
    for (const line of row('read', `${apdus} commands, ${end.ms} ms`)) io.out(line);
    for (const line of authenticityRows(whole, end.version)) io.out(line);
  }
  if (problemText !== null) io.tell(`chot card read: ${problemText}`);
  io.exit(exitOf(reading, whole));
}

/** What opened it, as checks: that something did, and that nothing weaker had to. */
function accessChecks({ access }: CardReading): readonly Check[] {
  const { method, weaker, problem } = access;
  if (method === null) return [{ code: `access.${problem ?? 'none'}`, outcome: 'failed' }];
  return [{ code: 'access.not-weaker', outcome: weaker ? 'failed' : 'passed' }];
}

function exitOf({ sod, ended }: CardReading, { state, checks }: Authenticity): ExitCode {
  if ('problem' in sod && sod.problem === 'sod.not-read') return EXIT.failed;
  const doubted = checks.some(
    ({ code, outcome }) => /^(card|access)\./.test(code) && outcome === 'failed',
  );
  return state === 'genuine' && ended === 'complete' && !doubted ? EXIT.done : EXIT.look;
}

type Trace = { readonly write: (line: string) => void; readonly close: () => void };

function openTrace(io: CliIo, path: string): Trace {
  if (path === '-') return { write: io.tell, close: () => undefined };
  try {
    const handle = openSync(path, 'wx', 0o600);
    return {
      write: (line) => void writeSync(handle, `${line}\n`),
      close: () => closeSync(handle),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${path} cannot be made (${code}): name a new file`, { cause: error });
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}$/.test(text) && value >= 1 && value <= WAIT_S_MAX) return value;
  throw new InvalidArgumentError(`expected 1 to ${WAIT_S_MAX} seconds`);
}
