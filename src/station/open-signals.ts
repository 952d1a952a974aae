import { resolve } from 'node:path';
import { BoardLamp } from '../../devices/lamp/board-lamp.ts';
import { SimLamp } from '../../devices/lamp/sim-lamp.ts';
import type { RelayBoard } from '../../devices/relay/relay-board.ts';
import { RelaySignal, SIGNAL_LIGHTS } from '../../devices/signal/relay-signal.ts';
import { SimSignal } from '../../devices/signal/sim-signal.ts';
import { loadSounds } from '../../devices/signal/sound/sound-bank.ts';
import { SoundSignal } from '../../devices/signal/sound/sound-signal.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lamp } from '../ports/lamp.ts';
import type { Signal } from '../ports/signal.ts';
import type { LampConfig, SignalConfig } from './config-signals.ts';

export type SignalParts = {
  readonly clock: Clock;
  /** The time as the station believes it, for quiet nights. */
  readonly nowMs: () => number;
  /** That of the configuration: paths are relative to it. */
  readonly folder: string;
  readonly boards: ReadonlyMap<string, RelayBoard>;
};

const VOLUME = 80;
const HOUR_MS = 3_600_000;
/** Vietnam's time is UTC+7 all the year. */
const OFFSET_H = 7;

/** Throws ConfigError for a board that is not there and a sound that cannot be read. */
export function openSignal(signal: SignalConfig, parts: SignalParts): Signal {
  const { id, driver } = signal;
  const { clock } = parts;
  switch (driver) {
    case 'relay':
      return openRelaySignal(signal, parts);
    case 'sound':
      return openSound(signal, parts);
    case 'sim':
      return new SimSignal(id, clock);
    default:
      return driver satisfies never;
  }
}

export function openLamp(lamp: LampConfig, parts: SignalParts): Lamp {
  const { id, driver, output, dimmer } = lamp;
  const { clock } = parts;
  if (driver === 'sim') return new SimLamp(id, dimmer !== undefined, clock);
  const board = boardOf(`lamp ${id}`, lamp.board, parts);
  const dims = dimmer !== undefined;
  const order = (level: number, signal: AbortSignal) =>
    dims ? board.dim(dimmer, level, signal) : board.set(output ?? 0, level > 0, signal);
  return new BoardLamp({ deviceId: id, dims, order }, { board, clock });
}

function openRelaySignal(signal: SignalConfig, parts: SignalParts): RelaySignal {
  const { id, buzzer = null, burnsAtRest = [], atStop = 'red' } = signal;
  const fitted = SIGNAL_LIGHTS.flatMap((light) => {
    const channel = signal[light];
    if (channel === undefined) return [];
    return [[light, { channel, burnsAtRest: burnsAtRest.includes(light) }] as const];
  });
  const board = boardOf(`signal ${id}`, signal.board, parts);
  const lights = Object.fromEntries(fitted);
  const { clock } = parts;
  return new RelaySignal({ deviceId: id, lights, buzzer, atStop }, { board, clock });
}

function openSound(signal: SignalConfig, { clock, nowMs, folder }: SignalParts): SoundSignal {
  const { id, device = 'default', languages = ['vi'], idlePrompt = false } = signal;
  const own = signal.folder === undefined ? null : resolve(folder, signal.folder);
  const bank = loadSounds({ languages, idlePrompt, folder: own });
  const volume = () => volumeAt(nowMs(), signal) / 100;
  return new SoundSignal({ deviceId: id, device, bank, volume }, clock);
}

/** In percent. A night may go over midnight. */
export function volumeAt(
  wallMs: number,
  { volume = VOLUME, night }: Pick<SignalConfig, 'volume' | 'night'>,
): number {
  if (night === undefined) return volume;
  const hour = (Math.floor(wallMs / HOUR_MS) + OFFSET_H) % 24;
  const { fromHour, untilHour } = night;
  const isNight =
    fromHour <= untilHour
      ? hour >= fromHour && hour < untilHour
      : hour >= fromHour || hour < untilHour;
  return isNight ? night.volume : volume;
}

function boardOf(key: string, id: string | undefined, { boards }: SignalParts): RelayBoard {
  const board = boards.get(id ?? '');
  if (board !== undefined) return board;
  throw new ConfigError(`${key}.board: "${id}" is not the id of a [[board]] in this file`);
}
