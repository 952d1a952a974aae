import type { Clock } from '../../ports/clock.ts';
import type { LaneService } from '../lane-service.ts';
import type { Telemetry } from '../telemetry.ts';
import { diskProbe } from './disk-probe.ts';
import { deviceProbes, laneProbes } from './probes.ts';
import type { Supervisors } from './supervisors.ts';
import { runWatchdog, type ServiceManager } from './watchdog.ts';

export type Watched = {
  readonly name: string;
  readonly runFolder: string;
  readonly lanes: readonly LaneService[];
  readonly supervisors: Supervisors;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
};

/** Tells whoever started this process that it works, for as long as it does. */
export async function watchStation(
  manager: ServiceManager | null,
  { name, runFolder, lanes, supervisors, telemetry, clock }: Watched,
  signal: AbortSignal,
): Promise<void> {
  if (manager === null) return;
  await manager.ready(`${name}: ${lanes.length} lanes`);
  const probes = [...laneProbes(lanes), diskProbe(runFolder), ...deviceProbes(supervisors.list())];
  const starved = (names: readonly string[]) => telemetry.watchdogStarved(names);
  await runWatchdog({ clock, manager, probes, starved }, signal);
}
