import { expect, test } from 'vitest';
import { type Command, decodeResponse, encodeCommand } from './apdu.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const command = (more: Partial<Command>): Command => ({
  ...{ cla: 0, ins: 0xa4, p1: 4, p2: 12, data: new Uint8Array(0), le: null },
  ...more,
});

// ISO/IEC 7816-4, table 5: the seven forms of a command.
for (const [name, given, wanted] of [
  ['1: head alone', command({}), '00A4040C'],
  ['2S: answer wanted', command({ le: 256 }), '00A4040C00'],
  ['2E: long answer wanted', command({ le: 65_536 }), '00A4040C000000'],
  ['3S: data', command({ data: Uint8Array.of(1, 2) }), '00A4040C020102'],
  ['4S: data, answer wanted', command({ data: Uint8Array.of(1), le: 16 }), '00A4040C010110'],
  ['4E: long answer to data', command({ data: Uint8Array.of(1), le: 512 }), '00A4040C000001010200'],
] as const) {
  test(`case ${name}`, () => expect(hex(encodeCommand(given))).toBe(wanted));
}

test('case 3E: more data than a short command holds', () => {
  const bytes = encodeCommand(command({ data: new Uint8Array(256) }));
  expect(hex(bytes.subarray(0, 7))).toBe('00A4040C000100');
  expect(bytes).toHaveLength(4 + 3 + 256);
});

test('an answer is data and a status word; less is a fault of the card', () => {
  expect(decodeResponse(Uint8Array.of(1, 2, 0x90, 0))).toEqual({
    data: Uint8Array.of(1, 2),
    sw: 0x9000,
  });
  expect(() => decodeResponse(Uint8Array.of(0x90))).toThrow(
    expect.objectContaining({ code: 'apdu.short' }),
  );
});
