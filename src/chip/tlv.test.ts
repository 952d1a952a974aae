import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from './protocol-error.ts';
import { needTlv, readTlv, readTlvs, writeTlv } from './tlv.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('tags of one, two and three bytes, lengths of one to four', () => {
  expect(readTlv(hex('5F1F 03 414243'))).toMatchObject({ tag: 0x5f1f, constructed: false });
  expect(readTlv(hex('7F2E 82 0001 00'))).toMatchObject({ tag: 0x7f2e, constructed: true });
  expect(readTlv(hex('5F8101 00')).tag).toBe(0x5f8101);
  expect(readTlv(hex('04 84 00000002 AABB FF')).raw).toEqual(hex('04 84 00000002 AABB'));
});

test('what is written is read again, whatever its length', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0x04, 0x30, 0x5f1f, 0x7f49),
      fc.uint8Array({ maxLength: 70_000 }),
      (tag, value) => {
        const [read, ...more] = readTlvs(writeTlv(tag, value));
        expect(more).toEqual([]);
        expect(read?.tag).toBe(tag);
        expect(Buffer.compare(read?.value ?? Buffer.alloc(1), value)).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

for (const [name, bytes, code] of [
  ['nothing', '', 'tlv.truncated'],
  ['a tag alone', '30', 'tlv.truncated'],
  ['a value cut short', '04 03 AABB', 'tlv.truncated'],
  ['an endless tag', '5F FFFFFF 00', 'tlv.tag'],
  ['an indefinite length', '30 80 0000', 'tlv.length'],
  ['a length of five bytes', '04 85 0000000001 AA', 'tlv.length'],
  ['a length beyond memory', '04 84 FFFFFFFF AA', 'tlv.truncated'],
] as const) {
  test(`${name} is refused with a reason`, () => {
    expect(() => readTlv(hex(bytes))).toThrow(expect.objectContaining({ code }));
  });
}

test('any bytes give objects or a ProtocolError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        const objects = readTlvs(bytes);
        expect(Buffer.concat(objects.map(({ raw }) => raw))).toEqual(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});

test('a level of more objects than any file has is refused', () => {
  expect(() => readTlvs(new Uint8Array(10_000))).toThrow(
    expect.objectContaining({ code: 'tlv.too-many' }),
  );
});

test('an object that is not there is named', () => {
  expect(() => needTlv(readTlvs(hex('0400')), 0x30, 'EF.SOD')).toThrow(/EF\.SOD: object 30/);
});
