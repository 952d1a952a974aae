import { expect, test } from 'vitest';
import { steadyHint } from './steady-hint.ts';

test('a hint stays for a second and a half before another takes its place', () => {
  const shown = { hint: 'too-far', sinceMs: 1_000 };
  expect(steadyHint(shown, 'glare', 2_499)).toEqual(shown);
  expect(steadyHint(shown, 'glare', 2_500)).toEqual({ hint: 'glare', sinceMs: 2_500 });
  expect(steadyHint(shown, null, 2_499)).toEqual(shown);
});

test('the first hint is shown at once', () => {
  expect(steadyHint({ hint: null, sinceMs: 0 }, 'glare', 1)).toEqual({ hint: 'glare', sinceMs: 1 });
});
