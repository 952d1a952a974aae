import { createConnection, type Socket } from 'node:net';
import type { CardChannel } from '../../../src/chip/card-channel.ts';
import { DeviceFault } from '../../../src/kernel/errors.ts';
import { CONTROL, encodeFrame, FrameReader } from './vpcd-frames.ts';

/** `Vietnam ID Card` in the public list of answers to reset. */
export const CCCD_ATR: Uint8Array = Buffer.from(
  '3b9f96c00a31fe45754a6176656c696e2d4f5320312e3051',
  'hex',
);

/** pulled: by us, or by the card's own fault; reader-gone: vpcd closed or broke; garbled: it sent what no vpcd sends. */
export type VpcdEnd = 'pulled' | 'reader-gone' | 'garbled';

export type VpcdOptions = {
  readonly host: string;
  /** vpcd's first reader listens on 35963, its second on 35964. */
  readonly port: number;
  readonly card: CardChannel & { reset(): void };
  readonly atr: Uint8Array;
};

/** vpcd sends one command and waits for its answer. */
const WAITING_COMMANDS_MAX = 4;

/**
 * Puts a card into a virtual reader of pcscd: a TCP client of vsmartcard's vpcd. Rejects with DeviceFault when nobody listens
 * there.
 */
export async function insertCard(options: VpcdOptions): Promise<VpcdCard> {
  const socket = createConnection({ host: options.host, port: options.port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) =>
      reject(
        new DeviceFault(
          `no vpcd listens on ${options.host}:${options.port}: start pcscd with vsmartcard-vpcd`,
          { cause },
        ),
      ),
    );
  });
  return new VpcdCard(socket, options);
}

/** A card in a virtual reader, until it is pulled. */
export class VpcdCard {
  readonly #socket: Socket;
  readonly #card: VpcdOptions['card'];
  readonly #atr: Uint8Array;
  readonly #frames = new FrameReader();
  readonly #ended: Promise<VpcdEnd>;
  #end: VpcdEnd = 'reader-gone';
  #mistake: { readonly error: unknown } | null = null;
  #answering: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Counts power-ups: what was asked before the last is not answered. */
  #life = 0;

  constructor(socket: Socket, { card, atr }: Pick<VpcdOptions, 'card' | 'atr'>) {
    this.#socket = socket;
    this.#card = card;
    this.#atr = atr;
    this.#ended = new Promise((resolve, reject) => {
      socket.once('close', () => {
        card.reset();
        if (this.#mistake === null) resolve(this.#end);
        else reject(this.#mistake.error);
      });
    });
    // An error is followed by `close`, which tells.
    socket.on('error', () => undefined);
    socket.on('data', (segment: Uint8Array) => this.#receive(segment));
  }

  /** Why and when it ended. Rejects only with what a card threw that is no DeviceFault: a mistake in its programme. */
  get ended(): Promise<VpcdEnd> {
    return this.#ended;
  }

  /** Takes the card out of the reader; resolves when it is. */
  async pull(): Promise<void> {
    this.#close('pulled');
    await this.#ended;
  }

  #close(end: VpcdEnd): void {
    if (this.#socket.destroyed) return;
    this.#end = end;
    this.#socket.destroy();
  }

  #receive(segment: Uint8Array): void {
    for (const body of this.#frames.push(segment)) {
      if (this.#socket.destroyed) return;
      if (body.length === 0) this.#close('garbled');
      else if (body.length === 1) this.#control(body[0] ?? 0);
      else this.#enqueue(Uint8Array.from(body));
    }
  }

  #control(code: number): void {
    switch (code) {
      case CONTROL.atr:
        this.#socket.write(encodeFrame(this.#atr));
        return;
      case CONTROL.off:
      case CONTROL.on:
      case CONTROL.reset:
        this.#life++;
        this.#card.reset();
        return;
      default:
        this.#close('garbled');
    }
  }

  #enqueue(command: Uint8Array): void {
    if (this.#waiting >= WAITING_COMMANDS_MAX) {
      this.#close('garbled');
      return;
    }
    this.#waiting++;
    const life = this.#life;
    this.#answering = this.#answering.then(async () => {
      await this.#answer(command, life);
      this.#waiting--;
    });
  }

  async #answer(command: Uint8Array, life: number): Promise<void> {
    const stale = () => this.#socket.destroyed || life !== this.#life;
    if (stale()) return;
    try {
      const frame = encodeFrame(await this.#card.transmit(command));
      if (!stale()) this.#socket.write(frame);
    } catch (error) {
      if (!(error instanceof DeviceFault)) this.#mistake = { error };
      else if (stale()) return;
      this.#close('pulled');
    }
  }
}
