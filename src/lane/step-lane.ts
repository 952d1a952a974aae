import type { Instant, LaneEffect, LaneInput } from './lane-input.ts';
import type { LaneSettings } from './lane-settings.ts';
import type { LaneState } from './lane-state.ts';
import { onCard, settleCard } from './on-card.ts';
import { onAmended, onDecided, onRecorded } from './on-decided.ts';
import { onDevice } from './on-device.ts';
import { onReconciled, onReconciledWithout } from './on-paper.ts';
import { onPresented, onPresentedOther } from './on-presented.ts';
import { onStaff } from './on-staff.ts';
import { onOfficer, onTimeConfirmed } from './on-staff-lane.ts';
import { onTick } from './on-tick.ts';
import { listOpenings } from './openings.ts';
import { settleScreen } from './screen.ts';
import { Turn } from './turn.ts';

/**
 * The whole behaviour of one lane (docs/lane.md). Pure: somebody else carries the effects out, in their order, and feeds
 * back what came of them. Answers the same state object when nothing changed.
 */
export function stepLane(
  state: LaneState,
  input: LaneInput,
  at: Instant,
  settings: LaneSettings,
): [LaneState, readonly LaneEffect[]] {
  const turn = new Turn(state, at, settings);
  take(turn, input);
  listOpenings(turn, state);
  settleScreen(turn);
  settleCard(turn);
  return [turn.state, turn.effects];
}

function take(turn: Turn, input: LaneInput): void {
  switch (input.kind) {
    case 'presented':
      onPresented(turn, input);
      break;
    case 'presented-other':
      onPresentedOther(turn, input);
      break;
    case 'reconciled':
      onReconciled(turn, input);
      break;
    case 'reconciled-without':
      onReconciledWithout(turn, input.slip);
      break;
    case 'decided':
      onDecided(turn, input);
      break;
    case 'recorded':
      onRecorded(turn, input);
      break;
    case 'amended':
      onAmended(turn, input);
      break;
    case 'staff':
      onStaff(turn, input);
      break;
    case 'officer':
      onOfficer(turn, input.officer);
      break;
    case 'time-confirmed':
      onTimeConfirmed(turn, input.officer);
      break;
    case 'restarted':
      onRestarted(turn, input.unfinished);
      break;
    case 'strays':
      endUnknown(turn, input.unfinished);
      turn.tell({ event: 'strays-ended', unfinished: input.unfinished.length });
      break;
    case 'card-inserted':
    case 'card-progress':
    case 'card-fields':
    case 'card-photo-coming':
    case 'card-photo':
    case 'card-started-over':
    case 'card-ended':
    case 'card-slipped':
    case 'card-back':
    case 'card-removed':
      onCard(turn, input);
      break;
    case 'tick':
      onTick(turn);
      break;
    default:
      onDevice(turn, input);
  }
}

/** Nobody knows any more how these ended; the screen says so until somebody acts. */
function onRestarted(turn: Turn, unfinished: readonly number[]): void {
  endUnknown(turn, unfinished);
  // Told late when the journal could not be read at first, and by a clock that may have been set since.
  const { wallMs, monoMs } = turn.at;
  const atMs = Math.round(wallMs - (monoMs - turn.state.startedMonoMs));
  turn.set({ restart: { atMs, unfinished: unfinished.length } });
  turn.tell({ event: 'restarted', unfinished: unfinished.length });
}

function endUnknown(turn: Turn, unfinished: readonly number[]): void {
  for (const passage of unfinished) {
    turn.record({ type: 'end', passage, crossed: 'unknown', test: false, officer: null });
  }
}
