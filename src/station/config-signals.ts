import { type Static, Type } from 'typebox';
import { SIGNAL_LIGHTS } from '../../devices/signal/relay-signal.ts';
import { SOUND_LANGUAGES } from '../../devices/signal/sound/sound-bank.ts';

const closed = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
/** An output of the board, counted from 1. */
const Channel = Type.Integer({ minimum: 1, maximum: 64 });
const Percent = Type.Integer({ minimum: 0, maximum: 100 });
const Hour = Type.Integer({ minimum: 0, maximum: 23 });

export const SignalSchema = Type.Object(
  {
    id: Id,
    /** relay: lights and buzzer on a board; sound: tones and phrases from a loudspeaker; sim: in memory. */
    driver: Type.Enum(['relay', 'sound', 'sim']),
    board: Type.Optional(Id),
    green: Type.Optional(Channel),
    amber: Type.Optional(Channel),
    red: Type.Optional(Channel),
    buzzer: Type.Optional(Channel),
    /** Lights wired to the closed contact of their relay, which burn while it is at rest and the board without power. */
    burnsAtRest: Type.Optional(
      Type.Array(Type.Enum([...SIGNAL_LIGHTS]), { maxItems: 3, uniqueItems: true }),
    ),
    /** What stays when the station ends in good order. */
    atStop: Type.Optional(Type.Enum(['red', 'dark'])),
    /** A PCM of ALSA, as `aplay -L` lists them. */
    device: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_:=,.-]{1,100}$' })),
    /** Spoken one after the other; [] for tones alone. */
    languages: Type.Optional(
      Type.Array(Type.Enum([...SOUND_LANGUAGES]), { maxItems: 2, uniqueItems: true }),
    ),
    /** Ask for a code whenever the lane is free. */
    idlePrompt: Type.Optional(Type.Boolean()),
    volume: Type.Optional(Percent),
    /** Full hours of Vietnam's time. */
    night: Type.Optional(Type.Object({ fromHour: Hour, untilHour: Hour, volume: Percent }, closed)),
    /** Own recordings: tone/, vi/, en/ with idle.wav, go.wav, wait.wav and closed.wav in each. */
    folder: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
  },
  closed,
);

export const LampSchema = Type.Object(
  {
    id: Id,
    driver: Type.Enum(['relay', 'sim']),
    board: Type.Optional(Id),
    /** Either an output that switches the lamp on and off, */
    output: Type.Optional(Channel),
    /** or one of the board's dimmed outputs. */
    dimmer: Type.Optional(Channel),
  },
  closed,
);

export type SignalConfig = Readonly<Static<typeof SignalSchema>>;
export type LampConfig = Readonly<Static<typeof LampSchema>>;

/** What of a board is used by whom. */
export type BoardUse = {
  readonly key: string;
  readonly board: string;
  readonly kind: 'output' | 'dimmer' | 'input';
  readonly channel: number;
};

/** Two devices on one output would each undo what the other did. */
export function outputsUsedTwice(uses: readonly BoardUse[]): string[] {
  return uses.flatMap(({ key, board, kind, channel }, index) => {
    const first = uses
      .slice(0, index)
      .find((use) => use.board === board && use.kind === kind && use.channel === channel);
    if (first === undefined) return [];
    return [`${key}: ${kind} ${channel} of board "${board}" is taken by ${first.key}`];
  });
}

export function signalUses({ signal, lamp }: SignalsFile): BoardUse[] {
  return [
    ...signal.flatMap(({ id, board = '', green, amber, red, buzzer }) =>
      used(`signal ${id}`, board, 'output', { green, amber, red, buzzer }),
    ),
    ...lamp.flatMap(({ id, board = '', output, dimmer }) => [
      ...used(`lamp ${id}`, board, 'output', { output }),
      ...used(`lamp ${id}`, board, 'dimmer', { dimmer }),
    ]),
  ];
}

type SignalsFile = {
  readonly signal: readonly SignalConfig[];
  readonly lamp: readonly LampConfig[];
};

/** What the schema cannot say: which keys a driver needs, and which are of another one. */
export function signalProblems({ signal, lamp }: SignalsFile): string[] {
  return [
    ...signal.flatMap((each) => [
      ...strayKeys(`signal ${each.id}`, each, SIGNAL_KEYS[each.driver], each.driver),
      ...neededBySignal(each),
    ]),
    ...lamp.flatMap((each) => [
      ...strayKeys(`lamp ${each.id}`, each, LAMP_KEYS[each.driver], each.driver),
      ...neededByLamp(each),
    ]),
  ];
}

const SIGNAL_KEYS = {
  relay: ['board', 'green', 'amber', 'red', 'buzzer', 'burnsAtRest', 'atStop'],
  sound: ['device', 'languages', 'idlePrompt', 'volume', 'night', 'folder'],
  sim: [],
} as const;

const LAMP_KEYS = { relay: ['board', 'output', 'dimmer'], sim: ['dimmer', 'output'] } as const;

function neededBySignal(signal: SignalConfig): string[] {
  const { id, driver, board, green, red, buzzer, device } = signal;
  const key = `signal ${id}`;
  if (driver === 'sound' && device === undefined) {
    return [`${key}.device: missing; one of those that \`aplay -L\` lists, plughw:CARD=...`];
  }
  if (driver !== 'relay') return [];
  const problems: string[] = [];
  if (board === undefined) problems.push(`${key}.board: missing; the id of a [[board]]`);
  if ((green === undefined) !== (red === undefined)) {
    problems.push(`${key}: green and red belong together: one alone leaves people to guess`);
  }
  if (green === undefined && buzzer === undefined) {
    problems.push(`${key}: expected green and red, or buzzer, or all three`);
  }
  const unfitted = (signal.burnsAtRest ?? []).filter((light) => signal[light] === undefined);
  return [...problems, ...unfitted.map((light) => `${key}.burnsAtRest: there is no ${light}`)];
}

function neededByLamp({ id, driver, board, output, dimmer }: LampConfig): string[] {
  if (driver === 'sim') return [];
  const problems: string[] = [];
  if (board === undefined) problems.push(`lamp ${id}.board: missing; the id of a [[board]]`);
  if ((output === undefined) === (dimmer === undefined)) {
    problems.push(`lamp ${id}: expected either output (on and off) or dimmer`);
  }
  return problems;
}

function strayKeys(
  key: string,
  device: object,
  allowed: readonly string[],
  driver: string,
): string[] {
  return Object.keys(device)
    .filter((name) => name !== 'id' && name !== 'driver' && !allowed.includes(name))
    .map((name) => `${key}.${name}: driver "${driver}" has no such key`);
}

function used(
  key: string,
  board: string,
  kind: BoardUse['kind'],
  channels: Readonly<Record<string, number | undefined>>,
): BoardUse[] {
  return Object.entries(channels).flatMap(([name, channel]) =>
    channel === undefined ? [] : [{ key: `${key}.${name}`, board, kind, channel }],
  );
}
