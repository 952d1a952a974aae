/** Keys by `KeyboardEvent.code`, which no layout and no input method changes, and what they type on a US keyboard. */
const SIGNS: Readonly<Record<string, readonly [plain: string, shifted: string]>> = {
  Backquote: ['`', '~'],
  Minus: ['-', '_'],
  Equal: ['=', '+'],
  BracketLeft: ['[', '{'],
  BracketRight: [']', '}'],
  Backslash: ['\\', '|'],
  Semicolon: [';', ':'],
  Quote: ["'", '"'],
  Comma: [',', '<'],
  Period: ['.', '>'],
  Slash: ['/', '?'],
  Space: [' ', ' '],
  NumpadDecimal: ['.', '.'],
  NumpadAdd: ['+', '+'],
  NumpadSubtract: ['-', '-'],
  NumpadMultiply: ['*', '*'],
  NumpadDivide: ['/', '/'],
};
const SHIFTED_DIGITS = ')!@#$%^&*(';

/** The character that a scanner meant by a key, as scanners leave the factory; null for what types none. Caps Lock is the desktop's. */
export function usCharacter(code: string, isShifted: boolean): string | null {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter !== undefined) return isShifted ? letter : letter.toLowerCase();
  const digit = /^Digit([0-9])$/.exec(code)?.[1];
  if (digit !== undefined) return isShifted ? (SHIFTED_DIGITS[Number(digit)] ?? null) : digit;
  const keypad = /^Numpad([0-9])$/.exec(code)?.[1];
  if (keypad !== undefined) return keypad;
  return SIGNS[code]?.[isShifted ? 1 : 0] ?? null;
}
