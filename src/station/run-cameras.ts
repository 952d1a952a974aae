import type { CameraSettings } from '../../devices/camera/camera-settings.ts';
import { openCamera } from '../../devices/camera/open-camera.ts';
import { backoffDelayMs } from '../kernel/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { GreyFrame } from '../ports/frame-source.ts';
import type { DecoderPool } from '../vision/decoder-pool.ts';
import { HealthWatch } from '../vision/health-watch.ts';
import { USUAL_EFFORT } from '../vision/plan-effort.ts';
import type { VisionEvent } from '../vision/vision-event.ts';
import { watchCamera } from '../vision/watch-camera.ts';
import type { CameraViews } from './camera-views.ts';
import type { LaneService } from './lane-service.ts';
import type { Telemetry } from './telemetry.ts';

const RESTART = { delayMsMin: 500, delayMsMax: 30_000 };

export type CameraDeps = {
  readonly pool: DecoderPool;
  readonly clock: Clock;
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly views: CameraViews;
};

/** Brings what one camera sees to its lane, until `signal` aborts. A bug in the way costs this camera a moment, never the lane. */
export async function runCamera(
  camera: CameraSettings,
  lane: LaneService,
  { pool, clock, random, telemetry, views }: CameraDeps,
  signal: AbortSignal,
): Promise<void> {
  const source = openCamera(camera, { clock, random });
  const health = new HealthWatch({
    view: views.read(camera.id),
    onWarning: (warning) => lane.warn(camera.id, warning),
    onView: (view) => {
      try {
        views.write(camera.id, view);
      } catch (error) {
        // A full disk is told of elsewhere; without the file the view is learned anew after a restart.
        telemetry.bug('camera-view', error);
      }
    },
  });
  const options = {
    source,
    pool,
    clock,
    settings: { ...USUAL_EFFORT, engine: 'zxing-wasm', pace: 'live' } as const,
    onFrame: (frame: GreyFrame) => {
      health.frame(frame);
      lane.frame(camera.id, frame);
    },
    onEvent: (event: VisionEvent) => {
      health.vision(event);
      lane.vision(event);
    },
  };
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await watchCamera(options, signal);
    } catch (error) {
      telemetry.bug('camera', error);
      const atMs = clock.wallMs();
      const offline = { kind: 'offline', deviceId: camera.id, atMs, detail: [] } as const;
      lane.vision({ ...offline, reason: 'camera.fault' });
      await clock.sleep(backoffDelayMs(RESTART, failures, random()), signal);
    }
  }
}
