import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { Value } from 'typebox/value';
import { ConfigError, InputError } from '../kernel/errors.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import { importRegister } from '../registers/import-register.ts';
import type { RegisterFormat } from '../registers/parse-line.ts';
import { shapeOf } from '../registers/register-line.ts';
import { RegisterStore } from '../registers/register-store.ts';
import { registerUse } from '../rules/ask-registers.ts';
import { inForce } from '../rules/in-force.ts';
import type { RegisterUse } from '../rules/verdict.ts';
import { parseConfig } from '../station/config.ts';
import { ConfigSchema, type StationConfig } from '../station/config-schema.ts';
import {
  type DataDirectory,
  openDataDirectory,
  resolveDataDir,
} from '../station/data-directory.ts';
import { systemClock } from '../station/system-clock.ts';
import { type CliIo, EXIT, readStdin } from './cli-io.ts';
import { hitLine, hitShape, outcomeLines, useLine, useShape } from './register-output.ts';

type Options = { readonly data?: string; readonly config?: string; readonly json?: boolean };
type ImportOptions = Options & {
  readonly register: string;
  readonly format?: RegisterFormat;
  readonly asOf?: string;
  readonly allowEmpty?: boolean;
  readonly allowOlder?: boolean;
};

const NUMBERS_BYTES_MAX = 1_048_576;
const HOUR_MS = 3_600_000;

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
        "CSV (number,status,from,until,source) or NDJSON file, '-' for standard input",
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

function checkCommand(io: CliIo): Command {
  return withOptions(
    new Command('check')
      .description('look 12-digit numbers up, one a line on standard input; exit 3 on a hit')
      .requiredOption('--number <->', "'-': numbers never stand in the command line"),
  ).action(async (options: Options & { readonly number: string }) => {
    if (options.number !== '-') {
      throw new ConfigError("--number takes only '-': give the numbers on standard input");
    }
    const numbers = numbersFrom(await readStdin(io, NUMBERS_BYTES_MAX));
    const policy = policyOf(options);
    const store = openStore(io, options);
    try {
      for (const number of numbers) checkOne(io, store, policy, number, options.json === true);
    } finally {
      store.close();
    }
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

function checkOne(
  io: CliIo,
  store: RegisterStore,
  policy: StationConfig['policy'],
  number: string,
  json: boolean,
): void {
  const registers = registersOf(store, policy);
  const hits = registers.flatMap((register) =>
    inForce(store.lookup(register, 'number', number), machineTime()),
  );
  // Asked after the look-up: what failed meanwhile vouches for nothing.
  const uses = usesOf(store, policy);
  const reliable = uses.every((use) => !policy.registers.includes(use.register) || isReliable(use));
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

function withOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory, instead of CHOT_DATA or station.dataDir')
    .option('--config <file>', "the station's TOML file, for its policy and data directory")
    .option('--json', 'JSON lines and nothing else');
}

function usesOf(store: RegisterStore, policy: StationConfig['policy']): RegisterUse[] {
  return registersOf(store, policy).map((register) =>
    registerUse(register, store.condition(register), limitsOf(policy, register), machineTime()),
  );
}

/** What the policy asks for first, then what else is there. */
function registersOf(store: RegisterStore, policy: StationConfig['policy']): string[] {
  return [...new Set([...policy.registers, ...store.names()])];
}

/** A register that the policy does not use has no limits of its own: judged as f0 is. */
function limitsOf({ ageingH, expiredH }: StationConfig['policy'], register: string) {
  const ageing = ageingH[register] ?? ageingH['f0'];
  const expired = expiredH[register] ?? expiredH['f0'];
  if (ageing === undefined || expired === undefined) return undefined;
  return { ageingMs: ageing * HOUR_MS, expiredMs: expired * HOUR_MS };
}

function isReliable({ state }: RegisterUse): boolean {
  return state === 'fresh' || state === 'ageing';
}

/** A command knows no more than this machine's clock. */
function machineTime(): TimeInterval {
  const nowMs = systemClock.wallMs();
  return { earliestMs: nowMs, latestMs: nowMs, trust: 'carried' };
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

function policyOf({ config }: Options): StationConfig['policy'] {
  if (config !== undefined) return readConfig(config).policy;
  const schema = ConfigSchema.properties.policy;
  const policy = Value.Default(schema, {});
  if (Value.Check(schema, policy)) return policy;
  throw new Error('the built-in policy does not fit its own schema: broken installation');
}

function dataDirOf(io: CliIo, { data, config }: Options): string {
  const configured = config === undefined ? undefined : readConfig(config).station.dataDir;
  return resolveDataDir({ option: data, env: io.env, config: configured });
}

/** Looks first: a mistyped folder must not become a station of its own, where nobody is on any list. */
function openStore(io: CliIo, options: Options): RegisterStore {
  const path = dataDirOf(io, options);
  if (!existsSync(join(path, 'registers'))) {
    throw new ConfigError(`no registers in ${path}: name the station's data directory with --data`);
  }
  const data = openDataDirectory(path);
  return new RegisterStore(data.registersFolder, secretsOf(data));
}

function secretsOf({ keys }: DataDirectory) {
  return { databaseKey: keys.database, region: keys.region };
}

function readConfig(file: string): StationConfig {
  return parseConfig(
    readable(file, () => readFileSync(file, 'utf8')),
    file,
  );
}

function openList(file: string): AsyncIterable<Uint8Array> {
  if (readable(file, () => statSync(file)).isDirectory()) {
    throw new ConfigError(`${file} is a folder: name the file of the list`);
  }
  return createReadStream(file, { highWaterMark: 262_144 });
}

function readable<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigError(`${file} cannot be read (${code}): name a file that is there`, {
      cause: error,
    });
  }
}

function formatOf(file: string): RegisterFormat {
  if (file === '-' || /\.csv$/i.test(file)) return 'csv';
  if (/\.(ndjson|jsonl)$/i.test(file)) return 'ndjson';
  throw new ConfigError(`${file}: say --format csv or --format ndjson`);
}

/** A list knows nothing of what came after it was written; and a clock that is behind makes nothing newer. */
function changedAt(file: string, nowMs: number): number {
  if (file === '-') return nowMs;
  return Math.min(nowMs, Math.floor(readable(file, () => statSync(file)).mtimeMs));
}

function instantOf(text: string): number {
  const ms = Date.parse(text);
  if (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) &&
    !Number.isNaN(ms)
  ) {
    return ms;
  }
  throw new ConfigError(
    '--as-of: expected an instant with its offset, as 2026-11-24T06:00:00+07:00',
  );
}
