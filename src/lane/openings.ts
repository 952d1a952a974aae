import { letsGo, untiedOpening } from '../journal/openings.ts';
import type { LaneEntry } from './lane-input.ts';
import { OPENINGS_LISTED_MAX, SHIFTS_LISTED_MAX } from './lane-settings.ts';
import type { LaneState } from './lane-state.ts';
import {
  emptyShift,
  type LaneOpenings,
  type ListedShift,
  type Opening,
  type OpeningKind,
} from './openings-state.ts';
import type { Turn } from './turn.ts';

/**
 * Lists what the records of this turn say (security A6), as the journal counts it (`untiedOpening`): who adds a way to open
 * writes its record, and has it listed. `before`: the state that the turn began with.
 */
export function listOpenings(turn: Turn, before: LaneState): void {
  for (const effect of turn.effects) {
    if (effect.kind !== 'record') continue;
    const openings = afterEntry(turn, before, effect.entry);
    if (openings !== turn.state.openings) turn.set({ openings });
  }
}

function afterEntry(turn: Turn, before: LaneState, entry: LaneEntry): LaneOpenings {
  const { openings } = turn.state;
  switch (entry.type) {
    case 'officer': {
      const begins = entry.event === 'signed-in' || entry.event === 'handed-over';
      return begins ? withShift(openings, entry.officer, turn.at.wallMs) : openings;
    }
    case 'mode': {
      const { wallMs: atMs } = turn.at;
      const over =
        before.mode === 'release'
          ? changed(openings, ({ kind, ended }) => kind === 'release' && ended === null, {
              ended: { atMs, crossed: entry.counted },
            })
          : openings;
      return entry.mode === 'release' ? withOpening(over, openingOf(turn, entry, 'release')) : over;
    }
    case 'action':
      return afterAction(turn, before, entry);
    case 'passage':
    case 'amendment':
    case 'end':
      return openings;
    default:
      return entry satisfies never;
  }
}

type Action = Extract<LaneEntry, { type: 'action' }>;

function afterAction(turn: Turn, before: LaneState, entry: Action): LaneOpenings {
  const { openings } = turn.state;
  if (entry.action === 'emergency-reason') {
    // The lane asks once, however often the button was pressed.
    return changed(openings, ({ reason }) => reason === null, { reason: entry.reason });
  }
  if (entry.action === 'undo') {
    const { undo } = before;
    if (undo === null || !letsGo(undo.action)) return openings;
    const newest = openings.shifts
      .flatMap(({ listed }) => listed)
      .find(({ ordinal }) => ordinal === undo.ordinal);
    return changed(openings, (opening) => opening === newest, { takenBack: true });
  }
  const untied = untiedOpening(entry);
  if (untied !== null) return withOpening(openings, openingOf(turn, entry, untied));
  if (!letsGo(entry.action)) return openings;
  const opening = openingOf(turn, entry, 'overridden');
  const isOverride = opening.verdict !== null && opening.verdict !== 'pass';
  return isOverride ? withOpening(openings, opening) : openings;
}

function openingOf(
  turn: Turn,
  entry: Action | Extract<LaneEntry, { type: 'mode' }>,
  kind: OpeningKind,
): Opening {
  const { officer } = entry;
  const isOfSomebody = kind === 'overridden' || kind === 'unrecorded';
  // Whom staff act on is kept for taking it back.
  const acted = isOfSomebody ? turn.passage(turn.state.undo?.ordinal ?? null) : null;
  return {
    ...{ kind, atMs: turn.at.wallMs, officer },
    reason: reasonOf(entry),
    passage: entry.type === 'action' ? entry.passage : null,
    ordinal: acted?.ordinal ?? null,
    // A test code that staff let go is nobody who was held.
    verdict: acted?.verdict?.test === true ? null : (acted?.verdict?.kind ?? null),
    ended: null,
    takenBack: false,
  };
}

/** The five ways in which a stop ends say why by themselves; an emergency is asked for its reason afterwards. */
function reasonOf(entry: Action | Extract<LaneEntry, { type: 'mode' }>): string | null {
  if (entry.type === 'mode') return entry.reason;
  const { action, reason } = entry;
  if (action === 'emergency-open' || action === 'emergency-button') return null;
  return letsGo(action) && action !== 'let-pass' ? action : reason;
}

function withOpening({ shifts: [shift, ...older], ...same }: LaneOpenings, opening: Opening) {
  const isUntied = opening.kind !== 'overridden';
  const now: ListedShift = {
    ...shift,
    untied: shift.untied + (isUntied ? 1 : 0),
    overridden: shift.overridden + (isUntied ? 0 : 1),
    listed: [opening, ...shift.listed].slice(0, OPENINGS_LISTED_MAX),
  };
  return { ...same, shifts: [now, ...older] as const };
}

function withShift(openings: LaneOpenings, officer: string | null, atMs: number): LaneOpenings {
  const { shifts, ...same } = openings;
  const [shift, ...older] = shifts;
  if (shift.officer === officer) return openings;
  const isEmpty = shift.officer === null && shift.untied + shift.overridden === 0;
  const kept = isEmpty ? older : shifts.slice(0, SHIFTS_LISTED_MAX - 1);
  return { ...same, shifts: [emptyShift(officer, atMs), ...kept] };
}

function changed(
  { shifts: [shift, ...older], ...same }: LaneOpenings,
  is: (opening: Opening) => boolean,
  change: Partial<Opening>,
): LaneOpenings {
  const of = (each: ListedShift): ListedShift => ({
    ...each,
    listed: each.listed.map((opening) => (is(opening) ? { ...opening, ...change } : opening)),
  });
  return { ...same, shifts: [of(shift), ...older.map(of)] };
}
