import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PRESENTATION_TEXT_MAX } from '../../../src/station/http/shapes.ts';
import {
  type KeyGate,
  NO_KEYS,
  type Pressed,
  pressKey,
  QUIET_MS,
  SCAN_CHARS_MAX,
  settle,
} from './key-gate.ts';

/** Types keys `gapMs` apart and waits until they have gone quiet. */
function typed(keys: readonly string[], gapMs: number): readonly Pressed[] {
  let gate: KeyGate = NO_KEYS;
  const meant: Pressed[] = [];
  keys.forEach((key, index) => {
    if (index > 0 && gapMs >= QUIET_MS) {
      meant.push(...settle(gate));
      gate = NO_KEYS;
    }
    gate = pressKey(gate, key, index * gapMs);
  });
  return [...meant, ...settle(gate)];
}

test('a scan is cut where the station would refuse it', () => {
  expect(SCAN_CHARS_MAX).toBe(PRESENTATION_TEXT_MAX);
});

test('Enter alone presses what has the focus, and so does Space', () => {
  expect(typed(['Enter'], 0)).toEqual([{ kind: 'activate' }]);
  expect(typed([' '], 0)).toEqual([{ kind: 'activate' }]);
});

test('Enter right after another key presses nothing', () => {
  expect(typed(['7', 'Enter'], 99)).toEqual([{ kind: 'character', character: '7' }]);
  expect(typed(['Enter', '7'], 99)).toEqual([{ kind: 'character', character: '7' }]);
});

test('Enter 100 ms after another key presses', () => {
  expect(typed(['7', 'Enter'], 100)).toEqual([
    { kind: 'character', character: '7' },
    { kind: 'activate' },
  ]);
});

test('a burst with its Enter is one scan, blanks and separators kept', () => {
  const text = '001200000001||Nguyễn Văn Mẫu|01022000|Nam|Số 1|03042021';
  expect(typed([...text, 'Enter'], 3)).toEqual([{ kind: 'scan', text }]);
});

test('an officer typing twelve digits quickly is no scanner', () => {
  const digits = [...'001200000001'];
  expect(typed(digits, 70)).toEqual(digits.map((character) => ({ kind: 'character', character })));
});

test('two Enters together, as a scanner with a double suffix sends, press nothing', () => {
  expect(typed(['Enter', 'Enter'], 5)).toEqual([]);
});

test('whatever a scanner sends, however it is ended and whatever control keys it holds, presses nothing', () => {
  const key = fc.oneof(
    fc.constantFrom('Enter', ' ', 'Escape', 'Tab', 'Backspace', 'F1', 'F5', 'Control', 'ArrowDown'),
    fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 2, maxLength: 300 }),
      fc.integer({ min: 0, max: QUIET_MS - 1 }),
      (keys, gapMs) => {
        const meant = typed(keys, gapMs).map(({ kind }) => kind);
        expect(meant.filter((kind) => kind !== 'scan' && kind !== 'character')).toEqual([]);
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});

test('a scanner stuck on sending does not fill the memory', () => {
  let gate: KeyGate = NO_KEYS;
  for (let index = 0; index < SCAN_CHARS_MAX + 500; index += 1) gate = pressKey(gate, 'x', index);
  expect(gate.strokes.length).toBeLessThanOrEqual(SCAN_CHARS_MAX + 1);
});
