import type { GreyFrame } from '../ports/frame-source.ts';
import { type CameraWarning, startHealth, stepHealth } from './camera-health.ts';
import { frameSignature } from './frame-signature.ts';
import { isSettled, type LongView } from './long-view.ts';
import type { VisionEvent } from './vision-event.ts';

export type HealthWatchOptions = {
  /** What is known of the view from before; null for a camera that is new. */
  readonly view: LongView | null;
  /** Told when it changes; null: nothing is wrong. */
  readonly onWarning: (warning: CameraWarning | null) => void;
  /** The long view, now and then once it is settled, to be kept over a restart. */
  readonly onView: (view: LongView) => void;
};

/** A frame in this time is looked at; the others cost nothing. */
const LOOK_EVERY_MS = 500;
const KEEP_EVERY_MS = 15 * 60_000;

/** Follows what one camera sees, and says what is wrong with it. */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  #state;
  #nextLookMs = Number.NEGATIVE_INFINITY;
  #keptAtMs = Number.NEGATIVE_INFINITY;
  #read = 0;
  #tries = 0;
  #isHinting = false;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
    this.#state = startHealth(options.view);
  }

  /** With every frame; nothing of it is kept. */
  frame(frame: GreyFrame): void {
    const nowMs = frame.atMonoMs;
    if (nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + LOOK_EVERY_MS;
    const { told, view: before } = this.#state;
    const input = { signature: frameSignature(frame), read: this.#read, tries: this.#tries, nowMs };
    this.#state = stepHealth(this.#state, input);
    this.#read = 0;
    this.#tries = 0;
    if (this.#state.told !== told) this.#options.onWarning(this.#state.told);
    if (this.#state.view !== before) this.#keep(nowMs);
  }

  /** What the decoder makes of the frames: codes read, and people whose code is seen and not read. */
  vision(event: VisionEvent): void {
    if (event.kind === 'code-shown') this.#read += 1;
    if (event.kind === 'hint') {
      const isHinting = event.hint !== null && event.hint !== 'no-code';
      if (isHinting && !this.#isHinting && event.hint !== 'several-codes') this.#tries += 1;
      this.#isHinting = isHinting;
    }
    if (event.kind === 'offline') this.#rest();
  }

  /** A camera that is out has no other fault; afterwards it is looked at anew, with what is known of its view. */
  #rest(): void {
    if (this.#state.told !== null) this.#options.onWarning(null);
    this.#state = startHealth(this.#state.view);
    this.#nextLookMs = Number.NEGATIVE_INFINITY;
    this.#isHinting = false;
  }

  #keep(nowMs: number): void {
    const { view } = this.#state;
    if (view === null || !isSettled(view) || nowMs - this.#keptAtMs < KEEP_EVERY_MS) return;
    this.#keptAtMs = nowMs;
    this.#options.onView(view);
  }
}
