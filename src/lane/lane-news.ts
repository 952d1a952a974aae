import type { Verdict } from '../rules/verdict.ts';
import type { JournalTold } from './journal-keeper.ts';
import type { LaneTold } from './lane-input.ts';
import type { Recent } from './lane-state.ts';
import type { Source } from './lane-words.ts';

/** Everything a lane tells besides its snapshot and its outcomes; never a personal field. */
export type LaneEvent =
  | LaneTold
  | JournalTold
  | { readonly event: 'barrier-opened' }
  | { readonly event: 'barrier-fault' }
  /** Somebody who looks on failed: a bug, but not the lane's. */
  | { readonly event: 'listener-fault' }
  | { readonly event: 'signal-fault'; readonly deviceId: string }
  | {
      readonly event: 'decided';
      readonly ordinal: number;
      readonly verdict: Verdict['kind'];
      readonly reasons: readonly string[];
      readonly source: Source;
      readonly test: boolean;
      readonly tookMs: number;
    };

/**
 * Who looks on. Told only between two steps of the lane, so that a listener that fails, or that acts on the lane itself,
 * never stands between a record and its barrier.
 */
export class LaneNews {
  readonly changed = new Set<() => void>();
  readonly ended = new Set<(row: Recent) => void>();
  readonly told = new Set<(event: LaneEvent) => void>();
  #pending: (() => void)[] = [];

  change(): void {
    for (const listener of this.changed) this.#pending.push(() => listener());
  }

  end(row: Recent): void {
    for (const listener of this.ended) this.#pending.push(() => listener(row));
  }

  tell(event: LaneEvent): void {
    for (const listener of this.told) this.#pending.push(() => listener(event));
  }

  /** A listener that fails is told to the others as `listener-fault`, once, and otherwise passed over. */
  deliver(): void {
    const pending = this.#pending;
    this.#pending = [];
    let failed = false;
    for (const tell of pending) failed = !attempt(tell) || failed;
    if (!failed) return;
    for (const listener of this.told) attempt(() => listener({ event: 'listener-fault' }));
  }
}

function attempt(tell: () => void): boolean {
  try {
    tell();
    return true;
  } catch {
    return false;
  }
}
