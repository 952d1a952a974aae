import type { LaneService } from '../lane-service.ts';
import type { SupervisedClock } from './supervised-clock.ts';
import type { Probe } from './watchdog.ts';

export type Supervisor = {
  /** As in the log: `camera camera-1`. */
  readonly name: string;
  readonly clock: SupervisedClock;
};

/** A lane has answered once its own loop has come round. */
export function laneProbes(lanes: readonly LaneService[]): readonly Probe[] {
  return lanes.map((lane) => ({
    name: `lane ${lane.id}`,
    answer: async () => {
      await lane.turned();
      return true;
    },
  }));
}

/** A supervisor answers by what it does all the time; whether its device is there is another matter. */
export function deviceProbes(supervisors: readonly Supervisor[]): readonly Probe[] {
  return supervisors.map(({ name, clock }) => ({ name, answer: async () => clock.isAlive() }));
}
