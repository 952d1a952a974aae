import {
  LAMP_AT_REST,
  type LampSample,
  stepDimmedLamp,
  stepSwitchedLamp,
} from '../lane/reading-lamp.ts';
import type { Clock } from '../ports/clock.ts';
import type { GreyFrame } from '../ports/frame-source.ts';
import type { Lamp } from '../ports/lamp.ts';
import { frameLuminance } from '../vision/frame-signature.ts';
import type { VisionEvent } from '../vision/vision-event.ts';

/** Light changes slowly, and a lamp takes its time too. */
const LOOK_MS = 200;
/** After the last sign of somebody. */
const LINGER_MS = 10_000;
/** A step that nobody sees is not worth an order. */
const STEP_MIN = 0.02;

export type LaneLampDeps = {
  readonly lamp: Lamp;
  readonly clock: Clock;
  /** A closed lane reads nothing. */
  readonly isClosed: () => boolean;
  readonly onBug: (error: unknown) => void;
};

/** Keeps a lane's reading lamp as its camera needs it. The lamp itself tells whether it is there. */
export class LaneLamp {
  readonly #deps: LaneLampDeps;
  #state = LAMP_AT_REST;
  #camera: string | null = null;
  #hint: string | null = null;
  #somebodyUntilMonoMs = 0;
  #lookAtMonoMs = 0;
  #ordered = 0;
  #isOrdering = false;

  constructor(deps: LaneLampDeps) {
    this.#deps = deps;
  }

  /** With every frame of the lane's cameras; the first camera that gives one is the one the lamp is for. */
  frame(deviceId: string, frame: GreyFrame): void {
    this.#camera ??= deviceId;
    const monoMs = this.#deps.clock.monoMs();
    if (deviceId !== this.#camera || monoMs < this.#lookAtMonoMs) return;
    this.#lookAtMonoMs = monoMs + LOOK_MS;
    const mean = 255 * frameLuminance(frame);
    this.#step({ monoMs, mean, glare: this.#hint === 'glare', need: this.#need(monoMs) });
  }

  vision(event: VisionEvent): void {
    if (event.deviceId !== this.#camera) return;
    const { clock } = this.#deps;
    if (event.kind === 'offline') {
      // Nothing is seen by this light; the next frame begins anew.
      this.#camera = null;
      this.#hint = null;
      this.#step({ monoMs: clock.monoMs(), mean: 0, glare: false, need: 'none' });
    }
    if (event.kind === 'hint') this.#hint = event.hint;
    if (event.kind === 'hint' || event.kind === 'code-shown' || event.kind === 'code-left') {
      this.#somebodyUntilMonoMs = clock.monoMs() + LINGER_MS;
    }
  }

  #need(monoMs: number): LampSample['need'] {
    if (this.#deps.isClosed()) return 'none';
    return this.#hint !== null || monoMs < this.#somebodyUntilMonoMs ? 'reading' : 'rest';
  }

  #step(sample: LampSample): void {
    const step = this.#deps.lamp.dims ? stepDimmedLamp : stepSwitchedLamp;
    this.#state = step(this.#state, sample);
    if (!this.#isOrdering) void this.#order();
  }

  /** One order at a time, the newest level next. */
  async #order(): Promise<void> {
    const { lamp, onBug } = this.#deps;
    this.#isOrdering = true;
    try {
      while (isWorthwhile(this.#ordered, this.#state.level)) {
        this.#ordered = this.#state.level;
        // A fault is told by the lamp, which shines as it should once it is back.
        await lamp.shine(this.#ordered, NEVER).catch((error: unknown) => {
          if (!(error instanceof Error) || error.name !== 'DeviceFault') onBug(error);
        });
      }
    } finally {
      this.#isOrdering = false;
    }
  }
}

const NEVER = new AbortController().signal;

function isWorthwhile(ordered: number, level: number): boolean {
  if (ordered === level) return false;
  return Math.abs(ordered - level) >= STEP_MIN || level === 0 || ordered === 0;
}
