import type { PcscSlot } from './native-pcsclite.ts';
import { failureOfMessage } from './pcsc-code.ts';
import {
  type CardCommand,
  type CommandResult,
  type Failure,
  RESPONSE_BYTES_MAX,
  type SlotState,
  shortDetail,
} from './pcsc-messages.ts';

/** winscard.h. The upper 16 bits of a state count insertions and removals. */
const STATE = { unknown: 0x4, unavailable: 0x8, present: 0x20, exclusive: 0x80, inUse: 0x100 };
const EXCLUSIVE = 1;
const DISPOSITION = { reset: 1, unpower: 2 };
const NOTHING = new Uint8Array(0);

/** One slot as the child sees it: what lies in it, and commands to it one after another. */
export class ChildSlot {
  readonly name: string;
  readonly #connector: PcscSlot;
  readonly #nextInsertion: () => number;
  #insertion: number | null = null;
  #atr: Uint8Array = NOTHING;
  #eventCount: number | undefined;
  /** Somebody may have used the card since it was laid down. */
  #used = false;
  #protocol: number | undefined;
  #commands: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(connector: PcscSlot, nextInsertion: () => number) {
    this.name = connector.name;
    this.#connector = connector;
    this.#nextInsertion = nextInsertion;
  }

  get state(): SlotState {
    return { name: this.name, insertion: this.#insertion, atr: this.#atr };
  }

  /** True when a card came or went. */
  observe(state: number, atr: Uint8Array | undefined): boolean {
    const before = this.#insertion;
    const eventCount = state >>> 16;
    const isPresent =
      (state & STATE.present) !== 0 && (state & (STATE.unknown | STATE.unavailable)) === 0;
    if (!isPresent) this.#insertion = null;
    else if (before === null || eventCount !== this.#eventCount) {
      // A card that lay there before us may have been used by anybody.
      this.#used = this.#eventCount === undefined;
      this.#insertion = this.#nextInsertion();
      this.#atr = Uint8Array.from(atr ?? NOTHING);
    }
    this.#eventCount = eventCount;
    if ((state & (STATE.inUse | STATE.exclusive)) !== 0 && this.#waiting === 0) {
      this.#used ||= this.#protocol === undefined;
    }
    return this.#insertion !== before;
  }

  /** The reader was unplugged. */
  leave(): void {
    this.#insertion = null;
    this.#eventCount = undefined;
  }

  run(command: CardCommand): Promise<CommandResult> {
    this.#waiting += 1;
    const result = this.#commands.then(async () => {
      try {
        return await this.#carryOut(command);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return failed(failureOfMessage(message), message);
      } finally {
        this.#waiting -= 1;
      }
    });
    this.#commands = result;
    return result;
  }

  async #carryOut(command: CardCommand): Promise<CommandResult> {
    switch (command.kind) {
      case 'connect': {
        if (command.insertion !== this.#insertion) return failed('no-card', 'another insertion');
        await this.#disconnect(DISPOSITION.unpower);
        await this.#connect();
        if (this.#used) {
          await this.#disconnect(DISPOSITION.reset);
          await this.#connect();
        }
        this.#used = false;
        return done(NOTHING);
      }
      case 'transmit': {
        if (this.#protocol === undefined) return failed('no-card', 'not connected');
        const response = await this.#transmit(command.apdu, this.#protocol);
        // A card pulled in mid-command gives no error and no byte.
        return response.length === 0 ? failed('no-card', 'empty answer') : done(response);
      }
      case 'disconnect':
        await this.#disconnect(DISPOSITION.unpower);
        return done(NOTHING);
      default:
        return command satisfies never;
    }
  }

  async #connect(): Promise<void> {
    // The library believes a connection to last until a disconnect succeeds, and would connect no more.
    this.#connector.connected = false;
    this.#protocol = await new Promise<number>((resolve, reject) => {
      this.#connector.connect({ share_mode: EXCLUSIVE }, (error, protocol) => {
        if (error) reject(error);
        else resolve(protocol);
      });
    });
  }

  /** Never rejects: what cannot be given back is gone. */
  #disconnect(disposition: number): Promise<void> {
    if (this.#protocol === undefined) return Promise.resolve();
    this.#protocol = undefined;
    return new Promise((resolve) => this.#connector.disconnect(disposition, () => resolve()));
  }

  #transmit(apdu: Uint8Array, protocol: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#connector.transmit(
        Buffer.from(apdu),
        RESPONSE_BYTES_MAX,
        protocol,
        (error, response) => {
          if (error) reject(error);
          else resolve(response);
        },
      );
    });
  }
}

function done(response: Uint8Array): CommandResult {
  return { kind: 'done', response };
}

export function failed(failure: Failure, detail: string): CommandResult {
  return { kind: 'failed', failure, detail: shortDetail(detail) };
}
