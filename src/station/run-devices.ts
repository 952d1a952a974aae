import type { CameraSettings } from '../../devices/camera/camera-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { DecoderPool } from '../vision/decoder-pool.ts';
import type { CameraViews } from './camera-views.ts';
import type { ScannerConfig } from './config-schema.ts';
import type { LaneService } from './lane-service.ts';
import { runCamera } from './run-cameras.ts';
import { runScanner } from './run-scanners.ts';
import type { Supervisors } from './supervision/supervisors.ts';
import type { Telemetry } from './telemetry.ts';

export type DevicesToRun = {
  readonly cameras: readonly CameraSettings[];
  readonly scanners: readonly ScannerConfig[];
  readonly lanes: readonly LaneService[];
  readonly pool: DecoderPool;
  readonly supervisors: Supervisors;
  readonly random: () => number;
  readonly telemetry: Telemetry;
  /** That of the configuration. */
  readonly folder: string;
  /** How each camera's view looks over hours. */
  readonly views: CameraViews;
};

/** Every way in of every lane, each under a supervisor with a clock of its own, until `signal` aborts. */
export function runDevices(devices: DevicesToRun, signal: AbortSignal): Promise<void>[] {
  const { cameras, scanners, lanes, pool, random, telemetry, folder, views } = devices;
  const supervised = (kind: string, id: string): Clock =>
    devices.supervisors.clockOf(`${kind} ${id}`, 'asks');
  const eachOf = <Device extends { readonly id: string }>(
    all: readonly Device[],
    run: (device: Device, lane: LaneService) => Promise<void>,
  ): Promise<void>[] =>
    all.flatMap((device) =>
      lanes.filter((lane) => lane.has(device.id)).map((lane) => run(device, lane)),
    );
  return [
    ...eachOf(cameras, (camera, lane) => {
      const clock = supervised('camera', camera.id);
      return runCamera(camera, lane, { pool, random, telemetry, clock, views }, signal);
    }),
    ...eachOf(scanners, (scanner, lane) => {
      const clock = supervised('scanner', scanner.id);
      return runScanner(scanner, lane, { random, telemetry, folder, clock }, signal);
    }),
  ];
}
