import { RECORD_BYTES } from '../input-records.ts';
import { EV, KEY, KEYPAD_DIGITS, SYN, US_KEYS } from '../key-codes.ts';

/**
 * What becomes of a character that no key types: left out, its UTF-8 bytes as Alt and four digits, or its code point as Alt
 * and its number. All three are met.
 */
export type WedgeStyle = 'drop' | 'alt-bytes' | 'alt-points';

/** `code` down (1), up (0) or repeating (2). */
export type Stroke = readonly [code: number, value: 0 | 1 | 2];

const MSC = 4;
const MSC_SCAN = 4;
/** A full-speed keyboard reports once a millisecond. */
const REPORT_MS = 1;

const KEY_OF_SIGN: ReadonlyMap<string, readonly [code: number, isShifted: boolean]> = new Map(
  [...US_KEYS]
    .reverse()
    .flatMap(([code, { plain, shifted }]): [string, readonly [number, boolean]][] => [
      [shifted, [code, shifted !== plain]],
      [plain, [code, false]],
    ]),
);
const CODE_OF_DIGIT: ReadonlyMap<string, number> = new Map(
  [...KEYPAD_DIGITS].map(([code, digit]) => [digit, code]),
);

/** The keys a wedge with a US layout presses for a text. CR is Enter, TAB is Tab, other control characters Control and a letter. */
export function strokesOf(text: string, style: WedgeStyle): readonly Stroke[] {
  return [...text].flatMap((sign) => strokesOfSign(sign, style));
}

/** The strokes as the kernel's records, a report each, from `atMs` on. */
export function recordsOf(strokes: readonly Stroke[], atMs: number): Uint8Array {
  return Buffer.concat(
    strokes.flatMap(([code, value], index) => {
      const whenMs = atMs + index * REPORT_MS;
      return [
        recordOf(whenMs, MSC, MSC_SCAN, 0x70000 + code),
        recordOf(whenMs, EV.KEY, code, value),
        recordOf(whenMs, EV.SYN, SYN.REPORT, 0),
      ];
    }),
  );
}

/** One record as the kernel gives it. */
export function recordOf(atMs: number, type: number, code: number, value: number): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeBigInt64LE(BigInt(Math.floor(atMs / 1_000)), 0);
  record.writeBigInt64LE(BigInt(Math.floor(atMs % 1_000) * 1_000), 8);
  record.writeUInt16LE(type, 16);
  record.writeUInt16LE(code, 18);
  record.writeInt32LE(value, 20);
  return record;
}

function strokesOfSign(sign: string, style: WedgeStyle): readonly Stroke[] {
  if (sign === '\r') return press(KEY.ENTER);
  if (sign === '\t') return press(KEY.TAB);
  const code = sign.charCodeAt(0);
  if (code < 0x20) {
    const letter = KEY_OF_SIGN.get(String.fromCharCode(code + 0x40).toLowerCase());
    return letter === undefined ? [] : held(KEY.LEFTCTRL, press(letter[0]));
  }
  const key = KEY_OF_SIGN.get(sign);
  if (key !== undefined) return key[1] ? held(KEY.LEFTSHIFT, press(key[0])) : press(key[0]);
  if (style === 'drop') return [];
  if (style === 'alt-points') return spelled(String(sign.codePointAt(0)));
  return [...new TextEncoder().encode(sign)].flatMap((byte) =>
    spelled(String(byte).padStart(4, '0')),
  );
}

function spelled(digits: string): readonly Stroke[] {
  return held(
    KEY.LEFTALT,
    [...digits].flatMap((digit) => press(CODE_OF_DIGIT.get(digit) ?? 0)),
  );
}

function press(code: number): readonly Stroke[] {
  return [
    [code, 1],
    [code, 0],
  ];
}

function held(modifier: number, strokes: readonly Stroke[]): readonly Stroke[] {
  return [[modifier, 1], ...strokes, [modifier, 0]];
}
