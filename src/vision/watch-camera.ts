import { InputError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { FrameSource, GreyFrame } from '../ports/frame-source.ts';
import { SILENT_COACH, stepCoach } from './coach.ts';
import { type DecodePlan, NOTHING_READ, type Reading } from './decode-job.ts';
import type { DecodeOutcome, DecoderPool } from './decoder-pool.ts';
import { diagnose, EMPTY_VIEW } from './diagnose.ts';
import type { EngineName } from './engine.ts';
import type { FrameMeasures } from './frame-measures.ts';
import { FrameMemory } from './frame-memory.ts';
import type { Region } from './grey-image.ts';
import {
  AT_REST,
  type EffortSettings,
  foremostPlace,
  furnitureOf,
  placeToClimb,
  planPass,
  stepEffort,
} from './plan-effort.ts';
import { leaveAll, NOTHING_TRACKED, stepTracks, type TrackEffect } from './track-codes.ts';
import type { VisionEvent } from './vision-event.ts';

export type WatchOptions = {
  readonly source: FrameSource;
  readonly pool: DecoderPool;
  readonly clock: Clock;
  readonly settings: WatchSettings;
  /** Called with each frame that is looked at, before it is: for the preview, which keeps it in memory only. */
  readonly onFrame: (frame: GreyFrame) => void;
  /** Presentations, hints and the device's own state, in the order in which they happen. */
  readonly onEvent: (event: VisionEvent) => void;
};

export type WatchSettings = EffortSettings & {
  readonly engine: EngineName;
  /** `live`: frames are read while filters still work on an earlier one. `recorded`: each frame gets all it is worth. */
  readonly pace: 'live' | 'recorded';
};

/** One slow frame is nothing; a decoder that fails again and again is a lane without a camera. */
const FAILURES_MAX = 5;
const LUMINANCE_EVERY_MS = 1_000;

/**
 * Tells what a camera's frames hold until `signal` aborts or the source ends. At most two frames are in the decoder: one
 * for a pass, one for filters. The source gives the newest next, so nothing queues.
 */
export async function watchCamera(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const watch = new CameraWatch(options);
  for await (const event of options.source.events(signal)) {
    if (event.kind === 'frame') {
      options.onFrame(event.frame);
      await watch.look(event.frame);
    } else {
      if (event.kind === 'offline') watch.rest();
      options.onEvent(event);
    }
    if (signal.aborted) break;
  }
  await watch.climbed();
}

class CameraWatch {
  readonly #options: WatchOptions;
  readonly #deviceId: string;
  readonly #memory = new FrameMemory();
  #tracks = NOTHING_TRACKED;
  #effort = AT_REST;
  #view = EMPTY_VIEW;
  #coach = SILENT_COACH;
  #luminanceAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #climb = Promise.resolve();
  #isClimbing = false;
  /** What filters find in a frame from before an outage is not told after it. */
  #outages = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#deviceId = options.source.deviceId;
  }

  /** Nobody sees what happens now: presentations and hints end. */
  rest(): void {
    const [tracks, effects] = leaveAll(this.#tracks);
    this.#outages += 1;
    this.#tracks = tracks;
    this.#effort = AT_REST;
    this.#view = EMPTY_VIEW;
    this.#memory.clear();
    for (const effect of effects) this.#tell(effect, 0);
    if (this.#coach.hint !== null) {
      this.#options.onEvent({ kind: 'hint', deviceId: this.#deviceId, hint: null });
    }
    this.#coach = SILENT_COACH;
  }

  async look(frame: GreyFrame): Promise<void> {
    const { settings } = this.#options;
    const effort = planPass(this.#effort, settings, frame.atMonoMs);
    await this.#decode(frame, { effort, focus: null, earlier: null });
    const focus = placeToClimb(this.#effort, this.#tracks, frame, frame.atMonoMs);
    if (focus !== null && !this.#isClimbing) {
      await this.climbed();
      this.#climb = this.#climbAt(frame, focus);
      // Told when it is awaited: by the next climb or the end.
      this.#climb.catch(() => {});
    }
    this.#memory.keep(frame, foremostPlace(this.#effort, frame.atMonoMs));
    if (settings.pace === 'recorded') await this.climbed();
  }

  /** Resolves once no filters work any more; rejects with their fault. */
  climbed(): Promise<void> {
    return this.#climb;
  }

  async #climbAt(frame: GreyFrame, focus: Region): Promise<void> {
    this.#isClimbing = true;
    try {
      const earlier = this.#memory.recall(focus);
      await this.#decode(frame, { effort: 'deep', focus, earlier });
    } finally {
      this.#isClimbing = false;
    }
  }

  async #decode(
    frame: GreyFrame,
    { effort, focus, earlier }: Pick<DecodePlan, 'effort' | 'focus' | 'earlier'>,
  ): Promise<void> {
    const { clock, settings, pool } = this.#options;
    const { atMonoMs } = frame;
    const outages = this.#outages;
    const outcome = await tryDecode(pool, frame, {
      effort,
      focus,
      earlier,
      furniture: furnitureOf(this.#effort, atMonoMs),
      budgetMs: settings.deepBudgetMs,
      engine: settings.engine,
    });
    if (outages !== this.#outages) return;
    this.#countFailure(outcome);
    const reading = outcome.kind === 'read' ? outcome.reading : NOTHING_READ;
    this.#effort = stepEffort(this.#effort, { effort, focus }, reading, frame, atMonoMs);
    const [tracks, effects] = stepTracks(this.#tracks, reading.codes, atMonoMs);
    this.#tracks = tracks;
    for (const effect of effects) this.#tell(effect, atMonoMs);
    const nowMs = clock.monoMs();
    this.#coachOn(reading, frame, nowMs);
    this.#tellLuminance(reading.measures, nowMs);
  }

  #countFailure(outcome: DecodeOutcome): void {
    const { clock, onEvent } = this.#options;
    const deviceId = this.#deviceId;
    const atMs = clock.wallMs();
    if (outcome.kind === 'read') {
      if (this.#failures >= FAILURES_MAX) onEvent({ kind: 'online', deviceId, atMs });
      this.#failures = 0;
      return;
    }
    if (outcome.reason === 'closed') return;
    this.#failures += 1;
    if (this.#failures !== FAILURES_MAX) return;
    const detail = [outcome.message];
    onEvent({ kind: 'offline', deviceId, atMs, reason: 'vision.decoder', detail });
  }

  #tell(effect: TrackEffect, frameAtMonoMs: number): void {
    const { clock, onEvent } = this.#options;
    const deviceId = this.#deviceId;
    if (effect.kind === 'code-left') onEvent({ ...effect, deviceId });
    else onEvent({ ...effect, deviceId, frameAtMonoMs, decodedAtMonoMs: clock.monoMs() });
  }

  #coachOn(reading: Reading, frame: GreyFrame, nowMs: number): void {
    const read = reading.codes.length === 1;
    // Without measures there is nothing new to say, except that all is well.
    if (reading.measures === null && !read) return;
    let reasons: Parameters<typeof stepCoach>[1]['reasons'] = [];
    if (reading.measures !== null) {
      [this.#view, reasons] = diagnose(this.#view, reading, reading.measures, frame, nowMs);
    }
    const before = this.#coach.hint;
    this.#coach = stepCoach(this.#coach, { reasons, read }, nowMs);
    const { hint } = this.#coach;
    if (hint !== before) this.#options.onEvent({ kind: 'hint', deviceId: this.#deviceId, hint });
  }

  #tellLuminance(measures: FrameMeasures | null, nowMs: number): void {
    if (measures === null || nowMs - this.#luminanceAtMs < LUMINANCE_EVERY_MS) return;
    this.#luminanceAtMs = nowMs;
    const { mean } = measures;
    this.#options.onEvent({ kind: 'luminance', deviceId: this.#deviceId, mean });
  }
}

async function tryDecode(
  pool: DecoderPool,
  frame: GreyFrame,
  plan: DecodePlan,
): Promise<DecodeOutcome> {
  try {
    return await pool.decode(frame, plan);
  } catch (error) {
    if (error instanceof InputError) {
      return { kind: 'failed', reason: 'died', message: error.message };
    }
    throw error;
  }
}
