import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ProtocolError } from '../chip/protocol-error.ts';
import { DENIED_ISSUER_KEYS } from '../chip/trust/denied-issuer-keys.ts';
import { type ImportReport, importTrustFile } from '../chip/trust/import-file.ts';
import { LDIF_BYTES_MAX } from '../chip/trust/ldif.ts';
import { type Purpose, removeAnchor, type TrustStore } from '../chip/trust/trust-store.ts';
import { dayOf, dayToIso } from '../kernel/calendar.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { readBounded } from '../station/saved-card-files.ts';
import { systemClock } from '../station/system-clock.ts';
import {
  changeTrust,
  TRUST_CHANGES_MAX,
  type TrustChange,
  whileTrustIsOurs,
} from '../station/trust-changes.ts';
import { readTrust } from '../station/trust-files.ts';
import { type CliIo, EXIT, type ExitCode } from './cli-io.ts';
import { askingAccount, dataDirOf, type Options, withOptions } from './register-common.ts';
import { importLines, listLines, removeLines } from './trust-output.ts';

type RemoveOptions = Options & { readonly for?: Purpose };
type ImportOptions = Options & { readonly for: Purpose; readonly sha256?: string };

const HELP = `
FILE: certificates and revocation lists (DER, PEM), master lists (.ml), directory exports (.ldif), told apart by what they hold.
A certificate counts on your word. A master list counts when its signer chains to a certificate that is there already for the same
purpose, or when you type its SHA-256 as you have it from elsewhere: --sha256. Files are taken in the order given.
Exit status: 3 when something in a file was refused, 4 when a file was not understood; what else was there is taken in.`;

/** `chot trust import | list | remove`. */
export function trustCommand(io: CliIo): Command {
  return new Command('trust')
    .description('whose chip cards this station believes: certificates of issuing countries')
    .addCommand(importCommand(io).exitOverride())
    .addCommand(listCommand(io).exitOverride())
    .addCommand(removeCommand(io).exitOverride());
}

function purposeOption(help: string): Option {
  return new Option('--for <purpose>', help).choices(['passport', 'cccd']);
}

function importCommand(io: CliIo): Command {
  return withOptions(
    new Command('import')
      .description('trust the certificates of files')
      .argument('<file...>', 'certificates, master lists, LDIF')
      .addOption(purposeOption('what they may vouch for').default('passport'))
      .option('--sha256 <hex>', "the one file's SHA-256, from a source you trust", digest)
      .addHelpText('after', HELP),
  ).action((files: string[], options: ImportOptions) => importFiles(io, files, options));
}

function importFiles(io: CliIo, files: readonly string[], options: ImportOptions): void {
  if (options.sha256 !== undefined && files.length > 1) {
    throw new ConfigError(`--sha256 is of one file, came ${files.length}: import them one by one`);
  }
  if (files.length > TRUST_CHANGES_MAX) {
    throw new ConfigError(
      `at most ${TRUST_CHANGES_MAX} files at once, came ${files.length}: import them in parts`,
    );
  }
  const dataDir = dataDirOf(io, options);
  whileTrustIsOurs(dataDir, () => importInto(io, dataDir, files, options));
}

function importInto(
  io: CliIo,
  dataDir: string,
  files: readonly string[],
  options: ImportOptions,
): void {
  const before = readTrust(dataDir);
  let store = before;
  const changes: TrustChange[] = [];
  const lines: string[] = [];
  let exit: ExitCode = EXIT.done;
  for (const file of files) {
    const found = importOne(store, file, options);
    if (found instanceof Error) {
      io.tell(`chot trust import: ${file}: ${found.message}`);
      exit = EXIT.notUnderstood;
      continue;
    }
    if (found.store !== store) changes.push(changeOf(found, options.for));
    store = found.store;
    if (found.refused.length > 0 && exit === EXIT.done) exit = EXIT.look;
    lines.push(...importLines(file, options.for, found, options.json === true));
  }
  if (changes.length > 0) changeTrust(dataDir, before, store, wordOf(io, changes));
  for (const line of lines) io.out(line);
  io.exit(exit);
}

/** One certificate by its own SHA-256; several, and revocation lists, by that of the file that brought them. */
function changeOf({ added, crlsAdded, sha256 }: ImportReport, purpose: Purpose): TrustChange {
  const [first, ...more] = added;
  const alone = first !== undefined && more.length + crlsAdded === 0;
  return { event: 'added', purpose, fingerprint: alone ? first.sha256 : sha256 };
}

function wordOf(io: CliIo, changes: TrustChange[]) {
  return { atMs: systemClock.wallMs(), account: askingAccount(io), changes };
}

function importOne(
  store: TrustStore,
  file: string,
  options: ImportOptions,
): ImportReport | ProtocolError | InputError {
  const nowMs = systemClock.wallMs();
  try {
    const report = importTrustFile(store, readBounded(file, LDIF_BYTES_MAX, 'follow'), {
      name: basename(file),
      purpose: options.for,
      sha256: options.sha256 ?? null,
      addedDay: dayToIso(dayOf(nowMs)),
      nowMs,
      deniedKeys: DENIED_ISSUER_KEYS,
    });
    return isNothing(report) ? new InputError('neither certificates nor lists are in it') : report;
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof InputError) return error;
    throw error;
  }
}

function isNothing({ added, crlsAdded, present, passedOver, refused }: ImportReport): boolean {
  return added.length + crlsAdded + present + passedOver + refused.length === 0;
}

function listCommand(io: CliIo): Command {
  return withOptions(
    new Command('list').description('what is trusted, for what, until when'),
  ).action((options: Options) => {
    const store = readTrust(dataDirOf(io, options));
    const lines = listLines(store, systemClock.wallMs(), options.json === true);
    for (const line of lines) io.out(line);
  });
}

function removeCommand(io: CliIo): Command {
  return withOptions(
    new Command('remove')
      .description('trust a certificate no more')
      .argument('<sha256>', "the certificate's SHA-256, or its first 8 digits or more", prefix)
      .addOption(purposeOption('only for this purpose; without it for all')),
  ).action((start: string, options: RemoveOptions) => {
    const dataDir = dataDirOf(io, options);
    whileTrustIsOurs(dataDir, () => remove(io, dataDir, start, options));
  });
}

function remove(io: CliIo, dataDir: string, start: string, options: RemoveOptions): void {
  const store = readTrust(dataDir);
  const found = store.anchors.filter(
    ({ certificate, purpose }) =>
      certificate.sha256.startsWith(start) && (options.for ?? purpose) === purpose,
  );
  const [sha256, ...others] = new Set(found.map(({ certificate }) => certificate.sha256));
  if (sha256 === undefined) {
    throw new ConfigError(`no certificate begins with ${start}: see chot trust list`);
  }
  if (others.length > 0) {
    throw new ConfigError(
      `${others.length + 1} certificates begin with ${start}: give more digits`,
    );
  }
  const after = removeAnchor(store, sha256, options.for ?? null);
  const changes = found.map(
    ({ purpose }): TrustChange => ({ event: 'removed', purpose, fingerprint: sha256 }),
  );
  changeTrust(dataDir, store, after, wordOf(io, changes));
  for (const line of removeLines(found, after, options.json === true)) io.out(line);
}

function digest(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('expected 64 hexadecimal digits');
}

function prefix(text: string): string {
  if (/^[0-9a-f]{8,64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('expected 8 to 64 hexadecimal digits');
}
