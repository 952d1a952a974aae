/** Of linux/input-event-codes.h, as far as a scanner sends them. */
export const EV = { SYN: 0, KEY: 1, REL: 2, ABS: 3, MAX: 0x1f } as const;
export const SYN = { REPORT: 0, DROPPED: 3 } as const;
export const KEY = {
  ESC: 1,
  BACKSPACE: 14,
  TAB: 15,
  ENTER: 28,
  LEFTCTRL: 29,
  LEFTSHIFT: 42,
  RIGHTSHIFT: 54,
  LEFTALT: 56,
  CAPSLOCK: 58,
  NUMLOCK: 69,
  SCROLLLOCK: 70,
  KEY_102ND: 86,
  KPENTER: 96,
  RIGHTCTRL: 97,
  RIGHTALT: 100,
  LEFTMETA: 125,
  RIGHTMETA: 126,
} as const;

/** Rows of the US layout from the first key's code on: what each key types alone, and with Shift. */
const ROWS: readonly (readonly [firstCode: number, plain: string, shifted: string])[] = [
  [2, '1234567890-=', '!@#$%^&*()_+'],
  [16, 'qwertyuiop[]', 'QWERTYUIOP{}'],
  [30, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [43, '\\zxcvbnm,./', '|ZXCVBNM<>?'],
  [57, ' ', ' '],
];

/** What the keypad types, Shift or not: a scanner knows no Num Lock. */
const KEYPAD: readonly (readonly [code: number, text: string])[] = [
  [55, '*'],
  [71, '7'],
  [72, '8'],
  [73, '9'],
  [74, '-'],
  [75, '4'],
  [76, '5'],
  [77, '6'],
  [78, '+'],
  [79, '1'],
  [80, '2'],
  [81, '3'],
  [82, '0'],
  [83, '.'],
  [98, '/'],
];

export type UsKey = { readonly plain: string; readonly shifted: string };

/** What a key types where the layout is US, the factory's setting of every scanner met. */
export const US_KEYS: ReadonlyMap<number, UsKey> = new Map([
  ...ROWS.flatMap(([firstCode, plain, shifted]) =>
    [...plain].map((sign, index): [number, UsKey] => [
      firstCode + index,
      { plain: sign, shifted: shifted[index] ?? sign },
    ]),
  ),
  ...KEYPAD.map(([code, text]): [number, UsKey] => [code, { plain: text, shifted: text }]),
]);

/** The digits of the keypad, with which Alt spells a character's number. */
export const KEYPAD_DIGITS: ReadonlyMap<number, string> = new Map(
  KEYPAD.filter(([, text]) => /[0-9]/.test(text)),
);
