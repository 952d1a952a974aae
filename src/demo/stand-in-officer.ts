import type { LaneView } from '../station/http/lane-shape.ts';
import type { StaffAction } from '../station/http/shapes.ts';

/** How long the visitor gets to act before the stand-in does. */
const PATIENCE_MS = 6_000;
/** Looks at the person and opens for a pass that opens nothing by itself: anybody could have printed its code. */
const OPENS_AFTER_MS = 3_000;

export type StandInState = {
  /** The visitor has taken over: the stand-in never acts again. */
  readonly standsDown: boolean;
  /** Passage on the screen and since when, monotonic milliseconds. */
  readonly waitingFor: { readonly ordinal: number; readonly sinceMonoMs: number } | null;
  /** Its own last action, told apart from the visitor's by the undo that the lane offers. */
  readonly acted: { readonly ordinal: number; readonly action: string } | null;
};

export const AT_POST: StandInState = { standsDown: false, waitingFor: null, acted: null };

/**
 * The demo's officer, so that a round goes on while the visitor only looks: sets the clock, acknowledges old data and
 * answers who is held after some seconds. Whatever a visitor does ends it for good.
 */
export function stepStandIn(
  state: StandInState,
  lane: LaneView,
  monoMs: number,
): [StandInState, StaffAction | null] {
  if (state.standsDown) return [state, null];
  if (isVisitors(state, lane)) return [{ ...state, standsDown: true }, null];
  const chore = choreOf(lane);
  if (chore !== null) return [state, chore];
  const held = lane.current;
  const waits = held === null || held.staff !== null ? false : needsAnswer(held, lane);
  if (held === null || !waits) {
    return [{ ...state, waitingFor: null }, null];
  }
  const { ordinal } = held;
  if (state.waitingFor?.ordinal !== ordinal) {
    return [{ ...state, waitingFor: { ordinal, sinceMonoMs: monoMs } }, null];
  }
  const patienceMs = held.verdict === 'pass' ? OPENS_AFTER_MS : PATIENCE_MS;
  if (monoMs - state.waitingFor.sinceMonoMs < patienceMs) return [state, null];
  const answer = answerOf(held);
  const acted = { ordinal, action: answer.action };
  return [
    { ...state, waitingFor: null, acted },
    { ...answer, ordinal },
  ];
}

/** A check or a stop, or a pass before a barrier that stays shut; not while a card lies there that may open it. */
function needsAnswer(
  { verdict }: NonNullable<LaneView['current']>,
  { outward, card }: LaneView,
): boolean {
  return verdict !== 'pass' || (outward === 'wait' && card === null);
}

function isVisitors({ acted }: StandInState, { mode, undo }: LaneView): boolean {
  if (mode !== 'normal') return true;
  if (undo === null) return false;
  return undo.ordinal !== acted?.ordinal || undo.action !== acted.action;
}

function choreOf({ time, registers }: LaneView): StaffAction | null {
  if (time.trust === 'unset') {
    return { action: 'confirm-time', ordinal: null, reason: 'compared' };
  }
  if (registers.some(({ state, acknowledged }) => state === 'ageing' && !acknowledged)) {
    return { action: 'acknowledge-ageing', ordinal: null, reason: 'shift-order' };
  }
  return null;
}

function answerOf({
  verdict,
  reasons,
}: NonNullable<LaneView['current']>): Pick<StaffAction, 'action' | 'reason'> {
  if (verdict === 'pass') return { action: 'let-pass', reason: 'clear' };
  if (verdict === 'stop') return { action: 'handed-over', reason: 'health-unit' };
  const says = (codes: readonly string[]) => reasons.some(({ code }) => codes.includes(code));
  return says(['repeat', 'chip.cloned', 'chip.altered'])
    ? { action: 'turn-back', reason: 'not-the-holder' }
    : { action: 'let-pass', reason: 'papers-compared' };
}
