import type { Clock } from '../ports/clock.ts';
import type { LaneService } from '../station/lane-service.ts';
import { AT_POST, stepStandIn } from './stand-in-officer.ts';

const LOOK_MS = 250;

/** The stand-in's shift at one lane: signs in, acts until the visitor does, ends with `signal`. */
export async function standIn(
  lane: LaneService,
  officer: { readonly id: string; readonly pin: string },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  await lane.signIn(officer.id, officer.pin);
  let state = AT_POST;
  while (!signal.aborted && !state.standsDown) {
    const [next, action] = stepStandIn(state, lane.view(), clock.monoMs());
    state = next;
    if (action !== null) lane.act(action);
    await clock.sleep(LOOK_MS, signal);
  }
}
