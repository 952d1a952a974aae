import type { CameraSettings } from '../../../devices/camera/camera-settings.ts';
import { openCamera } from '../../../devices/camera/open-camera.ts';
import { compiledEntry } from '../../kernel/package-root.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FrameEvent, GreyFrame } from '../../ports/frame-source.ts';
import { openDecoderPool } from '../../vision/decoder-pool.ts';
import { FrameTap } from '../frame-tap.ts';
import { lookAtAim } from './aim-look.ts';
import { AIM_BEGUN, aimView, stepAim } from './aim-session.ts';
import type { AimView } from './aim-shapes.ts';

const LOOK_EVERY_MS = 250;
const DECODE_DEADLINE_MS = 5_000;

export type Aim = {
  view(): AimView;
  /** For the live picture: nothing is copied while nobody watches. */
  frames(signal: AbortSignal): AsyncIterable<GreyFrame>;
  /** Resolves once the camera is closed, after `signal` aborted. */
  readonly ended: Promise<void>;
};

type AimDeps = {
  readonly clock: Clock;
  readonly random: () => number;
  /** After each look, and when the camera comes or goes. */
  readonly onView: (view: AimView) => void;
};

/** Opens the camera and follows how well it is aimed. No frame is kept, in memory or anywhere else. */
export function startAim(settings: CameraSettings, deps: AimDeps, signal: AbortSignal): Aim {
  const { clock, random, onView } = deps;
  const { id, widthPx, heightPx } = settings;
  const tap = new FrameTap(clock);
  let camera: AimView['camera'] = { id, state: 'starting', reason: null, widthPx, heightPx };
  let state = AIM_BEGUN;
  let nextLookMs = 0;
  const pool = openDecoderPool({
    ...{ workers: 1, clock, random, deadlineMs: DECODE_DEADLINE_MS },
    entry: compiledEntry('src/vision/decode-worker.ts'),
  });
  const look = async (frame: GreyFrame) => {
    tap.push(frame);
    if (clock.monoMs() < nextLookMs) return;
    nextLookMs = clock.monoMs() + LOOK_EVERY_MS;
    const outcome = await pool.decode(frame, LOOK);
    if (outcome.kind === 'read') state = stepAim(state, lookAtAim(frame, outcome.reading));
    onView(aimView(state, camera));
  };
  const take = async (event: FrameEvent) => {
    if (event.kind === 'frame') return look(event.frame);
    const reason = event.kind === 'offline' ? event.reason : null;
    camera = { ...camera, state: event.kind, reason };
    // Whatever was good: what is not seen is not told, and who plugs a camera in may have turned it.
    if (event.kind === 'offline') state = AIM_BEGUN;
    onView(aimView(state, camera));
  };
  const run = async () => {
    try {
      for await (const event of openCamera(settings, { clock, random }).events(signal)) {
        if (signal.aborted) break;
        await take(event);
      }
    } finally {
      await pool.close();
    }
  };
  return {
    view: () => aimView(state, camera),
    frames: (stop) => tap.frames(stop),
    ended: run(),
  };
}

const LOOK = {
  effort: 'look',
  focus: null,
  furniture: [],
  earlier: null,
  budgetMs: 0,
  engine: 'zxing-wasm',
} as const;
