import { type Static, Type } from 'typebox';
import { BARRIER_INPUTS } from '../../devices/barrier/relay-barrier.ts';
import {
  type BoardProfile,
  boardProfileNames,
  loadBoardProfile,
} from '../../devices/relay/board-profile.ts';
import type { BoardUse } from './config-signals.ts';

const closed = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
/** Outputs and inputs of a board count from 1. */
const Channel = Type.Integer({ minimum: 1, maximum: 64 });

/** A relay board: barriers, lights and lamps name its channels. */
export const BoardSchema = Type.Object(
  {
    id: Id,
    driver: Type.Enum(['lcus', 'modbus-rtu', 'modbus-tcp', 'sim']),
    /** lcus, modbus-rtu: a stable name of the port, /dev/serial/by-id/... Modbus boards of one RS-485 line share it. */
    path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    /** modbus-tcp: its address, on a network of its own; a link-local one with its interface, `fe80::10%eth1`. */
    host: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9.:-]{1,253}(%[A-Za-z0-9._-]{1,15})?$' }),
    ),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    /** Modbus address, if not the profile's. */
    unit: Type.Optional(Type.Integer({ minimum: 1, maximum: 247 })),
    /** Name of a file in devices/profiles/boards. */
    profile: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' })),
    /** Bits a second, if not the profile's. */
    baud: Type.Optional(Type.Integer({ minimum: 300, maximum: 921_600 })),
  },
  closed,
);

export const BarrierSchema = Type.Object(
  {
    id: Id,
    driver: Type.Enum(['relay', 'sim']),
    board: Type.Optional(Id),
    /** Output that tells the barrier to open. */
    open: Type.Optional(Channel),
    pulseMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 30_000 })),
    /** How long the arm stays up after an order; what is believed where no limit tells. */
    staysOpenMs: Type.Optional(Type.Integer({ minimum: 500, maximum: 120_000 })),
    /** With limitOpen: how long the arm may take to it. */
    travelMs: Type.Optional(Type.Integer({ minimum: 500, maximum: 60_000 })),
    /** What the contact is left in when the station ends or cannot record. */
    safe: Type.Optional(Type.Enum(['closed', 'open', 'keep'])),
    inputs: Type.Optional(
      Type.Object(
        {
          /** Loop or light beam where somebody stands at the lane. */
          presence: Type.Optional(Channel),
          /** Loop under the arm. */
          closing: Type.Optional(Channel),
          limitOpen: Type.Optional(Channel),
          limitClosed: Type.Optional(Channel),
          tamper: Type.Optional(Channel),
          emergency: Type.Optional(Channel),
        },
        closed,
      ),
    ),
    /** Inputs whose contact opens when it happens. */
    normallyClosed: Type.Optional(
      Type.Array(Type.Enum([...BARRIER_INPUTS]), {
        maxItems: BARRIER_INPUTS.length,
        uniqueItems: true,
      }),
    ),
  },
  closed,
);

export type BoardConfig = Readonly<Static<typeof BoardSchema>>;
export type BarrierConfig = Readonly<Static<typeof BarrierSchema>>;

type BoardsFile = {
  readonly board: readonly BoardConfig[];
  readonly barrier: readonly BarrierConfig[];
};

const BOARD_KEYS = {
  lcus: ['path', 'baud', 'profile'],
  'modbus-rtu': ['path', 'baud', 'unit', 'profile'],
  'modbus-tcp': ['host', 'port', 'unit', 'profile'],
  sim: [],
} as const;
const BARRIER_KEYS = {
  relay: [
    ...['board', 'open', 'pulseMs', 'staysOpenMs', 'travelMs', 'safe'],
    ...['inputs', 'normallyClosed'],
  ],
  sim: [],
} as const;

/** What a simulated board has. */
export const SIM_BOARD = { outputs: 8, inputs: 8, dimmers: 2 } as const;

/** What the schema cannot say of boards and barriers, and of the channels that all devices name. */
export function boardProblems(file: BoardsFile, uses: readonly BoardUse[]): string[] {
  return [
    ...file.board.flatMap((board) => [
      ...strayKeys(`board ${board.id}`, board, BOARD_KEYS[board.driver]),
      ...neededByBoard(board),
    ]),
    ...file.board.flatMap((board, index) => sharedLine(board, file.board.slice(0, index))),
    ...file.barrier.flatMap((barrier) => [
      ...strayKeys(`barrier ${barrier.id}`, barrier, BARRIER_KEYS[barrier.driver]),
      ...neededByBarrier(barrier),
    ]),
    ...uses.flatMap((use) => misuse(use, file.board)),
  ];
}

export function barrierUses({ barrier }: Pick<BoardsFile, 'barrier'>): BoardUse[] {
  return barrier.flatMap(({ id, board, open, inputs = {} }) => {
    if (board === undefined) return [];
    const key = `barrier ${id}`;
    const outputs = open === undefined ? [] : [{ key: `${key}.open`, channel: open }];
    return [
      ...outputs.map((use) => ({ ...use, board, kind: 'output' as const })),
      ...Object.entries(inputs).map(([name, channel]) => ({
        ...{ key: `${key}.inputs.${name}`, board, channel },
        kind: 'input' as const,
      })),
    ];
  });
}

/** Null for a name that no file has, which is told elsewhere. */
export function profileOf({ driver, profile }: BoardConfig): BoardProfile | null {
  if (driver === 'sim' || profile === undefined) return null;
  return boardProfileNames().includes(profile) ? loadBoardProfile(profile) : null;
}

function neededByBoard(board: BoardConfig): string[] {
  const { id, driver, path, host, profile } = board;
  const key = `board ${id}`;
  if (driver === 'sim') return [];
  const problems: string[] = [];
  if (driver === 'modbus-tcp') {
    if (host === undefined) problems.push(`${key}.host: missing; the board's address`);
  } else if (path === undefined) {
    problems.push(`${key}.path: missing; the port's stable name, /dev/serial/by-id/...`);
  }
  const names = boardProfileNames();
  if (profile === undefined || !names.includes(profile)) {
    const came = profile === undefined ? 'missing' : `"${profile}" is none`;
    return [...problems, `${key}.profile: ${came}; there are ${names.join(', ')}`];
  }
  const speaksModbus = loadBoardProfile(profile).modbus !== null;
  if (speaksModbus === (driver !== 'lcus')) return problems;
  return [...problems, `${key}.profile: "${profile}" is not for driver "${driver}"`];
}

/** One program keeps a port; Modbus boards may stand on one line when their units differ. */
function sharedLine(board: BoardConfig, before: readonly BoardConfig[]): string[] {
  const key = `board ${board.id}`;
  const first = before.find((other) => lineOf(other) !== null && lineOf(other) === lineOf(board));
  if (first === undefined) return [];
  if (board.driver === 'lcus' || first.driver === 'lcus') {
    return [`${key}.path: board ${first.id} has it; an LCUS board has a port of its own`];
  }
  if (board.driver === 'modbus-tcp') {
    return [`${key}.host: board ${first.id} has that address and port`];
  }
  const same = before.find(
    (other) => lineOf(other) === lineOf(board) && unitOf(other) === unitOf(board),
  );
  if (same !== undefined) {
    return [`${key}.unit: board ${same.id} has unit ${unitOf(board)} on the same line`];
  }
  if (baudOf(first) === baudOf(board)) return [];
  return [`${key}.baud: board ${first.id} on the same line runs at ${baudOf(first)}`];
}

function lineOf({ path, host, port = 502 }: BoardConfig): string | null {
  if (host !== undefined) return `${host}:${port}`;
  return path ?? null;
}

function unitOf(board: BoardConfig): number | undefined {
  return board.unit ?? profileOf(board)?.modbus?.unit;
}

function baudOf(board: BoardConfig): number | undefined {
  return board.baud ?? profileOf(board)?.baud;
}

function neededByBarrier({ id, driver, board, open, inputs, normallyClosed }: BarrierConfig) {
  if (driver === 'sim') return [];
  const key = `barrier ${id}`;
  const problems: string[] = [];
  if (board === undefined) problems.push(`${key}.board: missing; the id of a [[board]]`);
  if (open === undefined) problems.push(`${key}.open: missing; the output that opens it`);
  const unwired = (normallyClosed ?? []).filter((name) => inputs?.[name] === undefined);
  return [...problems, ...unwired.map((name) => `${key}.normallyClosed: there is no ${name}`)];
}

/** A board that is not there, or a channel that it has not got. One that is not named is told by its device. */
function misuse({ key, board: id, kind, channel }: BoardUse, boards: readonly BoardConfig[]) {
  if (id === '') return [];
  const board = boards.find((each) => each.id === id);
  if (board === undefined) return [`${key}: "${id}" is not the id of a [[board]] in this file`];
  const count = countOf(board, kind);
  if (count === null || channel <= count) return [];
  return [`${key}: board "${id}" has ${count === 0 ? 'no' : count} ${kind}s, not ${channel}`];
}

/** Null where the profile is not known, which is told elsewhere. */
function countOf(board: BoardConfig, kind: BoardUse['kind']): number | null {
  if (board.driver === 'sim') return SIM_BOARD[`${kind}s`];
  const profile = profileOf(board);
  if (profile === null) return null;
  return kind === 'dimmer' ? (profile.modbus?.dimmers?.count ?? 0) : profile[`${kind}s`];
}

function strayKeys(key: string, device: BoardConfig | BarrierConfig, allowed: readonly string[]) {
  return Object.keys(device)
    .filter((name) => name !== 'id' && name !== 'driver' && !allowed.includes(name))
    .map((name) => `${key}.${name}: driver "${device.driver}" has no such key`);
}
