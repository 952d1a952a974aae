import type { KeyObject } from 'node:crypto';
import { InputError } from '../../kernel/errors.ts';
import type { SyncLoop } from '../../sync/sync-loop.ts';
import { confirmTime, type TimeWitness } from './confirm-time.ts';
import { withBundle } from './import-stick.ts';
import { type StickAnswer, StickSlip } from './stick-slip.ts';

type Deps = {
  readonly runFolder: string;
  readonly station: string;
  /** `station.x25519`. */
  readonly sealingKey: KeyObject;
  readonly sync: Pick<SyncLoop, 'importBundle'>;
  readonly witness: TimeWitness;
};

/** The daemon's side of `chot sync import`: one bundle at a time, beside everything else. */
export class StickImports {
  readonly #deps: Deps;
  readonly #slip: StickSlip;
  #running: Promise<void> | null = null;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#slip = new StickSlip(deps.runFolder);
  }

  /** To be called every second. */
  look(signal: AbortSignal): void {
    if (this.#running !== null || !this.#slip.isHanded) return;
    this.#running = this.#import(signal).finally(() => {
      this.#running = null;
    });
  }

  async ended(): Promise<void> {
    await this.#running;
  }

  async #import(signal: AbortSignal): Promise<void> {
    let answer: StickAnswer;
    try {
      const { sync, witness } = this.#deps;
      const by = this.#slip.timeBy();
      const outcome = await withBundle(this.#slip.bundle, this.#deps, (bundle) => {
        if (by !== null) confirmTime(witness, by.account);
        return sync.importBundle(bundle, signal);
      });
      answer = { kind: 'done', outcome };
    } catch (error) {
      // Whatever it was, the lane goes on, and who put the stick in is told.
      const message = error instanceof Error ? error.message : String(error);
      answer = { kind: 'failed', isInput: error instanceof InputError, message };
    }
    try {
      this.#slip.answer(answer);
    } catch {
      // A disk that does not take the answer: the bundle is gone from the slip, and the command says that nothing was heard.
    }
  }
}
