import type { LaneAction, Mode, PassageAction, RefusalCode } from './lane-words.ts';
import { crossOnPaper, openOnPaper } from './on-paper.ts';
import { askRules } from './on-presented.ts';
import { endPassage } from './passage-end.ts';
import { isWaiting } from './screen.ts';
import type { Turn } from './turn.ts';

const LANE_ACTIONS: ReadonlySet<string> = new Set<LaneAction>([
  'emergency-open',
  'emergency-reason',
  'mode-normal',
  'mode-release',
  'mode-closed',
  'count-crossing',
  'acknowledge-ageing',
  'confirm-time',
  'paper',
  'paper-seen',
]);

export function isLaneAction(action: PassageAction | LaneAction): action is LaneAction {
  return LANE_ACTIONS.has(action);
}

/** What staff do about the lane as a whole; answers why it was not done, or null. */
export function onLaneAction(
  turn: Turn,
  action: LaneAction,
  reason: string,
  officer: string | null,
): RefusalCode | null {
  const note = (): null => {
    turn.record({ type: 'action', passage: null, action, reason, officer });
    return null;
  };
  switch (action) {
    case 'emergency-open':
      // Never blocked: one press, the reason afterwards.
      if (turn.settings.hasBarrier) turn.effect({ kind: 'open-barrier' });
      turn.set({ emergencyAtMs: turn.at.wallMs });
      turn.tell({ event: 'emergency-open' });
      return note();
    case 'emergency-reason':
      if (turn.state.emergencyAtMs === null) return 'emergency.none';
      turn.set({ emergencyAtMs: null });
      return note();
    case 'mode-normal':
      return changeMode(turn, 'normal', reason, officer);
    case 'mode-release':
      return changeMode(turn, 'release', reason, officer);
    case 'mode-closed':
      return changeMode(turn, 'closed', reason, officer);
    case 'count-crossing':
      if (turn.state.mode !== 'release') note();
      countCrossing(turn);
      return null;
    case 'acknowledge-ageing':
      turn.set({ ageingAcknowledged: true });
      return note();
    case 'confirm-time':
      // Whoever holds the clock has confirmed it already and says so by `time-confirmed`.
      return null;
    case 'paper':
      note();
      openOnPaper(turn, reason);
      return null;
    case 'paper-seen': {
      const found = turn.state.foundOnPaper;
      if (found === null) return 'paper.nothing-found';
      turn.set({ foundOnPaper: null });
      turn.record({ type: 'action', passage: found.passage, action, reason, officer });
      return null;
    }
    default:
      return action satisfies never;
  }
}

/** Somebody crossed, felt by a loop or counted by staff: while released a number, else the one given first. */
export function countCrossing(turn: Turn): boolean {
  if (turn.state.mode === 'release') {
    turn.set({ counted: turn.state.counted + 1 });
    return true;
  }
  const first = turn.state.passages.find(({ stage }) => stage.kind === 'given');
  if (first === undefined) return crossOnPaper(turn);
  endPassage(turn, first, 'yes');
  return true;
}

/** The officer of a shift; a new one has not yet seen how old the data is, and takes over the tray by name. */
export function onOfficer(turn: Turn, officer: string | null): void {
  const before = turn.state.officer;
  if (before === officer) return;
  turn.set({ officer, ageingAcknowledged: false });
  if (officer === null) {
    turn.record({ type: 'officer', event: 'signed-out', officer: before });
    return;
  }
  const event = before === null ? 'signed-in' : 'handed-over';
  turn.record({ type: 'officer', event, officer });
  for (const { parked, sequence } of turn.state.passages) {
    if (parked === null) continue;
    const action = 'tray-taken-over';
    turn.record({ type: 'action', passage: sequence, action, reason: event, officer });
  }
}

/** With a date to go by, what is held for want of one is decided again. */
export function onTimeConfirmed(turn: Turn, officer: string | null): void {
  turn.record({ type: 'officer', event: 'time-confirmed', officer });
  for (const passage of turn.state.passages) {
    if (passage.stage.kind !== 'held' || passage.documents.length === 0) continue;
    askRules(turn, passage);
  }
}

function changeMode(
  turn: Turn,
  mode: Mode,
  reason: string,
  officer: string | null,
): RefusalCode | null {
  if (turn.state.mode === mode) return 'mode.same';
  turn.record({ type: 'mode', mode, reason, counted: turn.state.counted, officer });
  turn.set({ mode, modeSinceMs: turn.at.wallMs, counted: 0 });
  if (mode !== 'release') return null;
  const { hasBarrier, operation } = turn.settings;
  if (hasBarrier && operation !== 'monitor') turn.effect({ kind: 'open-barrier' });
  // Who waited with a pass goes with everybody else.
  for (const passage of turn.state.passages.filter(isWaiting)) {
    endPassage(turn, passage, 'assumed');
  }
  return null;
}
