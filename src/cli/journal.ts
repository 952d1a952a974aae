import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { freeBytesAt } from '../journal/ballast.ts';
import { eachSegment, type JournalStatus, journalStatus } from '../journal/read-journal.ts';
import { generateRecipient, parseRecipientKey } from '../journal/recipient.ts';
import { journalRoom } from '../journal/reserve.ts';
import { encodeSegment, openSegment, type Segment } from '../journal/segment.ts';
import { type Damage, parseKnownHead, type Verification } from '../journal/verification.ts';
import { verifyJournal } from '../journal/verify.ts';
import { toHex } from '../kernel/bytes.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { makeFolder } from '../kernel/make-folder.ts';
import {
  type DataDirectory,
  openDataDirectory,
  resolveDataDir,
} from '../station/data-directory.ts';
import { type CliIo, EXIT } from './cli-io.ts';

type Options = { readonly data?: string; readonly json?: boolean };

/** `chot journal verify | export | status | recipient`. */
export function journalCommand(io: CliIo): Command {
  return new Command('journal')
    .description("check, export and describe this station's sealed record of passages")
    .addCommand(verifyCommand(io).exitOverride())
    .addCommand(exportCommand(io).exitOverride())
    .addCommand(statusCommand(io).exitOverride())
    .addCommand(recipientCommand(io).exitOverride());
}

function verifyCommand(io: CliIo): Command {
  return withData(
    new Command('verify')
      .description('walk the chain and the signatures; exit 1 names every damage')
      .option('--head <epoch:sequence:link>', "a head known from elsewhere, as 'status' printed it")
      .option('--station <id>', 'expect the journal to be of this station'),
  ).action((options: Options & { readonly head?: string; readonly station?: string }) => {
    const data = dataOf(io, options);
    const found = verifyJournal({
      path: data.journalFile,
      key: data.keys.database,
      station: options.station ?? null,
      verifyingKey: data.keys.stationVerifying,
      knownHead: options.head === undefined ? null : headFrom(options.head),
    });
    const lines = options.json === true ? [JSON.stringify(found)] : verificationLines(found);
    for (const line of lines) io.out(line);
    io.exit(found.damageCount === 0 ? EXIT.done : EXIT.failed);
  });
}

function exportCommand(io: CliIo): Command {
  return withData(
    new Command('export')
      .description("write closed segments as files, or as JSON lines to '-'")
      .argument('<dir>', "folder for one file a segment, or '-' for standard output")
      .option('--open <keyfile>', "with '-': open every segment, records as JSON lines"),
  ).action((target: string, options: Options & { readonly open?: string }) => {
    const data = dataOf(io, options);
    if (options.open === undefined) exportSealed(io, data, target);
    else if (target === '-') exportOpened(io, data, options.open);
    else throw new ConfigError("opened records go to standard output only: give '-' with --open");
  });
}

function statusCommand(io: CliIo): Command {
  return withData(new Command('status').description('counts, head and room on disk')).action(
    (options: Options) => {
      const data = dataOf(io, options);
      const status = journalStatus(data.journalFile, data.keys.database);
      const freeBytes = freeBytesAt(dirname(data.journalFile)) + status.bytesFree;
      const shown = { ...status, daysLeftOfOneBusyLane: journalRoom(1, freeBytes).daysLeft };
      const lines = options.json === true ? [JSON.stringify(shown)] : statusLines(shown);
      for (const line of lines) io.out(line);
    },
  );
}

function statusLines({ epochs, unfinished, ...rest }: JournalStatus): readonly string[] {
  const counts = Object.entries({ ...rest, unfinished: unfinished.length });
  return [
    ...counts.map(([name, value]) => `${name.padEnd(22)} ${value ?? '-'}`),
    ...epochs.map(
      ({ epoch, first, reason, openedThrough, prunedThrough }) =>
        `epoch ${epoch} from ${first} (${reason}): opened ${openedThrough ?? '-'}, pruned ${prunedThrough ?? '-'}`,
    ),
  ];
}

function recipientCommand(io: CliIo): Command {
  return new Command('recipient')
    .description('make a pair that journals are sealed to; prints the line for [journal] sealTo')
    .argument('<id>', 'its name, e.g. hub-2026-11')
    .argument('<keyfile>', 'new file for the private key: keep it away from the station')
    .action((id: string, keyFile: string) => {
      const { sealTo, privateKeyPem } = generateRecipient(id);
      try {
        writeFileSync(keyFile, privateKeyPem, { mode: 0o600, flag: 'wx' });
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        throw new ConfigError(`${keyFile} cannot be made (${code}): name a new file in a folder`, {
          cause: error,
        });
      }
      io.out(sealTo);
    });
}

function exportSealed(io: CliIo, data: DataDirectory, target: string): void {
  if (target !== '-') makeFolder(target);
  let count = 0;
  eachSegment(data.journalFile, data.keys.database, (segment) => {
    const { signature } = segment;
    if (signature === null) {
      io.tell(`segment ${segment.first} is still open: it closes within a minute, or at stop`);
      return;
    }
    const bytes = encodeSegment({ ...segment, signature });
    if (target === '-') io.out(sealedLine(segment, bytes));
    else writeFileSync(join(target, fileNameOf(segment)), bytes, { mode: 0o600 });
    count++;
  });
  io.tell(`${count} segment(s) exported`);
}

function exportOpened(io: CliIo, data: DataDirectory, keyFile: string): void {
  const privateKey = parseRecipientKey(readText(keyFile));
  eachSegment(data.journalFile, data.keys.database, (segment) => {
    try {
      for (const record of openSegment(segment, privateKey)) io.out(JSON.stringify(record));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      io.tell(`segment ${segment.first}: ${error.message}`);
      io.exit(EXIT.failed);
    }
  });
}

function sealedLine({ station, epoch, first, keyId, sealed }: Segment, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes).toString('base64');
  return JSON.stringify({
    ...{ station, epoch: toHex(epoch), first, keyId },
    ...{ records: sealed.length, segment: base64 },
  });
}

function fileNameOf({ epoch, first }: Segment): string {
  return `${toHex(epoch)}-${String(first).padStart(12, '0')}.segment`;
}

function verificationLines({
  damages,
  damageCount,
  records,
  segments,
}: Verification): readonly string[] {
  if (damageCount === 0) return [`whole: ${records} records in ${segments} segments`];
  return [
    ...damages.map(damageLine),
    `damaged: ${damageCount} finding(s) in ${records} records, ${damages.length} of them listed`,
  ];
}

function damageLine({ kind, from, to }: Damage): string {
  return `${kind.padEnd(12)} ${from === to ? `record ${from}` : `records ${from} to ${to}`}`;
}

function withData(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory, instead of CHOT_DATA')
    .option('--json', 'JSON lines and nothing else');
}

/** Looks first: a mistyped folder must not become a new station with keys of its own. */
function dataOf(io: CliIo, options: Options): DataDirectory {
  const path = resolveDataDir({ option: options.data, env: io.env, config: undefined });
  if (!existsSync(join(path, 'journal.db'))) {
    throw new ConfigError(`no journal in ${path}: name the station's data directory with --data`);
  }
  return openDataDirectory(path);
}

function headFrom(text: string): NonNullable<ReturnType<typeof parseKnownHead>> {
  const head = parseKnownHead(text);
  if (head !== null) return head;
  throw new ConfigError(
    "--head: expected <epoch>:<sequence>:<link> as 'chot journal status' prints",
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigError(`${file} cannot be read (${code}): name the recipient's private key`, {
      cause: error,
    });
  }
}
