import { resolve } from 'node:path';
import { EvdevScanner } from '../../devices/scanner/evdev-scanner.ts';
import { loadScannerProfile } from '../../devices/scanner/scanner-profile.ts';
import { SerialScanner } from '../../devices/scanner/serial-scanner.ts';
import { backoffDelayMs } from '../kernel/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { TextScanner } from '../ports/text-scanner.ts';
import type { ScannerConfig } from './config-schema.ts';
import type { LaneService } from './lane-service.ts';
import type { Telemetry } from './telemetry.ts';

const RESTART = { delayMsMin: 500, delayMsMax: 30_000 };

export type ScannerDeps = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly telemetry: Telemetry;
  /** That of the configuration: paths are relative to it. */
  readonly folder: string;
};

/** Brings what one scanner reads to its lane, until `signal` aborts. A bug in the way costs this scanner a moment, never the lane. */
export async function runScanner(
  scanner: ScannerConfig,
  lane: LaneService,
  deps: ScannerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, telemetry } = deps;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      for await (const event of openScanner(scanner, deps).events(signal)) lane.scanner(event);
    } catch (error) {
      telemetry.bug('scanner', error);
      const atMs = clock.wallMs();
      const offline = { kind: 'offline', deviceId: scanner.id, atMs, detail: [] } as const;
      lane.scanner({ ...offline, reason: 'scanner.fault' });
      await clock.sleep(backoffDelayMs(RESTART, failures, random()), signal);
    }
  }
}

function openScanner(
  { id, driver, path, profile, baud }: ScannerConfig,
  { clock, random, folder }: ScannerDeps,
): TextScanner {
  const settings = {
    deviceId: id,
    path: resolve(folder, path),
    profile: loadScannerProfile(profile),
  };
  const deps = { clock, random };
  if (driver === 'evdev') return new EvdevScanner(settings, deps);
  return new SerialScanner({ ...settings, baud: baud ?? 'auto' }, deps);
}
