import { InputError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { FrameSource, GreyFrame } from '../ports/frame-source.ts';
import { SILENT_COACH, stepCoach } from './coach.ts';
import { NOTHING_READ, type Reading } from './decode-job.ts';
import type { DecodeOutcome, DecoderPool } from './decoder-pool.ts';
import { diagnose, EMPTY_VIEW } from './diagnose.ts';
import type { EngineName } from './engine.ts';
import type { FrameMeasures } from './frame-measures.ts';
import { FrameMemory } from './frame-memory.ts';
import {
  AT_REST,
  type EffortSettings,
  foremostPlace,
  planEffort,
  stepEffort,
} from './plan-effort.ts';
import { leaveAll, NOTHING_TRACKED, stepTracks, type TrackEffect } from './track-codes.ts';
import type { VisionEvent } from './vision-event.ts';

export type WatchOptions = {
  readonly source: FrameSource;
  readonly pool: DecoderPool;
  readonly clock: Clock;
  readonly settings: EffortSettings & { readonly engine: EngineName };
  /** Called with each frame that is looked at, before it is: for the preview, which keeps it in memory only. */
  readonly onFrame: (frame: GreyFrame) => void;
};

/** One slow frame is nothing; a decoder that fails again and again is a lane without a camera. */
const FAILURES_MAX = 5;
const LUMINANCE_EVERY_MS = 1_000;

/**
 * What a camera's frames hold, as presentations, hints and the devices' own state. One frame is decoded at a time, and
 * the source gives the newest next, so nothing queues. Ends when `signal` aborts.
 */
export async function* watchCamera(
  options: WatchOptions,
  signal: AbortSignal,
): AsyncIterable<VisionEvent> {
  const watch = new CameraWatch(options);
  for await (const event of options.source.events(signal)) {
    if (event.kind === 'frame') {
      options.onFrame(event.frame);
      yield* await watch.look(event.frame);
    } else {
      if (event.kind === 'offline') yield* watch.rest();
      yield event;
    }
    if (signal.aborted) return;
  }
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

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#deviceId = options.source.deviceId;
  }

  /** Nobody sees what happens now: presentations and hints end. */
  rest(): VisionEvent[] {
    const [tracks, effects] = leaveAll(this.#tracks);
    this.#tracks = tracks;
    this.#effort = AT_REST;
    this.#view = EMPTY_VIEW;
    this.#memory.clear();
    const hinted = this.#coach.hint !== null;
    this.#coach = SILENT_COACH;
    const left = effects.map((effect) => this.#eventOf(effect, 0));
    return hinted ? [...left, { kind: 'hint', deviceId: this.#deviceId, hint: null }] : left;
  }

  async look(frame: GreyFrame): Promise<VisionEvent[]> {
    const { clock, settings, pool } = this.#options;
    const plan = planEffort(this.#effort, this.#tracks, frame, settings, frame.atMonoMs);
    const earlier = this.#memory.recall(plan.focus);
    const outcome = await tryDecode(pool, frame, {
      ...plan,
      earlier,
      budgetMs: settings.deepBudgetMs,
      engine: settings.engine,
    });
    const fault = this.#countFailure(outcome);
    const reading = outcome.kind === 'read' ? outcome.reading : NOTHING_READ;
    const nowMs = clock.monoMs();
    this.#effort = stepEffort(this.#effort, plan, reading, frame, frame.atMonoMs);
    this.#memory.keep(frame, foremostPlace(this.#effort, frame.atMonoMs));

    const [tracks, effects] = stepTracks(this.#tracks, reading.codes, frame.atMonoMs);
    this.#tracks = tracks;
    return [
      ...fault,
      ...effects.map((effect) => this.#eventOf(effect, frame.atMonoMs)),
      ...this.#coachOn(reading, frame, nowMs),
      ...this.#luminanceOf(reading.measures, nowMs),
    ];
  }

  #countFailure(outcome: DecodeOutcome): VisionEvent[] {
    const atMs = this.#options.clock.wallMs();
    const deviceId = this.#deviceId;
    if (outcome.kind === 'read') {
      const back = this.#failures >= FAILURES_MAX;
      this.#failures = 0;
      return back ? [{ kind: 'online', deviceId, atMs }] : [];
    }
    if (outcome.reason === 'closed') return [];
    this.#failures += 1;
    if (this.#failures !== FAILURES_MAX) return [];
    const detail = [outcome.message];
    return [{ kind: 'offline', deviceId, atMs, reason: 'vision.decoder', detail }];
  }

  #eventOf(effect: TrackEffect, frameAtMonoMs: number): VisionEvent {
    const deviceId = this.#deviceId;
    if (effect.kind === 'code-left') return { ...effect, deviceId };
    return { ...effect, deviceId, frameAtMonoMs, decodedAtMonoMs: this.#options.clock.monoMs() };
  }

  #coachOn(reading: Reading, frame: GreyFrame, nowMs: number): VisionEvent[] {
    const read = reading.codes.length === 1;
    // Without measures there is nothing new to say, except that all is well.
    if (reading.measures === null && !read) return [];
    let reasons: Parameters<typeof stepCoach>[1]['reasons'] = [];
    if (reading.measures !== null) {
      [this.#view, reasons] = diagnose(this.#view, reading, reading.measures, frame, nowMs);
    }
    const before = this.#coach.hint;
    this.#coach = stepCoach(this.#coach, { reasons, read }, nowMs);
    const { hint } = this.#coach;
    return hint === before ? [] : [{ kind: 'hint', deviceId: this.#deviceId, hint }];
  }

  #luminanceOf(measures: FrameMeasures | null, nowMs: number): VisionEvent[] {
    if (measures === null || nowMs - this.#luminanceAtMs < LUMINANCE_EVERY_MS) return [];
    this.#luminanceAtMs = nowMs;
    return [{ kind: 'luminance', deviceId: this.#deviceId, mean: measures.mean }];
  }
}

async function tryDecode(
  pool: DecoderPool,
  frame: GreyFrame,
  plan: Parameters<DecoderPool['decode']>[1],
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
