import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Value } from 'typebox/value';
import { ConfigError } from '../kernel/errors.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import { RegisterStore } from '../registers/register-store.ts';
import { registerUse } from '../rules/ask-registers.ts';
import type { RegisterUse } from '../rules/verdict.ts';
import { parseConfig } from '../station/config.ts';
import { ConfigSchema, type StationConfig } from '../station/config-schema.ts';
import {
  type DataDirectory,
  openDataDirectory,
  resolveDataDir,
} from '../station/data-directory.ts';
import { accountOf } from '../station/slips.ts';
import { systemClock } from '../station/system-clock.ts';
import type { CliIo } from './cli-io.ts';

/** What the commands on registers share: which station, which policy, how far its registers carry. */

export type Options = { readonly data?: string; readonly config?: string; readonly json?: boolean };

const HOUR_MS = 3_600_000;

export function withOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory, instead of CHOT_DATA or station.dataDir')
    .option('--config <file>', "the station's TOML file, for its policy and data directory")
    .option('--json', 'JSON lines and nothing else');
}

export function usesOf(store: RegisterStore, policy: StationConfig['policy']): RegisterUse[] {
  return registersOf(store, policy).map((register) =>
    registerUse(register, store.condition(register), limitsOf(policy, register), machineTime()),
  );
}

/** What the policy asks for first, then what else is there. */
export function registersOf(store: RegisterStore, policy: StationConfig['policy']): string[] {
  return [...new Set([...policy.registers, ...store.names()])];
}

/** A register that the policy does not use has no limits of its own: judged as f0 is. */
function limitsOf({ ageingH, expiredH }: StationConfig['policy'], register: string) {
  const ageing = ageingH[register] ?? ageingH['f0'];
  const expired = expiredH[register] ?? expiredH['f0'];
  if (ageing === undefined || expired === undefined) return undefined;
  return { ageingMs: ageing * HOUR_MS, expiredMs: expired * HOUR_MS };
}

export function isReliable({ state }: RegisterUse): boolean {
  return state === 'fresh' || state === 'ageing';
}

/** A command knows no more than this machine's clock. */
export function machineTime(): TimeInterval {
  const nowMs = systemClock.wallMs();
  return { earliestMs: nowMs, latestMs: nowMs, trust: 'carried' };
}

export function policyOf({ config }: Options): StationConfig['policy'] {
  if (config !== undefined) return readConfig(config).policy;
  const schema = ConfigSchema.properties.policy;
  const policy = Value.Default(schema, {});
  if (Value.Check(schema, policy)) return policy;
  throw new Error('the built-in policy does not fit its own schema: broken installation');
}

/** The account of this machine that asked, before sudo, as records name it. */
export function askingAccount(io: CliIo): string | null {
  return accountOf(io.env['SUDO_USER'] ?? userInfo().username);
}

export function dataDirOf(io: CliIo, { data, config }: Options): string {
  const configured = config === undefined ? undefined : readConfig(config).station.dataDir;
  return resolveDataDir({ option: data, env: io.env, config: configured });
}

export function openStore(io: CliIo, options: Options): RegisterStore {
  const data = openRegistersOf(io, options);
  return new RegisterStore(data.registersFolder, secretsOf(data));
}

/** Looks first: a mistyped folder must not become a station of its own, where nobody is on any list. */
export function openRegistersOf(io: CliIo, options: Options): DataDirectory {
  const path = dataDirOf(io, options);
  if (!existsSync(join(path, 'registers'))) {
    throw new ConfigError(`no registers in ${path}: name the station's data directory with --data`);
  }
  return openDataDirectory(path);
}

export function secretsOf({ keys }: DataDirectory) {
  return { databaseKey: keys.database, region: keys.region };
}

function readConfig(file: string): StationConfig {
  return parseConfig(
    readable(file, () => readFileSync(file, 'utf8')),
    file,
  );
}

export function readable<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigError(`${file} cannot be read (${code}): name a file that is there`, {
      cause: error,
    });
  }
}
