import { backoffDelayMs } from '../kernel/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceOffline, DeviceOnline } from '../ports/device-event.ts';
import type { Telemetry } from './telemetry.ts';

/** What tells by itself whether it is there, while it runs. */
export type RunningDevice = {
  readonly deviceId: string;
  onEvent(listener: (event: DeviceOnline | DeviceOffline) => void): () => void;
  run(signal: AbortSignal): Promise<void>;
  /** Its supervisor's, where it has one. */
  readonly clock?: Clock;
};

export type RunDeps = { readonly clock: Clock; readonly telemetry: Telemetry };

const RESTART = { delayMsMin: 500, delayMsMax: 30_000 };

/** Until `signal` aborts. A bug in a device costs it a moment, never the lane. */
export async function runDevice(
  device: Pick<RunningDevice, 'run' | 'clock'>,
  { clock, telemetry }: RunDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await device.run(signal);
    } catch (error) {
      telemetry.bug('device', error);
      await (device.clock ?? clock).sleep(backoffDelayMs(RESTART, failures, 0.5), signal);
    }
  }
}
