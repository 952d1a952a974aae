import { toHex } from '../../kernel/bytes.ts';
import type { Failure, HubCalls } from '../line/hub-calls.ts';
import { CasesAnswer, type CasesRequest } from '../protocol/wire.ts';

/** As many as are held at a station's lanes at once, and far more. */
const HELD_MAX = 64;
const KNOWN_MAX = 256;

type Deps = {
  readonly calls: Pick<HubCalls, 'postJson'>;
  readonly journal: {
    readonly epochs: () => readonly { readonly epoch: Uint8Array; readonly first: number }[];
  };
  /** Sequences of the passages that a lane holds as stops now, recorded ones only. */
  readonly heldStops: () => readonly number[];
};

/** Codes of the cases that held stops have opened at the hub: asked for while an officer may want to read them out. */
export class CaseCodes {
  readonly #deps: Deps;
  readonly #codes = new Map<number, string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Null while the hub has not said: the passage is not there yet, or there is no line. */
  code(passage: number): string | null {
    return this.#codes.get(passage) ?? null;
  }

  /** Asks for those that are missing; nothing is asked while none is. */
  async ask(signal: AbortSignal): Promise<Failure | null> {
    const { calls, heldStops } = this.#deps;
    const missing = heldStops().filter((passage) => !this.#codes.has(passage));
    const passages = missing.slice(0, HELD_MAX).flatMap((sequence) => {
      const epoch = this.#epochOf(sequence);
      return epoch === null ? [] : [{ epoch, sequence }];
    });
    if (passages.length === 0) return null;
    const body: CasesRequest = { passages };
    const reply = await calls.postJson('/v1/cases', body, CasesAnswer, signal);
    if (reply.kind !== 'ok') return reply;
    for (const { epoch, sequence, code } of reply.value.cases) {
      if (passages.some((asked) => asked.sequence === sequence && asked.epoch === epoch)) {
        this.#keep(sequence, code);
      }
    }
    return null;
  }

  #keep(sequence: number, code: string): void {
    this.#codes.set(sequence, code);
    const [oldest] = this.#codes.keys();
    if (this.#codes.size > KNOWN_MAX && oldest !== undefined) this.#codes.delete(oldest);
  }

  #epochOf(sequence: number): string | null {
    const epoch = this.#deps.journal.epochs().findLast(({ first }) => first <= sequence);
    return epoch === undefined ? null : toHex(epoch.epoch);
  }
}
