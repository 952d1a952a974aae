import type { CardChannel } from '../../../src/chip/card-channel.ts';
import { DeviceFault } from '../../../src/kernel/errors.ts';
import type { CardFault, FaultKind } from './card-fault.ts';
import type { CardSpec } from './card-spec.ts';
import { Chip } from './chip.ts';
import type { Random } from './chip-answer.ts';

/** Waits so many milliseconds; needed only for faults and penalties that take time. */
export type Wait = (milliseconds: number) => Promise<void>;

const NO_WAIT: Wait = () => Promise.resolve();
const MAC_END = 3;

/**
 * A travel document's chip, and the reader it lies on, in memory. Everything a chip computes is computed; nothing of the
 * terminal's protocol code is used.
 */
export class EmulatedCard implements CardChannel {
  readonly #spec: CardSpec;
  readonly #random: Random;
  readonly #wait: Wait;
  #chip: Chip;
  #apdus = 0;
  /** Wrong passwords since the last right one: outlives a reset. */
  #failures = 0;
  #away = false;
  #returned = false;
  #endMuteCommand: ((fault: DeviceFault) => void) | null = null;

  constructor(spec: CardSpec, random: Random, wait: Wait = NO_WAIT) {
    this.#spec = spec;
    this.#random = random;
    this.#wait = wait;
    this.#chip = new Chip(spec, random);
  }

  /** How many commands were sent to it. */
  get apdus(): number {
    return this.#apdus;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    this.#refuseWhenAway();
    const before = this.#apdus++;
    const active = <Kind extends FaultKind>(kind: Kind) => this.#activeFault(kind, before);
    if (active('pull')) this.#away = !this.#returned;
    this.#refuseWhenAway();
    if (active('mute')) return this.#neverAnswer();
    const slow = active('slow');
    if (slow) await this.#wait(slow.milliseconds);
    const endless = active('endless');
    if (endless) return Uint8Array.from(endless.empty ? [0x61, 0xff] : [0x00, 0x61, 0xff]);
    this.#chip.readOff = active('read-length')?.by ?? 0;
    const answer = Uint8Array.from(this.#chip.answer(command));
    await this.#payForFailures();
    const secured = ((command[0] ?? 0) & 0x0c) === 0x0c;
    if (active('wrong-mac') && secured && answer.length > MAC_END) flipBit(answer, -MAC_END);
    return answer.subarray(0, active('truncated')?.bytes ?? answer.length);
  }

  /** Power off and on. */
  reset(): void {
    this.#chip = new Chip(this.#spec, this.#random);
    this.#endMuteCommand?.(new DeviceFault('the card was reset while it was to answer'));
    this.#endMuteCommand = null;
    const pull = this.#spec.faults.find(({ kind }) => kind === 'pull');
    if (this.#away && pull?.kind === 'pull' && pull.returns) {
      this.#away = false;
      this.#returned = true;
    }
  }

  #activeFault<Kind extends FaultKind>(
    kind: Kind,
    apdusBefore: number,
  ): Extract<CardFault, { kind: Kind }> | undefined {
    return this.#spec.faults.find(
      (fault): fault is Extract<CardFault, { kind: Kind }> =>
        fault.kind === kind && apdusBefore >= fault.afterApdus,
    );
  }

  #refuseWhenAway(): void {
    if (this.#away) throw new DeviceFault('there is no card on the reader: present it again');
  }

  #neverAnswer(): Promise<never> {
    return new Promise((_, reject) => {
      this.#endMuteCommand = reject;
    });
  }

  async #payForFailures(): Promise<void> {
    const { access } = this.#chip;
    if (access === null) return;
    const { freeFailures, penaltyMs } = this.#spec.manners;
    const penalties = Math.max(0, this.#failures - freeFailures + 1);
    this.#failures = access ? 0 : this.#failures + 1;
    if (penalties > 0) await this.#wait(penalties * penaltyMs);
  }
}

function flipBit(bytes: Uint8Array, index: number): void {
  const at = bytes.length + index;
  bytes[at] = (bytes[at] ?? 0) ^ 0x01;
}
