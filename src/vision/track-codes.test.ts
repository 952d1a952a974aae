import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ABSENCE_MS,
  leaveAll,
  NOTHING_TRACKED,
  stepTracks,
  type TrackEffect,
} from './track-codes.ts';
import type { DecodedCode } from './vision-event.ts';

function code(text: string, x = 100, y = 100): DecodedCode {
  const corners = [
    [x, y],
    [x + 50, y],
    [x + 50, y + 50],
    [x, y + 50],
  ] as const;
  return { bytes: new TextEncoder().encode(text), text, corners };
}

function play(frames: readonly (readonly [atMs: number, codes: readonly DecodedCode[]])[]) {
  let state = NOTHING_TRACKED;
  const told: string[] = [];
  for (const [atMs, codes] of frames) {
    const [next, effects] = stepTracks(state, codes, atMs);
    state = next;
    told.push(...effects.map(tell));
  }
  return { state, told };
}

function tell(effect: TrackEffect): string {
  return effect.kind === 'code-shown'
    ? `${effect.track} shown ${effect.code.text}`
    : `${effect.track} left`;
}

test('a code in view for thirty frames is one presentation', () => {
  const frames = Array.from({ length: 30 }, (_, i) => [i * 33, [code('a', 100 + i)]] as const);
  expect(play(frames).told).toEqual(['1 shown a']);
});

test('a short absence is the same presentation, a longer one a new one', () => {
  const frames = [
    [0, [code('a')]],
    [500, []],
    [ABSENCE_MS, [code('a')]],
    [2 * ABSENCE_MS + 1, []],
    [2 * ABSENCE_MS + 10, [code('a')]],
  ] as const;
  expect(play(frames).told).toEqual(['1 shown a', '1 left', '2 shown a']);
});

test('a frame that comes late shows nobody again who left after it, and somebody it alone has seen', () => {
  const frames = [
    [0, [code('a')]],
    [ABSENCE_MS + 10, []],
    [300, [code('a')]],
    [400, [code('b')]],
    [ABSENCE_MS + 20, [code('a')]],
  ] as const;
  expect(play(frames).told).toEqual(['1 shown a', '1 left', '2 shown b', '3 shown a']);
});

test('a late frame takes nothing from what newer ones have seen', () => {
  const frames = [
    [900, [code('a')]],
    [100, [code('a')]],
    [1_500, []],
  ] as const;
  expect(play(frames).told).toEqual(['1 shown a']);
});

test('a new code while the old is in view is a new presentation', () => {
  const frames = [
    [0, [code('a')]],
    [30, [code('a'), code('b', 400)]],
    [60, [code('b', 402), code('a', 101)]],
  ] as const;
  expect(play(frames).told).toEqual(['1 shown a', '2 shown b']);
});

test('a new code in the old one’s place is a new presentation, and the old one leaves', () => {
  const frames = [
    [0, [code('a')]],
    [30, [code('b')]],
    [1100, [code('b')]],
  ] as const;
  expect(play(frames).told).toEqual(['1 shown a', '2 shown b', '1 left']);
});

test('the same bytes twice in one frame are two presentations that keep their places', () => {
  const { state, told } = play([
    [0, [code('a', 100), code('a', 600)]],
    [30, [code('a', 610), code('a', 90)]],
  ]);
  expect(told).toEqual(['1 shown a', '2 shown a']);
  expect(state.tracks.map(({ track, code: { corners } }) => [track, corners[0][0]])).toEqual([
    [2, 610],
    [1, 90],
  ]);
});

test('equal texts of different bytes are different codes', () => {
  const nothing = { ...code(''), text: null };
  const other = { ...nothing, bytes: Uint8Array.of(0xff) };
  expect(play([[0, [{ ...nothing, bytes: Uint8Array.of(0xfe) }, other]]]).told).toHaveLength(2);
});

test('when the camera is out every presentation ends', () => {
  const { state } = play([[0, [code('a'), code('b', 400)]]]);
  const [empty, effects] = leaveAll(state);
  expect(effects.map(tell)).toEqual(['1 left', '2 left']);
  expect(empty.tracks).toEqual([]);
  expect(stepTracks(empty, [code('a')], 20)[1].map(tell)).toEqual(['3 shown a']);
});

test('whatever frames hold, every track is shown once, leaves at most once, and few are kept', () => {
  const frame = fc.tuple(
    fc.integer({ min: 0, max: 700 }),
    fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(1900)), { maxLength: 120 }),
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
      let state = NOTHING_TRACKED;
      let nowMs = 0;
      const shown = new Set<number>();
      const left = new Set<number>();
      for (const [gapMs, codes] of frames) {
        nowMs += gapMs;
        const [next, effects] = stepTracks(
          state,
          codes.map(([text, x]) => code(text, x)),
          nowMs,
        );
        state = next;
        for (const { kind, track } of effects) {
          const book = kind === 'code-shown' ? shown : left;
          expect(book.has(track)).toBe(false);
          book.add(track);
        }
        expect(state.tracks.length).toBeLessThanOrEqual(32);
        const inView = new Set(state.tracks.map(({ track }) => track));
        expect([...shown].filter((track) => !left.has(track)).sort()).toEqual([...inView].sort());
      }
    }),
    { numRuns: 100 },
  );
});
