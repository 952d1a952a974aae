import type { Clock } from '../../src/ports/clock.ts';
import { SerialLine } from '../serial/serial-line.ts';
import type { BoardProfile } from './board-profile.ts';
import { type Framing, lcusProtocol, modbusProtocol } from './board-protocol.ts';
import { LineBoard } from './line-board.ts';
import { RtuFraming } from './modbus/rtu.ts';
import { TcpNumbers } from './modbus/tcp.ts';
import type { RelayBoard } from './relay-board.ts';
import { SharedLine } from './shared-line.ts';
import { openTcpLink } from './tcp-link.ts';

type Common = {
  readonly deviceId: string;
  readonly profile: BoardProfile;
  /** Channels whose orders go before others'. */
  readonly urgent: readonly number[];
};

export type BoardSettings = Common &
  (
    | { readonly driver: 'lcus'; readonly path: string; readonly baud: number | null }
    | {
        readonly driver: 'modbus-rtu';
        readonly path: string;
        readonly baud: number | null;
        /** Null: the profile's. */
        readonly unit: number | null;
      }
    | {
        readonly driver: 'modbus-tcp';
        readonly host: string;
        readonly port: number;
        readonly unit: number | null;
      }
  );

export type BoardDeps = { readonly clock: Clock; readonly random: () => number };

/** An answer takes 20 ms at 9600 baud; a second miss is told within 2 s, quiet times included. */
const SERIAL = { answerMs: 400, gapMs: 5, quietMs: 250, goneReason: 'board.unplugged' } as const;
const TCP = { answerMs: 600, gapMs: 0, quietMs: 0, goneReason: 'board.unreachable' } as const;

type RtuLine = { readonly line: SharedLine; readonly framing: Framing };

/** The relay boards of one station. Modbus boards with the same path share that line. */
export class OpenBoards {
  readonly #deps: BoardDeps;
  readonly #rtuLines = new Map<string, RtuLine>();

  constructor(deps: BoardDeps) {
    this.#deps = deps;
  }

  open(settings: BoardSettings): RelayBoard {
    switch (settings.driver) {
      case 'lcus': {
        const { profile, path, baud } = settings;
        return this.#board(settings, lcusProtocol(profile), this.#serial(path, baud, profile));
      }
      case 'modbus-rtu': {
        const { line, framing } = this.#rtuLine(settings);
        return this.#board(settings, modbusOf(settings, framing), line);
      }
      case 'modbus-tcp': {
        const { host, port } = settings;
        const name = `${host}:${port}`;
        const { clock } = this.#deps;
        const open = (onBytes: (bytes: Uint8Array) => void) =>
          openTcpLink({ host, port }, clock, onBytes);
        const line = new SharedLine({ ...TCP, name }, open, this.#deps);
        return this.#board(settings, modbusOf(settings, new TcpNumbers()), line);
      }
      default:
        return settings satisfies never;
    }
  }

  #board(
    { deviceId, profile, urgent, driver }: BoardSettings,
    protocol: ConstructorParameters<typeof LineBoard>[1],
    line: SharedLine,
  ): LineBoard {
    const { outputs, inputs, debounceMs } = profile;
    const hasInputs = inputs > 0;
    const resetsLine = driver === 'modbus-tcp';
    return new LineBoard(
      { deviceId, outputs, debounceMs, hasInputs, urgent, resetsLine },
      protocol,
      line,
      this.#deps.clock,
    );
  }

  #rtuLine({ path, baud, profile }: Extract<BoardSettings, { driver: 'modbus-rtu' }>): RtuLine {
    const shared = this.#rtuLines.get(path) ?? {
      line: this.#serial(path, baud, profile),
      framing: new RtuFraming(),
    };
    this.#rtuLines.set(path, shared);
    return shared;
  }

  #serial(path: string, baud: number | null, profile: BoardProfile): SharedLine {
    const settings = {
      ...{ path, baudRate: baud ?? profile.baud },
      ...({ dataBits: 8, parity: 'none', stopBits: 1 } as const),
    };
    return new SharedLine(
      { ...SERIAL, name: path },
      (onBytes) => SerialLine.open(settings, onBytes),
      this.#deps,
    );
  }
}

function modbusOf(
  { profile, unit }: Extract<BoardSettings, { unit: number | null }>,
  framing: Framing,
) {
  if (profile.modbus === null) throw new Error('checked by the configuration: no Modbus profile');
  return modbusProtocol(profile, profile.modbus, framing, unit ?? profile.modbus.unit);
}
