import { resolve } from 'node:path';
import { RelayBarrier } from '../../devices/barrier/relay-barrier.ts';
import { SimBarrier } from '../../devices/barrier/sim-barrier.ts';
import { loadBoardProfile } from '../../devices/relay/board-profile.ts';
import { type BoardSettings, OpenBoards } from '../../devices/relay/open-boards.ts';
import type { RelayBoard } from '../../devices/relay/relay-board.ts';
import { SimBoard } from '../../devices/relay/sim/sim-board.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { Barrier } from '../ports/barrier.ts';
import type { Clock } from '../ports/clock.ts';
import { type BarrierConfig, type BoardConfig, SIM_BOARD } from './config-boards.ts';
import type { StationConfig } from './config-schema.ts';
import { type RunDeps, runDevice } from './run-device.ts';
import type { Supervisors } from './supervision/supervisors.ts';

export type BoardParts = {
  readonly clock: Clock;
  readonly random: () => number;
  /** That of the configuration: paths are relative to it. */
  readonly folder: string;
  readonly supervisors: Supervisors;
};

/** The relay boards of a configuration; whoever uses them runs them too. */
export function openBoards(
  config: Pick<StationConfig, 'board' | 'barrier'>,
  parts: BoardParts,
): ReadonlyMap<string, RelayBoard> {
  const lines = new Map<string, OpenBoards>();
  const lineOf = ({ path, host, port }: BoardConfig): OpenBoards => {
    const name = path ?? `${host}:${port}`;
    const known = lines.get(name);
    if (known !== undefined) return known;
    // One for all boards that hang on the line.
    const clock = parts.supervisors.clockOf(`board line ${name}`, 'asks');
    const line = new OpenBoards({ ...parts, clock });
    lines.set(name, line);
    return line;
  };
  return new Map(
    config.board.map((board): [string, RelayBoard] => {
      const { id: deviceId, driver } = board;
      if (driver === 'sim') {
        return [deviceId, new SimBoard({ deviceId, ...SIM_BOARD }, parts.clock)];
      }
      // A barrier's order goes before lights'.
      const urgent = config.barrier.flatMap(({ board: of, open }) =>
        of === deviceId && open !== undefined ? [open] : [],
      );
      return [deviceId, lineOf(board).open(settingsOf(board, urgent, parts.folder))];
    }),
  );
}

/** The answer ends them all. */
export function runBoards(
  boards: ReadonlyMap<string, RelayBoard>,
  deps: RunDeps,
): () => Promise<void> {
  const stop = new AbortController();
  const running = [...boards.values()].map((board) => runDevice(board, deps, stop.signal));
  return async () => {
    stop.abort();
    await Promise.all(running);
  };
}

function settingsOf(
  { id, driver, path, host, port = 502, profile, ...own }: BoardConfig,
  urgent: readonly number[],
  folder: string,
): BoardSettings {
  const unit = own.unit ?? null;
  const baud = own.baud ?? null;
  const common = { deviceId: id, profile: loadBoardProfile(profile ?? ''), urgent };
  switch (driver) {
    case 'lcus':
      return { ...common, driver, baud, path: resolve(folder, path ?? '') };
    case 'modbus-rtu':
      return { ...common, driver, baud, unit, path: resolve(folder, path ?? '') };
    case 'modbus-tcp':
      return { ...common, driver, host: host ?? '', port, unit };
    default:
      throw new ConfigError(`board ${id}: driver "${driver}" has no settings`);
  }
}

/** Throws ConfigError for a board that is not there. */
export function openBarrier(
  barrier: BarrierConfig,
  { boards, clock }: { readonly boards: ReadonlyMap<string, RelayBoard>; readonly clock: Clock },
): Barrier {
  const { id: deviceId, driver, open, inputs = {}, normallyClosed = [] } = barrier;
  if (driver === 'sim') return new SimBarrier(deviceId, clock);
  const board = boards.get(barrier.board ?? '');
  if (board === undefined || open === undefined) {
    throw new ConfigError(`barrier ${deviceId}: expected board and open`);
  }
  const { pulseMs = 800, staysOpenMs = 5_000, travelMs = 8_000, safe = 'keep' } = barrier;
  const wired = (Object.entries(inputs) as [keyof typeof inputs, number][]).map(
    ([name, channel]) => [name, { channel, normallyClosed: normallyClosed.includes(name) }],
  );
  return new RelayBarrier(
    {
      ...{ deviceId, output: open, pulseMs, staysOpenMs, travelMs, safe },
      inputs: Object.fromEntries(wired),
    },
    { board, clock },
  );
}
