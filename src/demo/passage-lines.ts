import type { DecidedLine } from './round.ts';

/** So long after the first answer a card may still be laid down. */
const CARD_MAY_COME_MS = 1_500;

type Pending = { readonly ordinal: number; readonly sinceMonoMs: number; line: DecidedLine };

/** One line a passage, in their order, told once nobody is reading the card that goes with it. */
export class PassageLines {
  readonly #pending: Pending[] = [];

  decided(ordinal: number, line: DecidedLine, monoMs: number): void {
    this.#pending.push({ ordinal, line, sinceMonoMs: monoMs });
  }

  amended(ordinal: number, verdict: DecidedLine['verdict'], reasons: readonly string[]): void {
    const passage = this.#pending.find((each) => each.ordinal === ordinal);
    if (passage !== undefined) passage.line = { ...passage.line, verdict, reasons };
  }

  /** Those that are ready. `beingRead`: whose card is. */
  take(monoMs: number, beingRead: number | null): DecidedLine[] {
    const ready: DecidedLine[] = [];
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      if (next.ordinal === beingRead || monoMs - next.sinceMonoMs < CARD_MAY_COME_MS) break;
      this.#pending.shift();
      ready.push(next.line);
    }
    return ready;
  }
}
