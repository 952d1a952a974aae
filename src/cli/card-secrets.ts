import { type Command, CommanderError } from 'commander';
import { type AccessSecrets, secretsOfNumber } from '../chip/access.ts';
import { parseMrz } from '../chip/lds/mrz.ts';
import { ProtocolError } from '../chip/protocol-error.ts';
import { dayFromIso } from '../kernel/calendar.ts';
import { InputError } from '../kernel/errors.ts';
import { type CliIo, EXIT, readStdin } from './cli-io.ts';

/** What opens a card, read from standard input in the order its options stand: no personal value is in the command line. */
export type SecretKind = 'can' | 'number' | 'birth' | 'expiry' | 'mrz';

const STDIN_BYTES_MAX = 1_024;
const KINDS: readonly (readonly [SecretKind, string])[] = [
  ['can', 'the card access number: 6 digits'],
  ['number', 'the 12-digit number; its last six digits are the access number'],
  ['birth', 'with --expiry, for cards that open no other way: YYYY-MM-DD'],
  ['expiry', 'with --birth: YYYY-MM-DD'],
  ['mrz', 'the machine-readable zone, line by line'],
];

/** Adds the options; those that were given are in `asked`, in their order. */
export function withSecrets(io: CliIo, command: Command, asked: SecretKind[]): Command {
  return KINDS.reduce(
    (all, [kind, help]) =>
      all.option(`--${kind} <->`, help, (value: string) => {
        // The value itself is not repeated: it may be a person's.
        if (value !== '-') refuse(io, `--${kind} takes only '-': give the value on standard input`);
        if (!asked.includes(kind)) asked.push(kind);
        return value;
      }),
    command,
  );
}

/** Reads and understands the values. Throws InputError, which repeats none. */
export async function readSecrets(io: CliIo, asked: readonly SecretKind[]): Promise<AccessSecrets> {
  const has = (kind: SecretKind) => asked.includes(kind);
  const openers = asked.filter((kind) => kind === 'can' || kind === 'number' || kind === 'mrz');
  if (openers.length !== 1) refuse(io, 'one of --can -, --number - and --mrz - is needed');
  if (has('birth') !== has('expiry') || (has('birth') && !has('number'))) {
    refuse(io, '--birth - and --expiry - go together, and with --number -');
  }
  if ('isTTY' in io.stdin && io.stdin.isTTY === true) {
    io.tell(`Type ${asked.join(', ')}, one a line, then Ctrl-D:`);
  }
  const text = new TextDecoder().decode(await readStdin(io, STDIN_BYTES_MAX));
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (has('mrz')) return secretsOfZone(lines.join(''));
  if (lines.length !== asked.length) {
    throw new InputError(
      `${asked.join(', ')} expected on standard input, one a line: ${lines.length} line(s) came`,
    );
  }
  const value = (kind: SecretKind) => (has(kind) ? (lines[asked.indexOf(kind)] ?? '') : null);
  const can = value('can');
  if (can !== null) {
    return { can: shaped('can', can, /^\d{6}$/, '6 digits'), fields: null, reckoned: false };
  }
  const number = shaped('number', value('number') ?? '', /^\d{12}$/, '12 digits');
  return secretsOfNumber(
    number,
    dateOf('birth', value('birth')),
    dateOf('expiry', value('expiry')),
  );
}

function secretsOfZone(text: string): AccessSecrets {
  try {
    const { documentNumber, birth, expiry, personalNumber } = parseMrz(text);
    const can = personalNumber?.slice(-6) ?? null;
    return { can, fields: { documentNumber, birth, expiry }, reckoned: false };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new InputError(
      `no machine-readable zone came (${error.code}): type its two or three lines with every <`,
    );
  }
}

function shaped(kind: SecretKind, value: string, shape: RegExp, wanted: string): string {
  if (shape.test(value)) return value;
  throw new InputError(`${kind}: ${wanted} expected, came ${value.length} characters`);
}

function dateOf(kind: SecretKind, value: string | null): string | null {
  if (value === null || dayFromIso(value) !== null) return value;
  throw new InputError(`${kind}: a day as YYYY-MM-DD expected`);
}

function refuse(io: CliIo, problem: string): never {
  io.tell(`error: ${problem}`);
  throw new CommanderError(EXIT.usage, 'chot.usage', problem);
}
