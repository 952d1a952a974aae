import type { BarrierEvent, BarrierInput } from '../ports/barrier.ts';
import type { LaneInput } from './lane-input.ts';
import type { LaneSettings } from './lane-settings.ts';

/** What a barrier feels, as its lane takes it. Faults of its line are the devices' matter. */
export class BarrierInputs {
  readonly #clear: LaneSettings['clear'];
  readonly #onLoop = new Map<BarrierInput, boolean>();

  constructor({ clear }: Pick<LaneSettings, 'clear'>) {
    this.#clear = clear;
  }

  /** Null where the lane has nothing to do about it. */
  of(event: BarrierEvent): LaneInput | null {
    if (event.kind === 'moved') return { kind: 'barrier', alarm: 'moved', on: true };
    if (event.kind !== 'input') return null;
    const { input: felt, on } = event;
    if (felt === 'emergency' || felt === 'tamper') return { kind: 'barrier', alarm: felt, on };
    const left = this.#onLoop.get(felt) === true && !on;
    this.#onLoop.set(felt, on);
    if (!left || this.#clear !== 'loop') return null;
    if (felt === 'closing') return { kind: 'crossing' };
    // With a loop under the arm the one before it does not count.
    return this.#onLoop.has('closing') ? null : { kind: 'left-lane' };
  }
}
