import type { Instant, LaneEffect, LaneEntry, LaneTold } from './lane-input.ts';
import type { LaneSettings } from './lane-settings.ts';
import type { LaneState, Passage } from './lane-state.ts';

/**
 * One step of a lane while it is being worked out: the state so far and the effects asked for. Lives only within
 * `stepLane`; states themselves never change.
 */
export class Turn {
  readonly at: Instant;
  readonly settings: LaneSettings;
  readonly effects: LaneEffect[] = [];
  /** Somebody was decided, so the outside is told again even when the answer is the same as for the one before. */
  announce = false;
  #state: LaneState;

  constructor(state: LaneState, at: Instant, settings: LaneSettings) {
    this.#state = state;
    this.at = at;
    this.settings = settings;
  }

  get state(): LaneState {
    return this.#state;
  }

  set(patch: Partial<LaneState>): void {
    this.#state = { ...this.#state, ...patch };
  }

  passage(ordinal: number | null): Passage | null {
    return this.#state.passages.find((passage) => passage.ordinal === ordinal) ?? null;
  }

  /** Puts a changed passage in the place of the one with its ordinal, or a new one last. */
  put(passage: Passage): Passage {
    const { passages } = this.#state;
    const known = passages.some(({ ordinal }) => ordinal === passage.ordinal);
    this.set({
      passages: known
        ? passages.map((other) => (other.ordinal === passage.ordinal ? passage : other))
        : [...passages, passage],
    });
    return passage;
  }

  remove(ordinal: number): void {
    const { passages, inView, front, undo } = this.#state;
    this.set({
      passages: passages.filter((passage) => passage.ordinal !== ordinal),
      inView: inView.map((seen) => (seen.ordinal === ordinal ? { ...seen, ordinal: null } : seen)),
      front: front === ordinal ? null : front,
      undo: undo?.ordinal === ordinal ? null : undo,
    });
  }

  effect(effect: LaneEffect): void {
    this.effects.push(effect);
  }

  record(entry: LaneEntry): void {
    this.effects.push({ kind: 'record', entry });
  }

  tell(told: LaneTold): void {
    this.effects.push({ kind: 'tell', told });
  }
}
