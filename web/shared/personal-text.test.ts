import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayable } from './personal-text.ts';

test('a Vietnamese name is left as it is, in either composition', () => {
  expect(displayable('Nguyễn Thị Ngọc Ánh', 80)).toBe('Nguyễn Thị Ngọc Ánh');
  expect(displayable('Nguyễn'.normalize('NFD'), 80)).toBe('Nguyễn'.normalize('NFD'));
});

test('direction overrides, controls and invisible characters show as what they are: something that is not a name', () => {
  expect(displayable('\u202eA\u0000\u200bB', 80)).toBe('�A�B');
});

test('marks piled on one letter stop at three', () => {
  expect(displayable(`a${'\u0301'.repeat(50)}b`, 80)).toBe(`a${'\u0301'.repeat(3)}b`);
});

test('line ends and tabs are blanks', () => {
  expect(displayable(' a\n\tb ', 80)).toBe('a b');
});

test('whatever a code holds, what is shown is short and holds nothing invisible', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0x10ffff), { maxLength: 600 }), (points) => {
      const shown = displayable(String.fromCodePoint(...points), 40);
      expect([...shown].length).toBeLessThanOrEqual(40);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { seed: 3, numRuns: 300 },
  );
});
