import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readApduLimits, readApplications } from './master-files.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('the limits of extended length stand behind other objects (ICAO 9303-10, 3.11.1)', () => {
  const file = hex('43 01 80  47 03 88 01 C0  7F66 08 02 02 05DC 02 02 0800  46 02 0102');
  expect(readApduLimits(file)).toEqual({ commandBytesMax: 1_500, responseBytesMax: 2_048 });
  expect(readApduLimits(hex('7F66 0A 02 03 010000 02 03 010002'))).toEqual({
    ...{ commandBytesMax: 65_536, responseBytesMax: 65_538 },
  });
});

test('what was not read to its end, or is no number, gives no limits', () => {
  for (const file of ['', '4703880140', '7F6608020205DC02', '7F66040202FFFF', '7F660802028000']) {
    expect(readApduLimits(hex(file))).toBeNull();
  }
});

test('applications are told in the order of EF.DIR, fillers and odd entries passed over', () => {
  const file = hex('61 09 4F 07 A0000002471001  61 04 50 02 4142  61 07 4F 05 D276000085  00 00');
  expect(readApplications(file)).toEqual(['a0000002471001', 'd276000085']);
  expect(readApplications(hex(''))).toEqual([]);
});

test('any bytes are read, or nothing is told', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const limits = readApduLimits(bytes);
      expect(limits === null || limits.responseBytesMax >= 0).toBe(true);
      expect(readApplications(bytes).every((id) => /^([0-9a-f]{2}){1,16}$/.test(id))).toBe(true);
    }),
  );
});
