import { backoffDelayMs } from '../../src/kernel/backoff.ts';
import { DeviceFault } from '../../src/kernel/errors.ts';
import type { CardConnection, InsertedCard } from '../../src/ports/card-reader.ts';
import type { PcscHost } from './pcsc-host.ts';
import type { CardCommand, CommandResult, Failure, SlotState } from './pcsc-messages.ts';
import type { Outcome } from './pcsc-session.ts';

/** What may be over in a moment: another program is done, a card that lay at the edge of the field is moved. */
const PASSES: ReadonlySet<Failure> = new Set<Failure>(['busy', 'unresponsive']);
const RETRY = { delayMsMin: 20, delayMsMax: 250 };
const DISCONNECT_MS_MAX = 1_000;
const STATUS_WORD_BYTES = 2;

const ADVICE: Record<Failure, string> = {
  busy: 'another program keeps the card: stop it',
  'no-card': 'there is no card any more: lay it down again',
  unresponsive: 'the card does not answer the reader: turn it, lay it flat, or try another one',
  'no-reader': 'the reader is gone: look at its cable',
  'no-service': 'pcscd is gone: it is looked for again',
  refused: 'pcscd refused: look at its log (journalctl -u pcscd)',
};

/** One insertion of a card into a slot of pcscd. */
export class PcscInsertion implements InsertedCard {
  readonly slot: string;
  readonly atr: Uint8Array;
  readonly #host: PcscHost;
  readonly #life: number;
  readonly #insertion: number;
  readonly #ended = new AbortController();
  /** Aborts when the connection that is open, or is being given back, is no more. */
  #held: AbortController | undefined;

  constructor(host: PcscHost, life: number, insertion: number, { name, atr }: SlotState) {
    this.slot = name;
    this.atr = atr;
    this.#host = host;
    this.#life = life;
    this.#insertion = insertion;
  }

  /** The card was taken away. */
  end(): void {
    this.#ended.abort();
  }

  /** Waits for an open connection of ours to be closed, and retries while another program has the card or it does not answer. */
  async connect(deadlineMs: number): Promise<CardConnection> {
    const { clock, random } = this.#host;
    const untilMs = clock.monoMs() + deadlineMs;
    let lastFailure: CommandResult | undefined;
    for (let attempt = 0; ; attempt++) {
      if (this.#ended.signal.aborted) throw this.#fault('no-card', 'it was taken away');
      const leftMs = untilMs - clock.monoMs();
      if (leftMs <= 0) throw this.#notInTime(deadlineMs, lastFailure);
      if (this.#held !== undefined) {
        await clock.sleep(leftMs, AbortSignal.any([this.#held.signal, this.#ended.signal]));
        continue;
      }
      const held = new AbortController();
      this.#held = held;
      const outcome = await this.#command({ kind: 'connect', ...this.#address }, leftMs);
      if (outcome.kind === 'done') return this.#connection(held);
      if (outcome.kind === 'late') {
        void outcome.ended.then(() => this.#release(held));
        continue;
      }
      this.#letGo(held);
      if (!PASSES.has(outcome.failure)) throw this.#fault(outcome.failure, outcome.detail);
      lastFailure = outcome;
      const pauseMs = backoffDelayMs(RETRY, attempt, random());
      await clock.sleep(Math.min(pauseMs, untilMs - clock.monoMs()), this.#ended.signal);
    }
  }

  #connection(held: AbortController): CardConnection {
    let isBroken = false;
    let isBlocked = false;
    let closing: Promise<void> | undefined;
    return {
      transmit: async (apdu, deadlineMs) => {
        if (isBroken || closing !== undefined) {
          throw new DeviceFault('this connection to the card has ended: connect again');
        }
        const command: CardCommand = { kind: 'transmit', ...this.#address, apdu };
        const outcome = await this.#command(command, deadlineMs);
        if (outcome.kind === 'done' && outcome.response.length >= STATUS_WORD_BYTES) {
          return outcome.response;
        }
        isBroken = true;
        isBlocked = outcome.kind === 'late';
        throw this.#transmitFault(outcome, deadlineMs);
      },
      close: () => {
        closing ??= this.#release(held);
        // It is given back once its last command has ended, and nobody need wait for that.
        return isBlocked ? Promise.resolve() : closing;
      },
    };
  }

  /** Resolves when the card is given back, or that takes too long: then it is still held until it is. */
  async #release(held: AbortController): Promise<void> {
    const command: CardCommand = { kind: 'disconnect', ...this.#address };
    const outcome = await this.#command(command, DISCONNECT_MS_MAX);
    if (outcome.kind === 'late') void outcome.ended.then(() => this.#letGo(held));
    else this.#letGo(held);
  }

  #letGo(held: AbortController): void {
    if (this.#held === held) this.#held = undefined;
    held.abort();
  }

  #command(command: CardCommand, deadlineMs: number): Promise<Outcome> {
    return this.#host.command(this.#life, command, deadlineMs);
  }

  get #address(): { readonly slot: string; readonly insertion: number } {
    return { slot: this.slot, insertion: this.#insertion };
  }

  #transmitFault(outcome: Outcome, deadlineMs: number): DeviceFault {
    switch (outcome.kind) {
      case 'done':
        return this.#fault('refused', `an answer of ${outcome.response.length} byte, 2 at least`);
      case 'failed':
        return this.#fault(outcome.failure, outcome.detail);
      case 'late':
        return new DeviceFault(
          `no answer from the card in ${this.slot} within ${deadlineMs} ms: lay it down again, and try another one`,
        );
      default:
        return outcome satisfies never;
    }
  }

  #notInTime(deadlineMs: number, last: CommandResult | undefined): DeviceFault {
    const advice =
      last?.kind === 'failed'
        ? ADVICE[last.failure]
        : 'its last command has not ended: take the card away';
    return new DeviceFault(
      `the card in ${this.slot} could not be had within ${deadlineMs} ms: ${advice}`,
    );
  }

  #fault(failure: Failure, detail: string): DeviceFault {
    return new DeviceFault(`card in ${this.slot}: ${ADVICE[failure]} (${detail})`);
  }
}
