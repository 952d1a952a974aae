import { faultVerdict } from '../rules/decide.ts';
import {
  CROSSING_MS_MAX,
  DECIDE_MS_MAX,
  NOT_READ_AFTER_MS,
  OVERDUE_MS,
  REAPPEAR_MS,
} from './lane-settings.ts';
import type { Passage } from './lane-state.ts';
import { onDecided } from './on-decided.ts';
import { notice } from './on-presented.ts';
import { closeGiven, leaveScreen } from './passage-end.ts';
import { forgetOldUses } from './subjects.ts';
import type { Turn } from './turn.ts';

/** Everything that happens because time went by. A check or a stop is not among it: they never time out. */
export function onTick(turn: Turn): void {
  const { monoMs } = turn.at;
  const { undo } = turn.state;
  if (undo !== null && monoMs >= undo.untilMonoMs) turn.set({ undo: null });
  for (const passage of turn.state.passages) answerForRules(turn, passage);
  for (const passage of turn.state.passages) agePassage(turn, passage);
  ageNotice(turn);
  const lately = forgetOldUses(turn.state, monoMs - turn.settings.repeatMs);
  if (lately !== turn.state.lately) turn.set({ lately });
}

/** Rules that owe an answer for too long have failed (security A3). */
function answerForRules(turn: Turn, passage: Passage): void {
  const { askedMonoMs, ordinal, round, documents } = passage;
  if (askedMonoMs === null || turn.at.monoMs - askedMonoMs < DECIDE_MS_MAX) return;
  onDecided(turn, { kind: 'decided', ordinal, round, verdict: faultVerdict(documents) });
}

function agePassage(turn: Turn, passage: Passage): void {
  const { monoMs } = turn.at;
  const { stage, ordinal, parked } = passage;
  switch (stage.kind) {
    case 'given':
      if (stage.by !== 'release') ageGiven(turn, passage, stage);
      return;
    case 'settled':
      if (monoMs >= stage.untilMonoMs) leaveScreen(turn, ordinal);
      return;
    case 'held':
      if (parked === null || monoMs < parked.remindAtMonoMs) return;
      turn.put({ ...passage, parked: { ...parked, remindAtMonoMs: monoMs + OVERDUE_MS } });
      turn.tell({ event: 'overdue', ordinal, parkedMs: monoMs - parked.sinceMonoMs });
      return;
    case 'deciding':
    case 'queued':
      return;
    default:
      stage satisfies never;
  }
}

type Given = Extract<Passage['stage'], { kind: 'given' }>;

/** A pass expires on the screen; with `clear = next` an emptied view then tells that it has crossed. */
function ageGiven(turn: Turn, passage: Passage, stage: Given): void {
  const { monoMs } = turn.at;
  if (monoMs < stage.untilMonoMs) return;
  leaveScreen(turn, passage.ordinal);
  const inView = turn.state.inView.some(({ ordinal }) => ordinal === passage.ordinal);
  const left = !inView && monoMs - passage.seenMonoMs >= REAPPEAR_MS;
  const current = turn.passage(passage.ordinal) ?? passage;
  if (left && turn.settings.clear === 'next') closeGiven(turn, current, 'assumed');
  else if (monoMs - stage.sinceMonoMs >= CROSSING_MS_MAX) closeGiven(turn, current, 'unknown');
}

function ageNotice(turn: Turn): void {
  const { monoMs } = turn.at;
  const { notice: shown, hint } = turn.state;
  if (shown !== null && monoMs >= shown.untilMonoMs) turn.set({ notice: null });
  if (hint === null || NO_CODE_SEEN.has(hint.word) || turn.state.notice !== null) return;
  if (monoMs - hint.sinceMonoMs >= NOT_READ_AFTER_MS) notice(turn, 'not-read', null);
}

/** Hints that do not mean that a code is seen and not read. */
const NO_CODE_SEEN: ReadonlySet<string> = new Set(['no-code', 'several-codes']);
