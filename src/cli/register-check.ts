import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { ConfigError, InputError } from '../kernel/errors.ts';
import type { RegisterHit } from '../registers/lookup.ts';
import { shapeOf } from '../registers/register-line.ts';
import { RegisterStore } from '../registers/register-store.ts';
import { inForce } from '../rules/in-force.ts';
import type { RegisterUse } from '../rules/verdict.ts';
import type { StationConfig } from '../station/config-schema.ts';
import type { DataDirectory } from '../station/data-directory.ts';
import { journalSubjects } from '../station/journal-subjects.ts';
import {
  LOOK_UP_REASONS,
  LOOK_UPS_MAX,
  type LookUpSlip,
  leaveSlip,
  UNSTATED,
} from '../station/look-ups.ts';
import { systemClock } from '../station/system-clock.ts';
import { type CliIo, EXIT, readStdin } from './cli-io.ts';
import {
  askingAccount,
  isReliable,
  machineTime,
  type Options,
  openRegistersOf,
  policyOf,
  registersOf,
  secretsOf,
  usesOf,
  withOptions,
} from './register-common.ts';
import { hitLine, hitShape, useLine, useShape } from './register-output.ts';

const NUMBERS_BYTES_MAX = 1_048_576;
type CheckOptions = Options & {
  readonly number: string;
  readonly reason?: (typeof LOOK_UP_REASONS)[number];
};

const UNSTATED_TOLD =
  'recorded in the journal without a reason, which is reported: say why with --reason';
const LOOK_UPS_HELP = `
Where a station keeps a journal, every look-up is a record in it: whom, why, what was answered and which account of
this machine asked; at most ${LOOK_UPS_MAX} numbers at once. Reasons: health-unit, the health unit asked; subject-asked, the person did;
order, an authority's written order; register-test, to see whether a list works. A look-up without one is recorded as unstated.`;

/** `chot register check`. */
export function checkCommand(io: CliIo): Command {
  const reason = new Option('--reason <reason>', 'why; recorded where a station keeps a journal');
  return withOptions(
    new Command('check')
      .description('look 12-digit numbers up, one a line on standard input; exit 3 on a hit')
      .requiredOption('--number <->', "'-': numbers never stand in the command line")
      .addOption(reason.choices(LOOK_UP_REASONS))
      .addHelpText('after', LOOK_UPS_HELP),
  ).action(async (options: CheckOptions) => {
    if (options.number !== '-') {
      throw new ConfigError("--number takes only '-': give the numbers on standard input");
    }
    const policy = policyOf(options);
    const data = openRegistersOf(io, options);
    // Where no station ever ran, nobody passes and there is no journal yet: a list is only being tried.
    const isRecorded = existsSync(data.journalFile);
    const numbers = numbersFrom(await readStdin(io, NUMBERS_BYTES_MAX));
    if (isRecorded && numbers.length > LOOK_UPS_MAX) {
      throw new ConfigError(
        `at most ${LOOK_UPS_MAX} numbers are looked up at once, came ${numbers.length}: ask in parts`,
      );
    }
    const store = new RegisterStore(data.registersFolder, secretsOf(data));
    try {
      const answers = numbers.map((number) => askOne(store, policy, number));
      if (isRecorded) leaveWord(io, data, options.reason ?? UNSTATED, numbers, answers);
      for (const answer of answers) printAnswer(io, answer, options.json === true);
    } finally {
      store.close();
    }
  });
}

type Answer = {
  readonly hits: readonly RegisterHit[];
  readonly uses: readonly RegisterUse[];
  readonly reliable: boolean;
};

function askOne(store: RegisterStore, policy: StationConfig['policy'], number: string): Answer {
  const registers = registersOf(store, policy);
  const hits = registers.flatMap((register) =>
    inForce(store.lookup(register, 'number', number), machineTime()),
  );
  // Asked after the look-up: what failed meanwhile vouches for nothing.
  const uses = usesOf(store, policy);
  const reliable = uses.every((use) => !policy.registers.includes(use.register) || isReliable(use));
  return { hits, uses, reliable };
}

function printAnswer(io: CliIo, { hits, uses, reliable }: Answer, json: boolean): void {
  if (json) {
    io.out(JSON.stringify({ hits: hits.map(hitShape), registers: uses.map(useShape) }));
  } else {
    for (const hit of hits) io.out(hitLine(hit));
    if (hits.length === 0)
      io.out(reliable ? 'not on the list' : 'no hit, but the lists cannot be relied on');
    for (const use of uses) io.out(`  ${useLine(use, null)}`);
  }
  if (hits.length > 0 || !reliable) io.exit(EXIT.look);
}

/**
 * Leaves word for the journal before anything is told (security A6). Throws ConfigError when that cannot be: then
 * nothing is answered.
 */
function leaveWord(
  io: CliIo,
  data: DataDirectory,
  reason: LookUpSlip['reason'],
  numbers: readonly string[],
  answers: readonly Answer[],
): void {
  const subjectOf = journalSubjects(data.keys.region.key);
  const lookUps = answers.map((answer, index) => ({
    subjectKey: subjectOf('number', numbers[index] ?? ''),
    verdict: verdictOf(answer),
  }));
  const account = askingAccount(io);
  try {
    leaveSlip(data.path, { atMs: systemClock.wallMs(), account, reason, lookUps });
    if (reason === UNSTATED) io.tell(`chot register check: ${UNSTATED_TOLD}`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConfigError(
      `nobody was looked up, as it cannot be recorded in ${data.path} (${code}): see that its disk can be written`,
      { cause: error },
    );
  }
}

function verdictOf({ hits, reliable }: Answer): 'listed' | 'not-listed' | 'not-reliable' {
  if (hits.length > 0) return 'listed';
  return reliable ? 'not-listed' : 'not-reliable';
}

/** Reads every number before any look-up. Canaries may be asked for: that is how an operator tries them. */
function numbersFrom(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes).toString('utf8').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new InputError('expected numbers on standard input, one a line');
  lines.forEach((line, index) => {
    if (/^[0-9]{12}$/.test(line)) return;
    throw new InputError(`line ${index + 1}: expected exactly 12 digits, came ${shapeOf(line)}`);
  });
  return lines;
}
