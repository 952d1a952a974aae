import type { OutwardSignal } from '../ports/signal.ts';
import { compareSeverity } from '../rules/reasons.ts';
import { keepsScreen, restMs } from './card-state.ts';
import { DWELL_MS } from './lane-settings.ts';
import type { LaneState, Passage } from './lane-state.ts';
import { isShut, mayGo, mayOpenByItself } from './may-open.ts';
import { endPassage, followGiven, leaveScreen } from './passage-end.ts';
import type { Turn } from './turn.ts';

/** Whoever holds the screen: the worst that nobody has resolved, the oldest of equals; else who was last given. */
export function onScreen(state: LaneState): Passage | null {
  return holder(state) ?? state.passages.find(({ ordinal }) => ordinal === state.front) ?? null;
}

/** Passes behind a held one, or behind one that was not long enough on the screen. */
export function isWaiting({ stage, verdict, record }: Passage): boolean {
  return stage.kind === 'queued' && verdict?.kind === 'pass' && record !== 'pending';
}

/** After every input: who has the screen, who may go, what the outside is told, and whose end can be written. */
export function settleScreen(turn: Turn): void {
  const held = holder(turn.state);
  if (held !== null) giveWay(turn, held);
  else promoteNext(turn);
  openForFront(turn);
  forgetNames(turn);
  writeSettledEnds(turn);
  const outward = outwardOf(turn);
  // While released or closed nobody is told apart, so nobody who is decided is heard either.
  const again = turn.announce && turn.state.mode === 'normal';
  if (outward !== turn.state.outward || again) {
    turn.effect({ kind: 'signal', state: outward });
  }
  if (outward !== turn.state.outward) turn.set({ outward });
}

/** A held passage overwrites what was given before it, never the other way round. */
function giveWay(turn: Turn, held: Passage): void {
  const { front } = turn.state;
  if (front === null) return;
  if (front !== held.ordinal) followGiven(turn, held);
  if (front === held.ordinal) turn.set({ front: null });
  else leaveScreen(turn, front);
}

function promoteNext(turn: Turn): void {
  const next = turn.state.passages.find(isWaiting);
  if (next === undefined) return;
  const { monoMs } = turn.at;
  const shown = turn.passage(turn.state.front);
  const { front } = turn.state;
  if (shown !== null && monoMs - shownSinceMonoMs(shown) < DWELL_MS) return;
  if (shown !== null && keepsScreen(turn.state.card, shown.ordinal, monoMs)) return;
  followGiven(turn, next);
  if (front !== null) leaveScreen(turn, front);
  turn.put({
    ...next,
    stage: {
      kind: 'given',
      by: 'lane',
      sinceMonoMs: monoMs,
      untilMonoMs: monoMs + restMs(turn.state.card, next.ordinal, turn.settings.joinMs),
    },
  });
  turn.set({ front: next.ordinal });
  turn.announce = true;
}

function openForFront(turn: Turn): void {
  const front = turn.passage(turn.state.front);
  if (front === null || front.stage.kind !== 'given' || holder(turn.state) !== null) return;
  if (!mayOpenByItself(front, turn.state, turn.settings)) return;
  turn.put({ ...front, opened: true });
  turn.effect({ kind: 'open-barrier' });
}

/** Who went off the screen and showed the code again has been decided again, and is not shown again. */
function forgetNames(turn: Turn): void {
  for (const { ordinal, stage, documents, askedMonoMs, record } of turn.state.passages) {
    const gone = stage.kind === 'given' || stage.kind === 'settled';
    if (!gone || documents.length === 0 || ordinal === turn.state.front) continue;
    if (askedMonoMs === null && record !== 'pending') leaveScreen(turn, ordinal);
  }
}

/** Once nobody can take it back and nobody needs to see it any more. */
function writeSettledEnds(turn: Turn): void {
  for (const passage of turn.state.passages) {
    const { stage, ordinal } = passage;
    if (stage.kind !== 'settled' || turn.state.undo?.ordinal === ordinal) continue;
    if (turn.state.front !== ordinal) endPassage(turn, passage, stage.crossed);
  }
}

/** Check and stop are one and the same out there (security A4): nothing here looks at which of them it is. */
function outwardOf({ state, settings }: Turn): OutwardSignal {
  if (state.mode === 'closed') return 'closed';
  if (state.mode === 'release') return 'go';
  const shown = onScreen(state);
  if (shown === null) return 'idle';
  if (shown.stage.kind !== 'given') return 'wait';
  if (shown.stage.by !== 'lane') return 'go';
  return mayGo(shown, state) && !isShut(shown, settings) ? 'go' : 'wait';
}

function holder({ passages }: LaneState): Passage | null {
  return passages
    .filter(({ stage, parked }) => stage.kind === 'held' && parked === null)
    .reduce<Passage | null>((worst, passage) => {
      if (worst?.verdict == null || passage.verdict === null) return worst ?? passage;
      return compareSeverity(passage.verdict.kind, worst.verdict.kind) > 0 ? passage : worst;
    }, null);
}

function shownSinceMonoMs({ stage }: Passage): number {
  return stage.kind === 'given' ? stage.sinceMonoMs : Number.NEGATIVE_INFINITY;
}
