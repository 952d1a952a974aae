import { Command } from 'commander';
import { DOCUMENT_CHECKS } from '../documents/check-codes.ts';
import type { Document, IdentityDocument } from '../documents/document.ts';
import { parsePresentation } from '../documents/parse-presentation.ts';
import { dayOf } from '../kernel/calendar.ts';
import { systemClock } from '../station/system-clock.ts';
import { type CliIo, EXIT, type ExitCode, readStdin } from './cli-io.ts';

/** Far above any code, so that what is too long is said by the parser, and far below what could hurt. */
const STDIN_BYTES_MAX = 65_536;

export function parseCommand(io: CliIo): Command {
  return new Command('parse')
    .description("read a code's bytes from standard input and tell what document it is")
    .option('--json', 'one JSON line and nothing else')
    .addHelpText('after', PARSE_HELP)
    .action(async ({ json }: { json?: boolean }) => {
      const bytes = await readStdin(io, STDIN_BYTES_MAX);
      const document = parsePresentation(bytes, { latestDay: dayOf(systemClock.wallMs()) });
      if (json === true) io.out(JSON.stringify(shapeOf(document)));
      else for (const line of linesOf(document)) io.out(line);
      io.exit(exitOf(document));
    });
}

const PARSE_HELP = `
Exit status: 3 when a check failed, the text was repaired, the name was lost or the document carries no 12-digit number;
4 when the number was lost or it is no identity code. Dates are held against this machine's clock.
Example: chot decode photo.jpg --json, then the code's bytes: printf %s "$HEX" | xxd -r -p | chot parse --json`;

/** The published shape: every field of it always there, `qid` and `looksLike` only where they say something. */
function shapeOf(document: Document): Record<string, unknown> {
  if (document.kind === 'other') {
    const { kind, looksLike, checks } = document;
    return { kind, looksLike, ...NOBODY, checks };
  }
  const { qid, kind, checks, ...fields } = document;
  return { kind, ...(qid === null ? {} : { qid }), ...fields, checks };
}

const NOBODY = {
  number: null,
  oldNumbers: [],
  name: null,
  birth: null,
  sex: null,
  residence: null,
  issued: null,
  repaired: false,
};

function exitOf(document: Document): ExitCode {
  if (document.kind === 'other') return EXIT.notUnderstood;
  const failed = document.checks.some(({ outcome }) => outcome === 'failed');
  const nameLost = document.name === null && document.kind !== 'typed-number';
  const look = failed || nameLost || document.repaired || document.number === null;
  return look ? EXIT.look : EXIT.done;
}

function linesOf(document: Document): string[] {
  const head =
    document.kind === 'other'
      ? [line('kind', `not an identity code; looks like: ${document.looksLike}`)]
      : fieldLines(document);
  return [...head, ...document.checks.map(({ code, outcome }) => checkLine(code, outcome))];
}

function fieldLines(document: IdentityDocument): string[] {
  const { kind, number, oldNumbers, qid, name, birth, sex, residence, issued, repaired } = document;
  return [
    line('kind', kind),
    line('number', number),
    line('old numbers', oldNumbers.join(', ')),
    line('QID', qid),
    line('name', name),
    line('birth', birth),
    line('sex', sex),
    line('residence', residence),
    line('issued', issued),
    line('repaired', repaired ? 'yes' : 'no'),
  ];
}

function line(label: string, value: string | null): string {
  return `${label.padEnd(12)} ${value === null || value === '' ? '-' : value}`;
}

function checkLine(code: string, outcome: string): string {
  const meaning =
    outcome === 'failed' ? Object.entries(DOCUMENT_CHECKS).find(([c]) => c === code)?.[1] : null;
  return `${outcome.padEnd(12)} ${code}${meaning === null || meaning === undefined ? '' : `: ${meaning}`}`;
}
