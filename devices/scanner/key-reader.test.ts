import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type InputRecord, RecordSplitter } from './input-records.ts';
import { EV, KEY, SYN } from './key-codes.ts';
import { KeyReader } from './key-reader.ts';
import {
  recordOf,
  recordsOf,
  type Stroke,
  strokesOf,
  type WedgeStyle,
} from './sim/typed-records.ts';

/** What a reader makes of strokes, its bytes and the names of everything else in the order they came. */
function read(strokes: readonly Stroke[]): string {
  return readRecords(new RecordSplitter().push(recordsOf(strokes, 1_000)));
}

function readRecords(records: readonly InputRecord[]): string {
  const reader = new KeyReader();
  const pieces = records.map((record) => {
    const event = reader.take(record);
    if (event === null) return Buffer.alloc(0);
    return event.kind === 'bytes' ? Buffer.from(event.bytes) : Buffer.from(`<${event.kind}>`);
  });
  return Buffer.concat([...pieces, reader.flush()]).toString();
}

const press = (code: number): Stroke[] => [
  [code, 1],
  [code, 0],
];
/** Alt and a number on the keypad. */
const alt = (digits: string): Stroke[] => {
  const keys: Record<string, number> = { 0: 82, 1: 79, 2: 80, 3: 81, 4: 75, 5: 76, 6: 77 };
  const rest: Record<string, number> = { 7: 71, 8: 72, 9: 73 };
  const typed = [...digits].flatMap((digit) => press(keys[digit] ?? rest[digit] ?? 0));
  return [[KEY.LEFTALT, 1], ...typed, [KEY.LEFTALT, 0]];
};

describe('with the layout of the factory', () => {
  const ascii = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });
  const letters = fc.string({ unit: fc.constantFrom(...'aZ09|ễđƯữầ, ẠỵĐéâ漢😀') });

  test('every key types what stands on it', () => {
    fc.assert(fc.property(ascii, (text) => read(strokesOf(text, 'drop')) === text));
  });

  test('letters that no key has arrive as they were read, spelled either way', () => {
    fc.assert(
      fc.property(
        letters,
        fc.constantFrom<WedgeStyle>('alt-bytes', 'alt-points'),
        (text, style) => {
          expect(read(strokesOf(text, style))).toBe(text);
        },
      ),
    );
  });

  test('every control character comes from Control and a letter', () => {
    for (let code = 1; code < 0x20; code++) {
      if (code === 9 || code === 13) continue;
      const sign = String.fromCharCode(code);
      expect(read(strokesOf(sign, 'drop'))).toBe(sign);
    }
  });

  test('Enter, the Enter of the keypad and Tab are the end of a code', () => {
    for (const key of [KEY.ENTER, KEY.KPENTER, KEY.TAB]) expect(read(press(key))).toBe('\r');
  });

  test('the keypad types digits without Alt', () => {
    expect(read([...press(82), ...press(79), ...press(73)])).toBe('019');
  });

  test('Caps Lock turns letters and nothing else, until it is pressed again', () => {
    const typed = [
      ...press(KEY.CAPSLOCK),
      ...strokesOf('aB1|', 'drop'),
      ...press(KEY.CAPSLOCK),
      ...strokesOf('a', 'drop'),
    ];
    expect(read(typed)).toBe('Ab1|a');
  });
});

describe('Alt and a number', () => {
  test('with a leading zero is a byte; bytes that are no UTF-8 are Windows-1252', () => {
    expect(read([...alt('0225'), ...alt('0187'), ...alt('0133')])).toBe('ễ');
    expect(read([...alt('0234'), ...strokesOf('x', 'drop')])).toBe('êx');
    expect(read(alt('065'))).toBe('A');
  });

  test('without one is a code point, also of one that a byte holds', () => {
    expect(read([...alt('225'), ...alt('7877')])).toBe('áễ');
  });

  test('that is no character spoils the code', () => {
    for (const digits of ['99999999', '1114112']) expect(read(alt(digits))).toBe('\x00');
    expect(read([[KEY.LEFTALT, 1], ...press(30), [KEY.LEFTALT, 0]])).toBe('\x00');
  });

  test('without a digit is nothing', () => {
    expect(read([[KEY.LEFTALT, 1], [KEY.LEFTALT, 0], ...press(30)])).toBe('a');
  });
});

describe('what is not a scanner in order', () => {
  test('a key held down is one key', () => {
    expect(
      read([
        [30, 1],
        [30, 2],
        [30, 2],
        [30, 0],
      ]),
    ).toBe('a');
  });

  test('AltGr and the key beside Shift that only other layouts have tell the layout', () => {
    expect(read([[KEY.RIGHTALT, 1], ...press(7), [KEY.RIGHTALT, 0]])).toBe('<layout>');
    expect(read(press(KEY.KEY_102ND))).toBe('<layout>');
  });

  test('after lost keys nothing is read to the end of that report, and no key is thought to be down', () => {
    const records = [
      ...new RecordSplitter().push(recordsOf([[KEY.LEFTSHIFT, 1]], 1)),
      ...new RecordSplitter().push(
        Buffer.concat([
          recordOf(2, EV.SYN, SYN.DROPPED, 0),
          recordOf(2, EV.KEY, 31, 1),
          recordOf(2, EV.SYN, SYN.REPORT, 0),
          recordsOf(press(30), 3),
        ]),
      ),
    ];
    expect(readRecords(records)).toBe('<lost>a');
  });

  test('any records whatever are taken without an exception, and nothing of them is kept for long', () => {
    const record = fc.record({
      atMs: fc.constant(0),
      type: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 0xffff })),
      code: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 0, max: 0xffff })),
      value: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer()),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 400 }), (records) => {
        expect(readRecords(records).length).toBeLessThanOrEqual(records.length * 13);
      }),
    );
  });
});

test('records come out the same however their bytes are cut', () => {
  const bytes = recordsOf(strokesOf('001200000017|Nam\r', 'drop'), 1_637_400_000_123);
  const whole = new RecordSplitter().push(bytes);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes) => {
      const splitter = new RecordSplitter();
      const cut: InputRecord[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        cut.push(...splitter.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(cut).toEqual(whole);
    }),
  );
  expect(whole[0]?.atMs).toBe(1_637_400_000_123);
});
