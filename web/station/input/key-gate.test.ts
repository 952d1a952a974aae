import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRESENTATION_TEXT_MAX } from '../../../src/station/http/shapes.ts';
import {
  type Key,
  type KeyGate,
  NO_KEYS,
  type Pressed,
  pressKey,
  QUIET_MS,
  SCAN_CHARS_MAX,
  settle,
} from './key-gate.ts';
import { usCharacter } from './us-keyboard.ts';

/** Every key as a US keyboard has it. */
const plain = (key: string): Key => ({ key, us: [...key].length === 1 ? key : null });

/** Types keys `gapMs` apart and waits until they have gone quiet. */
function typed(keys: readonly (string | Key)[], gapMs: number): readonly Pressed[] {
  let gate: KeyGate = NO_KEYS;
  const meant: Pressed[] = [];
  keys.forEach((key, index) => {
    if (index > 0 && gapMs >= QUIET_MS) {
      meant.push(...settle(gate));
      gate = NO_KEYS;
    }
    gate = pressKey(gate, typeof key === 'string' ? plain(key) : key, index * gapMs);
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
  expect(typed([...text, 'Enter'], 3)).toEqual([{ kind: 'scan', text, keyboard: 'us' }]);
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
  for (let index = 0; index < SCAN_CHARS_MAX + 500; index += 1)
    gate = pressKey(gate, plain('x'), index);
  expect(gate.strokes.length).toBeLessThanOrEqual(SCAN_CHARS_MAX + 1);
});

describe('the desktop between scanner and page', () => {
  const code = '001200000001||Nguyen Van Mau|01022000|Nam';
  /** A French layout's digit row, as it types without Shift. */
  const FRENCH = 'à&é"\'(-è_ç';
  const scan = (change: (sign: string) => string) =>
    typed([...[...code].map((sign) => ({ key: change(sign), us: sign })), 'Enter'], 3);

  test('with an input method on gives the number all the same, and it is said', () => {
    const telex = scan(() => 'Process');
    expect(telex).toEqual([{ kind: 'scan', text: code, keyboard: 'input-method' }]);
  });

  test('with another layout gives the number all the same, and it is said', () => {
    const french = scan((sign) => (/[0-9]/.test(sign) ? (FRENCH[Number(sign)] ?? '') : sign));
    expect(french).toEqual([{ kind: 'scan', text: code, keyboard: 'other-layout' }]);
    const dead = scan((sign) => (sign === '1' ? 'Dead' : sign));
    expect(dead).toEqual([{ kind: 'scan', text: code, keyboard: 'other-layout' }]);
  });

  test('with Caps Lock down gives what the scanner read', () => {
    const capitals = scan((sign) => sign.toUpperCase());
    expect(capitals).toEqual([{ kind: 'scan', text: code, keyboard: 'us' }]);
  });

  test('set to one layout with the scanner is left alone', () => {
    const keys = [...code].map((sign) => ({ key: sign, us: /[0-9]/.test(sign) ? '!' : sign }));
    expect(typed([...keys, 'Enter'], 3)).toEqual([{ kind: 'scan', text: code, keyboard: 'us' }]);
  });

  test('that says nothing of keys is believed', () => {
    const keys = [...code].map((key) => ({ key, us: null }));
    expect(typed([...keys, 'Enter'], 3)).toEqual([{ kind: 'scan', text: code, keyboard: 'us' }]);
  });
});

test('a US keyboard types ASCII, all of it, and nothing else', () => {
  const codes = [
    ...[...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `Key${letter}`),
    ...[...'0123456789'].map((digit) => `Digit${digit}`),
    ...'Backquote Minus Equal BracketLeft BracketRight Backslash Semicolon Quote Comma Period Slash Space'.split(
      ' ',
    ),
  ];
  const signs = codes.flatMap((code) => [usCharacter(code, false), usCharacter(code, true)]);
  const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index));
  expect([...new Set(signs)].sort()).toEqual(ascii.sort());
  expect(usCharacter('Numpad7', false)).toBe('7');
  for (const code of ['Enter', 'F5', 'IntlBackslash', ''])
    expect(usCharacter(code, true)).toBe(null);
});
