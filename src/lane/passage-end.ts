import { GIVEN_MAX, RECENT_MAX } from './lane-settings.ts';
import type { Passage, Recent } from './lane-state.ts';
import type { Crossed } from './lane-words.ts';
import { isShut } from './may-open.ts';
import { rememberUse } from './subjects.ts';
import type { Turn } from './turn.ts';

/**
 * Ends a passage: recorded once, and gone from the lane. `used: false` when it was never given, so that its subject may
 * come again without being told a repeat.
 */
export function endPassage(
  turn: Turn,
  passage: Passage,
  crossed: Crossed,
  { used }: { readonly used: boolean } = { used: true },
): void {
  const test = passage.verdict?.test ?? false;
  // A test code runs the chain again and again at shift start: it is nobody's repeat.
  if (used && !test) turn.set({ lately: rememberUse(turn, passage) });
  turn.remove(passage.ordinal);
  turn.record({
    type: 'end',
    passage: passage.sequence,
    crossed,
    test,
    officer: turn.state.officer,
  });
  const row = recentOf(passage, crossed);
  turn.set({ recent: [row, ...turn.state.recent].slice(0, RECENT_MAX) });
  turn.effect({ kind: 'outcome', row });
}

/**
 * Somebody else follows: with `clear = next` everybody given before has crossed as far as anybody knows; with a tap or a
 * loop they may still be told. When it is the same subject that shows up again, it did not surely cross. `sparing` is
 * who is still on the screen.
 */
export function followGiven(turn: Turn, follower: Passage, sparing: number | null = null): void {
  const given = turn.state.passages.filter(
    ({ stage, ordinal }) =>
      stage.kind === 'given' &&
      stage.by !== 'release' &&
      stage.by !== 'paper' &&
      ordinal !== follower.ordinal &&
      ordinal !== sparing,
  );
  if (turn.settings.clear !== 'next') {
    for (const oldest of given.slice(0, Math.max(0, given.length - GIVEN_MAX))) {
      closeGiven(turn, oldest, 'unknown');
    }
    return;
  }
  for (const passage of given) {
    const same = passage.keys.number !== null && passage.keys.number === follower.keys.number;
    closeGiven(turn, passage, same ? 'unknown' : 'assumed');
  }
}

/**
 * Ends what was given; while staff may still take their action back, only settles it. Nobody is assumed to have crossed
 * past a barrier that did not open.
 */
export function closeGiven(turn: Turn, passage: Passage, sign: Crossed): void {
  const { stage } = passage;
  if (stage.kind !== 'given') return;
  const crossed = sign === 'assumed' && isShut(passage, turn.settings) ? 'unknown' : sign;
  const { undo } = turn.state;
  if (
    undo?.ordinal !== passage.ordinal ||
    stage.by === 'lane' ||
    stage.by === 'release' ||
    stage.by === 'paper'
  ) {
    endPassage(turn, passage, crossed);
    return;
  }
  leaveScreen(turn, passage.ordinal);
  const left = turn.passage(passage.ordinal) ?? passage;
  turn.put({
    ...left,
    stage: { kind: 'settled', by: stage.by, crossed, untilMonoMs: turn.at.monoMs },
  });
}

/** Names go with the screen. */
export function leaveScreen(turn: Turn, ordinal: number): void {
  const passage = turn.passage(ordinal);
  if (passage !== null && passage.documents.length > 0) {
    turn.put({ ...passage, documents: [], shed: true });
  }
  if (turn.state.front === ordinal) turn.set({ front: null });
}

function recentOf({ sequence, ordinal, verdict, decidedAtMs }: Passage, crossed: Crossed): Recent {
  return {
    passage: sequence ?? 0,
    ordinal,
    verdict: verdict?.kind ?? 'check',
    crossed,
    reasons: [...new Set(verdict?.reasons.map(({ code }) => code) ?? [])],
    test: verdict?.test ?? false,
    atMs: decidedAtMs,
  };
}
