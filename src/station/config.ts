import { scannerProfileNames } from '../../devices/scanner/scanner-profile.ts';
import { barrierUses, boardProblems } from './config-boards.ts';
import {
  ConfigSchema,
  type Policy,
  type StationConfig,
  type StationFile,
} from './config-schema.ts';
import { outputsUsedTwice, signalProblems, signalUses } from './config-signals.ts';
import { parseToml, parseTomlConfig } from './toml-config.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Reads a station's TOML, or throws one ConfigError that names every wrong key at once. `file` is for the message. */
export function parseConfig(text: string, file: string): StationConfig {
  const config = parseTomlConfig(ConfigSchema, text, file, crossProblems);
  // Of the same text, which has passed the schema.
  const { policy = {} } = parseToml(text, file) as { readonly policy?: Partial<Policy> };
  return { ...config, policyGiven: policy };
}

function crossProblems(config: StationFile): string[] {
  const uses = [...barrierUses(config), ...signalUses(config)];
  const problems = [
    ...repeated(
      'id',
      [...devicesOf(config), ...config.board].map(({ id }) => id),
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
    ...scannerProblems(config),
    ...signalProblems(config),
    ...outputsUsedTwice(uses),
    ...boardProblems(config, uses),
    ...loopProblems(config),
    ...portProblems(config),
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

function deviceProblems(config: StationFile): string[] {
  const known = new Set(devicesOf(config).map(({ id }) => id));
  return config.lane.flatMap((lane, index) =>
    lane.devices
      .filter((id) => !known.has(id))
      .map((id) => `lane[${index + 1}].devices: "${id}" is not the id of any device in this file`),
  );
}

function cameraProblems(camera: StationFile['camera'][number], index: number): string[] {
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

/** What a lane may name; a board is named by its devices. */
function devicesOf({ camera, reader, scanner, barrier, signal, lamp }: StationFile) {
  return [...camera, ...reader, ...scanner, ...barrier, ...signal, ...lamp];
}

/** What tells that somebody has crossed must be wired. */
function loopProblems({ lane, barrier }: StationFile): string[] {
  return lane.flatMap(({ id, clear, devices }) => {
    if (clear !== 'loop') return [];
    const own = barrier.filter((each) => devices.includes(each.id));
    const feels = own.some(
      ({ driver, inputs }) =>
        driver === 'sim' || inputs?.presence !== undefined || inputs?.closing !== undefined,
    );
    if (feels) return [];
    return [
      `lane ${id}.clear: "loop" needs a barrier with inputs.closing or inputs.presence among its devices`,
    ];
  });
}

/** A card must be of one lane. */
function readerProblems({ reader }: StationFile): string[] {
  const real = reader.filter(({ driver }) => driver === 'pcsc');
  const nameless = real.filter(({ name }) => name === undefined).map(({ id }) => id);
  if (real.length < 2 || nameless.length === 0) return [];
  return [
    `reader: of several readers each needs a name, as \`chot card list\` prints them; without one: ${nameless.join(', ')}`,
  ];
}

/** A serial port must be of one kind of device. */
function portProblems({ board, scanner }: StationFile): string[] {
  return board.flatMap(({ id, path }) =>
    scanner
      .filter((other) => other.path === path)
      .map((other) => `board ${id}.path: scanner ${other.id} has "${path}"`),
  );
}

/** A port must be of one scanner. */
function scannerProblems({ scanner }: StationFile): string[] {
  const names = scannerProfileNames();
  return [
    ...repeated(
      'scanner.path',
      scanner.map(({ path }) => path),
    ),
    ...scanner
      .filter(({ profile }) => !names.includes(profile))
      .map(
        ({ id, profile }) => `scanner ${id}.profile: "${profile}" is none of ${names.join(', ')}`,
      ),
    ...scanner
      .filter(({ driver, baud }) => driver !== 'serial' && baud !== undefined)
      .map(({ id }) => `scanner ${id}.baud: only a serial port has one; leave it out`),
  ];
}

function freshnessProblems({ policy }: StationFile): string[] {
  return policy.registers.flatMap((register) => {
    const ageingH = policy.ageingH[register];
    const expiredH = policy.expiredH[register];
    if (ageingH === undefined) return [`policy.ageingH.${register}: missing, in hours`];
    if (expiredH === undefined) return [`policy.expiredH.${register}: missing, in hours`];
    if (ageingH < expiredH) return [];
    return [`policy.ageingH.${register}: must be less than policy.expiredH.${register}`];
  });
}
