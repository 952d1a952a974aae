import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { writeTlv } from '../tlv.ts';
import { definiteLengths } from './ber.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 100_000 : 2_000;

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

for (const [name, given, wanted] of [
  ['an empty sequence', '30 80 0000', '30 00'],
  ['one within another', '30 80 31 80 020105 0000 0000', '30 05 31 03 020105'],
  ['within a definite one', '30 07 A0 80 020105 0000', '30 05 A0 03 020105'],
  ['octets in segments', '24 80 04 02 0102 04 01 03 0000', '04 03 010203'],
  ['octets in segments, definite', '24 07 04 02 0102 04 01 03', '04 03 010203'],
  ['segments of segments', '24 80 24 04 04 02 0102 04 01 03 0000', '04 03 010203'],
  ['a tag of two bytes', '7F 61 80 020105 0000', '7F 61 03 020105'],
] as const) {
  test(`${name} gets definite lengths`, () => {
    const { bytes, taken } = definiteLengths(hex(given));
    expect(Buffer.from(bytes)).toEqual(Buffer.from(hex(wanted)));
    expect(taken).toBe(hex(given).length);
  });
}

test('what is definite already is the same bytes, odd lengths and all', () => {
  const bytes = hex('30 83000009 04 8104 30800000 02 00 FF');
  const { bytes: kept, taken } = definiteLengths(bytes);
  expect(kept.buffer).toBe(bytes.buffer);
  expect([kept.length, taken]).toEqual([14, 14]);
});

test('octets that look like BER are not looked into', () => {
  const octets = writeTlv(0x04, hex('30 80 0203'));
  const { bytes } = definiteLengths(Buffer.concat([hex('30 80'), octets, hex('0000')]));
  expect(Buffer.from(bytes)).toEqual(Buffer.from(writeTlv(0x30, octets)));
});

for (const [name, given, code] of [
  ['no end of contents', '30 80 020105', 'tlv.truncated'],
  ['half an end of contents', '30 80 00', 'tlv.truncated'],
  ['an indefinite primitive', '04 80 0000', 'tlv.length'],
  ['a child beyond its parent', '30 03 04 05 0102030405', 'tlv.truncated'],
  ['nesting without end', '3080'.repeat(5_000), 'ber.depth'],
  ['definite nesting without end', nested(5_000), 'ber.depth'],
] as const) {
  test(`${name} is refused with a reason`, () => {
    expect(() => definiteLengths(hex(given))).toThrow(expect.objectContaining({ code }));
  });
}

type Tree = {
  readonly tag: number;
  readonly children: readonly Tree[];
  readonly octets: Uint8Array;
};

test('a tree written with definite and with indefinite lengths is the same tree', () => {
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.record({
      tag: fc.constantFrom(0x30, 0x31, 0xa0, 0x7f61),
      children: fc.oneof(
        { depthSize: 'small' },
        fc.constant([]),
        fc.array(tie('tree'), { maxLength: 4 }),
      ),
      octets: fc.uint8Array({ maxLength: 200 }),
    }),
  }));
  fc.assert(
    fc.property(tree, (root) => {
      const { bytes } = definiteLengths(indefinite(root));
      expect(Buffer.from(bytes)).toEqual(Buffer.from(definite(root)));
    }),
  );
});

test('any bytes are rewritten or refused by name', () => {
  const byte = fc.oneof(fc.constantFrom(0x30, 0x80, 0x00, 0x24, 0x04, 0x7f), fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 100 }), (bytes) => {
      try {
        expect(definiteLengths(Uint8Array.from(bytes)).taken).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: RUNS },
  );
});

function definite({ tag, children, octets }: Tree): Uint8Array {
  return writeTlv(tag, ...children.map(definite), writeTlv(0x04, octets));
}

function indefinite({ tag, children, octets }: Tree): Uint8Array {
  const head = [...writeTlv(tag).subarray(0, -1), 0x80];
  const half = octets.length >> 1;
  const segments = [octets.subarray(0, half), octets.subarray(half)].map((part) =>
    writeTlv(0x04, part),
  );
  const value = [Uint8Array.of(0x24, 0x80), ...segments, Uint8Array.of(0, 0)];
  return Buffer.concat([
    Uint8Array.from(head),
    ...children.map(indefinite),
    ...value,
    Uint8Array.of(0, 0),
  ]);
}

function nested(depth: number): string {
  let bytes: Uint8Array = new Uint8Array(0);
  for (let level = 0; level < depth; level++) bytes = writeTlv(0x30, bytes);
  return Buffer.from(bytes).toString('hex');
}
