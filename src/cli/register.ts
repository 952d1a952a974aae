import { Command, Option } from 'commander';
import { importRegister } from '../registers/import-register.ts';
import type { RegisterFormat } from '../registers/parse-line.ts';
import { openDataDirectory } from '../station/data-directory.ts';
import { systemClock } from '../station/system-clock.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { checkCommand } from './register-check.ts';
import {
  dataDirOf,
  isReliable,
  type Options,
  openStore,
  policyOf,
  secretsOf,
  usesOf,
  withOptions,
} from './register-common.ts';
import { changedAt, formatOf, instantOf, openList } from './register-file.ts';
import { outcomeLines, useLine, useShape } from './register-output.ts';

type ImportOptions = Options & {
  readonly register: string;
  readonly format?: RegisterFormat;
  readonly asOf?: string;
  readonly allowEmpty?: boolean;
  readonly allowOlder?: boolean;
};

/** `chot register import | check | status`. */
export function registerCommand(io: CliIo): Command {
  return new Command('register')
    .description('the lists of statuses this station looks people up in')
    .addCommand(importCommand(io).exitOverride())
    .addCommand(checkCommand(io).exitOverride())
    .addCommand(statusCommand(io).exitOverride());
}

function importCommand(io: CliIo): Command {
  const format = new Option(
    '--format <format>',
    "what F is, where its name does not end so; '-' is csv",
  );
  return withOptions(
    new Command('import')
      .description('replace one register by a file, whole or not at all; lanes go on meanwhile')
      .argument(
        '<F>',
        "CSV (number,status,from,until,source[,oldNumbers][,qid]) or NDJSON file, '-' for standard input",
      )
      .requiredOption('--register <name>', 'which register, as f0')
      .addOption(format.choices(['csv', 'ndjson']))
      .option('--as-of <instant>', 'when the list was so (ISO 8601), else when F was last changed')
      .option('--allow-empty', 'take a list without entries')
      .option('--allow-older', 'take a list older than the one in place'),
  ).action(async (file: string, options: ImportOptions) => {
    const policy = policyOf(options);
    const data = openDataDirectory(dataDirOf(io, options));
    const nowMs = systemClock.wallMs();
    const outcome = await importRegister({
      input: file === '-' ? io.stdin : openList(file),
      format: options.format ?? formatOf(file),
      register: options.register,
      asOfMs: options.asOf === undefined ? changedAt(file, nowMs) : instantOf(options.asOf),
      nowMs,
      defaultDays: policy.defaultDays[options.register] ?? null,
      allowEmpty: options.allowEmpty === true,
      allowOlder: options.allowOlder === true,
      folder: data.registersFolder,
      secrets: secretsOf(data),
      signal: io.signal,
    });
    const json = options.json === true;
    const refused = outcome.kind === 'refused';
    const print = refused && !json ? io.tell : io.out;
    for (const line of outcomeLines(outcome, json)) print(line);
    if (refused) io.exit(EXIT.notUnderstood);
  });
}

function statusCommand(io: CliIo): Command {
  return withOptions(
    new Command('status').description('which registers are there, how old, and whether they work'),
  ).action((options: Options) => {
    const policy = policyOf(options);
    const store = openStore(io, options);
    try {
      for (const use of usesOf(store, policy)) {
        const { meta, unusable } = store.describe(use.register);
        const shown = {
          ...useShape(use),
          version: use.version,
          generation: meta?.generation ?? null,
          entries: meta?.entries ?? null,
          subjects: meta?.subjects ?? null,
          unusable,
        };
        io.out(options.json === true ? JSON.stringify(shown) : useLine(use, unusable));
        if (!isReliable(use)) io.exit(EXIT.look);
      }
    } finally {
      store.close();
    }
  });
}
