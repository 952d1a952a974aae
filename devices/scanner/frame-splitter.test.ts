import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME_BYTES_MAX, FrameSplitter, type ScannerFraming } from './frame-splitter.ts';

const ANY: ScannerFraming = {
  ends: ['cr', 'lf', 'etx'],
  prefix: 'optional',
  silenceEnds: false,
  interByteMs: 100,
  aimIdentifier: true,
};
const STX_ETX: ScannerFraming = { ...ANY, ends: ['etx'], prefix: 'required' };
const SILENT: ScannerFraming = { ...ANY, ends: [], prefix: 'none', silenceEnds: true };

/** All pieces at one moment, then a long pause. */
function split(framing: ScannerFraming, ...pieces: readonly (string | Uint8Array)[]): string[] {
  const splitter = new FrameSplitter(framing);
  const events = pieces.flatMap((piece) => splitter.push(Buffer.from(piece), 5));
  return [...events, ...splitter.idle(1_000)].map((event) =>
    event.kind === 'frame'
      ? `${event.symbology ?? ''}:${Buffer.from(event.bytes).toString('latin1')}`
      : `${event.cause} ${event.byteCount}`,
  );
}

describe('what ends a frame', () => {
  test.each(['\r', '\n', '\r\n', '\x03'])('%j', (end) => {
    expect(split(ANY, `one${end}two${end}`)).toEqual([':one', ':two']);
  });

  test('STX before it is not part of it, and where it must stand nothing else is read', () => {
    expect(split(ANY, '\x02one\x03')).toEqual([':one']);
    expect(split(STX_ETX, 'junk\x03\x02one\r\nmore\x03')).toEqual(['partial 4', ':one\r\nmore']);
    expect(split(STX_ETX, 'ab\x02one\x02two\x03')).toEqual(['partial 2', 'partial 3', ':two']);
  });

  test('a pause, where the profile says so; else it makes a frame partial', () => {
    expect(split(SILENT, 'one')).toEqual([':one']);
    expect(split(ANY, 'one')).toEqual(['partial 3']);
    const splitter = new FrameSplitter(ANY);
    splitter.push(Buffer.from('lost'), 10);
    expect(splitter.idle(110)).toEqual([]);
    const events = splitter.push(Buffer.from('one\r'), 111);
    expect(events.map(({ kind }) => kind)).toEqual(['dropped', 'frame']);
  });
});

describe('AIM identifiers', () => {
  test('are told and cut off; what only looks like one stays', () => {
    expect(split(ANY, ']Q1text\r]e0more\r')).toEqual([']Q1:text', ']e0:more']);
    expect(split(ANY, ']\r]Q\r]11x\r]Q1\r')).toEqual([':]', ':]Q', ':]11x']);
    expect(split({ ...ANY, aimIdentifier: false }, ']Q1text\r')).toEqual([':]Q1text']);
  });
});

describe('what is not a code', () => {
  test('NUL and control characters are noise, separators of ISO 15434 are not', () => {
    expect(split(ANY, 'a\x00b\r', '\x7f\r', 'a\x1d\x1e\x1c\x1f\tb\r')).toEqual([
      'noise 3',
      'noise 1',
      ':a\x1d\x1e\x1c\x1f\tb',
    ]);
  });

  test('20 kB are a frame, one byte more is dropped to its end, and then it goes on', () => {
    const most = 'x'.repeat(FRAME_BYTES_MAX);
    expect(split(ANY, `${most}\r`)).toEqual([`:${most}`]);
    expect(split(ANY, `${most}y\rone\r`)).toEqual([`overlong ${FRAME_BYTES_MAX + 1}`, ':one']);
  });
});

describe('for any bytes', () => {
  const framing = fc.constantFrom(ANY, STX_ETX, SILENT);
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .constantFrom('\r', '\r\n', '\x02', '\x03', ']Q1', '\x00', 'Hoa')
      .map((text) => Buffer.from(text)),
  );

  test('the frames are the same however the stream is cut', () => {
    fc.assert(
      fc.property(framing, fc.array(piece, { maxLength: 30 }), (how, pieces) => {
        const whole = Buffer.concat(pieces);
        const expected = split(how, whole);
        expect(split(how, ...pieces)).toEqual(expected);
        expect(split(how, ...[...whole].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
      }),
    );
  });

  test('what was sent between two ends comes out to the byte', () => {
    const text = fc.stringMatching(/^[A-Za-z0-9|][ -~]{0,200}$/);
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 20 }),
        fc.constantFrom('\r', '\n', '\r\n', '\x03'),
        (texts, end) => {
          const stream = texts.map((each) => `${each}${end}`).join('');
          expect(split(ANY, stream)).toEqual(texts.map((each) => `:${each}`));
        },
      ),
    );
  });
});
