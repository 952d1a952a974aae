import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HINT_MIN_MS, HINT_STUCK_MS, SILENT_COACH, stepCoach } from './coach.ts';
import type { Hint } from './vision-event.ts';

const FRAME_MS = 100;

/** The hints told, with the time each came up, when `reasonsAt` holds at every tenth of a second. */
function told(untilMs: number, reasonsAt: (ms: number) => readonly Hint[], readAtMs = -1) {
  let state = SILENT_COACH;
  const changes: (readonly [number, Hint | null])[] = [];
  for (let ms = 0; ms <= untilMs; ms += FRAME_MS) {
    const next = stepCoach(state, { reasons: reasonsAt(ms), read: ms === readAtMs }, ms);
    if (next.hint !== state.hint) changes.push([ms, next.hint]);
    state = next;
  }
  return changes;
}

test('the most important reason is told, alone', () => {
  expect(told(1000, () => ['cut-off', 'too-far'])).toEqual([[0, 'cut-off']]);
});

test('a hint stays a second and a half, even when its reason is gone', () => {
  const reasons = (ms: number): Hint[] => (ms < 300 ? ['moving'] : ms < 3000 ? ['too-far'] : []);
  expect(told(4000, reasons)).toEqual([
    [0, 'moving'],
    [HINT_MIN_MS, 'too-far'],
    [3000, null],
  ]);
});

test('after four seconds without success the next reason has its turn, then the first again', () => {
  expect(told(9000, () => ['glare', 'too-far'])).toEqual([
    [0, 'glare'],
    [HINT_STUCK_MS, 'too-far'],
    [2 * HINT_STUCK_MS, 'glare'],
  ]);
});

test('a hint that is the only reason stays', () => {
  expect(told(20_000, () => ['too-far'])).toEqual([[0, 'too-far']]);
});

test('a code that is read silences the coach at once', () => {
  const reasons = (ms: number): Hint[] => (ms < 700 ? ['too-far'] : []);
  expect(told(1000, reasons, 700)).toEqual([
    [0, 'too-far'],
    [700, null],
  ]);
});

test('whatever the frames say, no hint is shorter than its minimum unless a code was read', () => {
  const hints = fc.subarray<Hint>(['too-far', 'glare', 'moving', 'cut-off', 'no-code']);
  fc.assert(
    fc.property(fc.array(hints, { maxLength: 100 }), (frames) => {
      let state = SILENT_COACH;
      let changedAtMs = Number.NEGATIVE_INFINITY;
      frames.forEach((reasons, index) => {
        const next = stepCoach(state, { reasons, read: false }, index * FRAME_MS);
        if (next.hint !== state.hint) {
          if (state.hint !== null) {
            expect(index * FRAME_MS - changedAtMs).toBeGreaterThanOrEqual(HINT_MIN_MS);
          }
          changedAtMs = index * FRAME_MS;
        }
        if (next.hint !== null && next.hint !== state.hint) expect(reasons).toContain(next.hint);
        state = next;
      });
    }),
  );
});
