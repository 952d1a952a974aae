import { parse, TomlError } from 'smol-toml';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import { ConfigError } from '../kernel/errors.ts';
import { ConfigSchema, type StationConfig } from './config-schema.ts';

const CONFIG_BYTES_MAX = 256 * 1024;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Reads a station's TOML, or throws one ConfigError that names every wrong key at once. `file` is for the message. */
export function parseConfig(text: string, file: string): StationConfig {
  if (text.length > CONFIG_BYTES_MAX) {
    throw new ConfigError(
      `${file} is longer than ${CONFIG_BYTES_MAX} characters: not a station's configuration`,
    );
  }
  const value = Value.Default(ConfigSchema, parseToml(text, file));
  const problems = Value.Check(ConfigSchema, value) ? crossProblems(value) : shapeProblems(value);
  if (problems.length === 0) return value as StationConfig;
  throw new ConfigError(
    `${file}: ${problems.length === 1 ? 'one value is' : `${problems.length} values are`} wrong\n  ${problems.join('\n  ')}`,
  );
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n', 1)[0] ?? '';
    throw new ConfigError(`${file}: line ${error.line}, column ${error.column}: ${reason}`, {
      cause: error,
    });
  }
}

function shapeProblems(value: unknown): string[] {
  Settings.Set({ maxErrors: 100 });
  const errors = Value.Errors(ConfigSchema, value);
  Settings.Reset();
  // A key that has no place is reported twice, by the object and by the key: the second names it better.
  return errors
    .filter((error) => error.keyword !== 'additionalProperties')
    .map((error) => {
      const key = keyOf(error.instancePath);
      switch (error.keyword) {
        case 'boolean':
          return `${key}: no such key`;
        case 'enum':
          return `${key}: expected one of ${error.params.allowedValues.join(', ')}`;
        case 'required':
          return `${key === '' ? '' : `${key}: `}missing ${error.params.requiredProperties.join(', ')}`;
        default:
          return `${key}: ${error.message}`;
      }
    });
}

/** `/lane/0/id` as people write it: `lane[1].id`. */
function keyOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${Number(part) + 1}]` : `.${part}`))
    .join('')
    .slice(pointer.startsWith('/') ? 1 : 0);
}

function crossProblems(config: StationConfig): string[] {
  const problems = [
    ...repeated(
      'id',
      devicesOf(config).map(({ id }) => id),
    ),
    ...repeated(
      'lane.id',
      config.lane.map(({ id }) => id),
    ),
    ...repeated(
      'lane.devices',
      config.lane.flatMap(({ devices }) => devices),
    ),
    ...deviceProblems(config),
    ...config.camera.flatMap(cameraProblems),
    ...readerProblems(config),
    ...freshnessProblems(config),
  ];
  if (!LOOPBACK.has(config.http.host)) {
    problems.push(
      `http.host: ${config.http.host} is reachable from outside, which needs TLS and sign-in that this version does not have: use 127.0.0.1 and an SSH tunnel`,
    );
  }
  return problems;
}

function repeated(key: string, ids: readonly string[]): string[] {
  const twice = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  return [...twice].map((id) => `${key}: "${id}" stands twice; every one needs a name of its own`);
}

function deviceProblems(config: StationConfig): string[] {
  const known = new Set(devicesOf(config).map(({ id }) => id));
  return config.lane.flatMap((lane, index) =>
    lane.devices
      .filter((id) => !known.has(id))
      .map((id) => `lane[${index + 1}].devices: "${id}" is not the id of any device in this file`),
  );
}

function cameraProblems(camera: StationConfig['camera'][number], index: number): string[] {
  const key = `camera[${index + 1}]`;
  if ((camera.source === undefined) === (camera.sourceFile === undefined)) {
    return [`${key}: expected either source or sourceFile`];
  }
  if (camera.source !== undefined && /^[a-z]+:\/\/[^/]*@/.test(camera.source)) {
    return [
      `${key}.source: holds a password; put the URL into a 0600 file and name it in sourceFile`,
    ];
  }
  return [];
}

function devicesOf({ camera, reader, barrier, signal }: StationConfig) {
  return [...camera, ...reader, ...barrier, ...signal];
}

/** A card must be of one lane. */
function readerProblems({ reader }: StationConfig): string[] {
  const real = reader.filter(({ driver }) => driver === 'pcsc');
  const nameless = real.filter(({ name }) => name === undefined).map(({ id }) => id);
  if (real.length < 2 || nameless.length === 0) return [];
  return [
    `reader: of several readers each needs a name, as \`chot card list\` prints them; without one: ${nameless.join(', ')}`,
  ];
}

function freshnessProblems({ policy }: StationConfig): string[] {
  return policy.registers.flatMap((register) => {
    const ageingH = policy.ageingH[register];
    const expiredH = policy.expiredH[register];
    if (ageingH === undefined) return [`policy.ageingH.${register}: missing, in hours`];
    if (expiredH === undefined) return [`policy.expiredH.${register}: missing, in hours`];
    if (ageingH < expiredH) return [];
    return [`policy.ageingH.${register}: must be less than policy.expiredH.${register}`];
  });
}
