import { restMs } from './card-state.ts';
import type { LaneInput } from './lane-input.ts';
import { UNDO_MS } from './lane-settings.ts';
import type { Passage, Stage } from './lane-state.ts';
import type { Crossed, PassageAction, RefusalCode, StaffAction } from './lane-words.ts';
import { parkedNow, trayIsFull } from './on-decided.ts';
import { isLaneAction, onLaneAction } from './on-staff-lane.ts';
import { endPassage, followGiven, leaveScreen } from './passage-end.ts';
import { onScreen } from './screen.ts';
import type { Turn } from './turn.ts';

type Staff = Extract<LaneInput, { kind: 'staff' }>;
/** One action on one passage; answers why it was not done, or null. */
type Handler = (turn: Turn, passage: Passage, action: PassageAction) => RefusalCode | null;

/** What staff do. Each is a record of its own that refers to the passage; none edits it. */
export function onStaff(turn: Turn, { staff, officer }: Staff): void {
  const refusal = act(turn, staff, officer);
  const seen = { restart: null, barrier: { ...turn.state.barrier, movedAtMs: null } };
  if (refusal === null) turn.set(seen);
  else turn.effect({ kind: 'refuse', code: refusal });
}

function act(turn: Turn, staff: StaffAction, officer: string | null): RefusalCode | null {
  const { action, reason } = staff;
  // Nobody signs in first while somebody must get out.
  const anyone = action === 'emergency-open' || !turn.settings.officerRequired;
  if (officer === null && !anyone) return 'officer.none';
  if (isLaneAction(action)) return onLaneAction(turn, action, reason, officer);
  const passage = actedOn(turn, action, staff.ordinal);
  if (passage === null) return action === 'undo' ? 'undo.none' : 'passage.none';
  // An action refers to the passage's record, so that has to be there first, or surely not.
  if (passage.record === 'pending') return 'passage.not-held';
  const before = turn.effects.length;
  const refusal = HANDLERS[action](turn, passage, action);
  if (refusal !== null) return refusal;
  const { sequence } = passage;
  // The action stands before whatever it brought about, in the journal as in life.
  turn.effects.splice(before, 0, {
    kind: 'record',
    entry: { type: 'action', passage: sequence, action, reason, officer },
  });
  return null;
}

function actedOn(turn: Turn, action: PassageAction, ordinal: number | null): Passage | null {
  if (action === 'undo') {
    const { undo } = turn.state;
    return undo === null || (ordinal !== null && ordinal !== undo.ordinal)
      ? null
      : turn.passage(undo.ordinal);
  }
  if (ordinal !== null) return turn.passage(ordinal);
  if (action === 'crossed') {
    return turn.state.passages.find(({ stage }) => stage.kind === 'given') ?? null;
  }
  return onScreen(turn.state);
}

const HANDLERS: Readonly<Record<PassageAction, Handler>> = {
  'let-pass': (turn, passage, action) => {
    const { kind } = passage.stage;
    const open = kind === 'held' || kind === 'queued' || kind === 'given';
    return open ? letGo(turn, passage, action) : 'passage.not-held';
  },
  recovered: letHeldGo,
  'in-transfer': letHeldGo,
  'wrong-person': letHeldGo,
  'turn-back': (turn, passage, action) => {
    const { kind } = passage.stage;
    if (kind === 'deciding' || kind === 'settled') return 'passage.not-held';
    const wasParked = passage.parked !== null;
    settle(turn, passage, action, 'no');
    if (wasParked) leaveScreen(turn, passage.ordinal);
    else takeScreen(turn, passage);
    return null;
  },
  'handed-over': (turn, passage, action) => finish(turn, passage, action, 'no'),
  left: (turn, passage, action) => finish(turn, passage, action, 'unknown'),
  'set-aside': setAside,
  recall: (turn, passage) => {
    if (passage.parked === null) return 'tray.not-there';
    turn.put({ ...passage, parked: null });
    return null;
  },
  crossed: (turn, passage) => {
    if (passage.stage.kind !== 'given') return 'passage.not-given';
    endPassage(turn, passage, 'yes');
    return null;
  },
  undo: takeBack,
};

function letHeldGo(turn: Turn, passage: Passage, action: PassageAction): RefusalCode | null {
  return passage.stage.kind === 'held' ? letGo(turn, passage, action) : 'passage.not-held';
}

/** Staff let somebody go, whatever the verdict: the barrier opens, also when nothing can be recorded (security A3). */
function letGo(turn: Turn, passage: Passage, action: PassageAction): null {
  const { hasBarrier, operation, joinMs } = turn.settings;
  const opens = hasBarrier && operation !== 'monitor';
  if (opens) turn.effect({ kind: 'open-barrier' });
  const opened = opens || passage.opened;
  if (passage.parked !== null) {
    // From the side, past whoever is in front: no loop and no next person will tell of it.
    settle(turn, { ...passage, opened }, action, 'assumed');
    leaveScreen(turn, passage.ordinal);
    return null;
  }
  const { monoMs } = turn.at;
  const stage: Stage = {
    kind: 'given',
    by: action,
    sinceMonoMs: monoMs,
    untilMonoMs: monoMs + restMs(turn.state.card, passage.ordinal, joinMs),
  };
  keepUndo(turn, passage, action);
  turn.put({ ...passage, opened, stage });
  takeScreen(turn, passage);
  turn.announce = true;
  return null;
}

function finish(
  turn: Turn,
  passage: Passage,
  action: PassageAction,
  crossed: Crossed,
): RefusalCode | null {
  if (passage.stage.kind !== 'held') return 'passage.not-held';
  settle(turn, passage, action, crossed);
  leaveScreen(turn, passage.ordinal);
  return null;
}

function setAside(turn: Turn, passage: Passage, action: PassageAction): RefusalCode | null {
  const { kind } = passage.stage;
  if (kind === 'deciding' || kind === 'settled' || passage.parked !== null) {
    return 'passage.not-held';
  }
  if (trayIsFull(turn)) return 'tray.full';
  keepUndo(turn, passage, action);
  turn.put({ ...passage, stage: { kind: 'held' }, parked: parkedNow(turn) });
  if (turn.state.front === passage.ordinal) turn.set({ front: null });
  return null;
}

/** Back to where it stood. A pass gets its time on the screen anew; a name that has gone stays gone. */
function takeBack(turn: Turn, passage: Passage): RefusalCode | null {
  const { undo, front } = turn.state;
  if (undo === null) return 'undo.none';
  const { stage, parked } = undo.before;
  const waits = stage.kind !== 'held' && passage.verdict?.kind === 'pass';
  turn.put({ ...passage, stage: { kind: waits ? 'queued' : 'held' }, parked });
  turn.set({ undo: null, front: front === passage.ordinal ? null : front });
  return null;
}

function settle(turn: Turn, passage: Passage, by: PassageAction, crossed: Crossed): void {
  const untilMonoMs = turn.at.monoMs + turn.settings.joinMs;
  keepUndo(turn, passage, by);
  turn.put({ ...passage, parked: null, stage: { kind: 'settled', by, crossed, untilMonoMs } });
}

/** Only the last action can be taken back; what the one before it settled becomes final. */
function keepUndo(turn: Turn, passage: Passage, action: PassageAction): void {
  const { ordinal, parked } = passage;
  // What the passage was before, not what a handler has made of it meanwhile.
  const stage = turn.passage(ordinal)?.stage ?? passage.stage;
  turn.set({
    undo: { ordinal, action, untilMonoMs: turn.at.monoMs + UNDO_MS, before: { stage, parked } },
  });
}

function takeScreen(turn: Turn, passage: Passage): void {
  const { front } = turn.state;
  if (front !== null && front !== passage.ordinal) {
    followGiven(turn, passage);
    leaveScreen(turn, front);
  }
  turn.set({ front: passage.ordinal });
}
