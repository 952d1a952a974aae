import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../src/kernel/errors.ts';
import { decodePnm } from './pnm.ts';

const PIXELS_MAX = 10_000;
const file = (head: string, ...body: readonly number[]) =>
  Buffer.concat([Buffer.from(head, 'latin1'), Uint8Array.from(body)]);
const grey = (bytes: Uint8Array) => [...decodePnm(bytes, PIXELS_MAX).data];

test.each<[string, Uint8Array, readonly number[]]>([
  ['raw grey', file('P5\n2 2\n255\n', 0, 10, 128, 255), [0, 10, 128, 255]],
  ['raw grey with comments', file('P5 # by hand\n2 # w\n1\n#m\n255\n', 7, 9), [7, 9]],
  ['raw grey of 16 bits', file('P5 2 1 65535\n', 0xff, 0xff, 0x80, 0x80), [255, 128]],
  ['raw grey of 4 bits', file('P5 2 1 15\n', 15, 3), [255, 51]],
  ['raw colour', file('P6 3 1 255\n', 255, 0, 0, 0, 255, 0, 0, 0, 255), [76, 150, 29]],
  ['plain grey', file('P2\n3 1\n255\n0 128\n255\n'), [0, 128, 255]],
  ['plain colour', file('P3\n1 1\n255\n255 255 255\n'), [255]],
  ['a body that begins with what could be white space', file('P5 2 1 255\n', 10, 32), [10, 32]],
])('%s is read', (_name, bytes, expected) => {
  expect(grey(bytes)).toEqual(expected);
});

test.each<[string, Uint8Array]>([
  ['nothing', file('')],
  ['a short body', file('P5\n2 2\n255\n', 1, 2, 3)],
  ['a short plain body', file('P2\n2 2\n255\n1 2 3')],
  ['no width', file('P5\n0 2\n255\n')],
  ['absurd size', file('P5\n999999 999999\n255\n')],
  ['a maximum of none', file('P5\n1 1\n0\n', 1)],
  ['bits', file('P4\n8 1\n', 1)],
])('%s is refused', (_name, bytes) => {
  expect(() => decodePnm(bytes, PIXELS_MAX)).toThrow(InputError);
});

test('any bytes give pixels or an InputError, and never more pixels than allowed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      for (const head of ['P5\n', 'P2 9 9 ', 'P6 3 3 255\n', '']) {
        try {
          const { width, height, data } = decodePnm(file(head, ...tail), PIXELS_MAX);
          expect(data.length).toBe(width * height);
          expect(data.length).toBeLessThanOrEqual(PIXELS_MAX);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }
    }),
  );
});
