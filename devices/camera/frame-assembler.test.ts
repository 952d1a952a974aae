import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameAssembler } from './frame-assembler.ts';

test('however the bytes are cut, the pictures are the same', () => {
  const bytes = Uint8Array.from({ length: 12 * 7 + 5 }, (_, index) => index);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 }), (cuts) => {
      const assembler = new FrameAssembler(12);
      const pictures: Uint8Array[] = [];
      let at = 0;
      for (const length of [...cuts, bytes.length]) {
        pictures.push(...assembler.push(bytes.subarray(at, at + length)));
        at = Math.min(bytes.length, at + length);
      }
      expect(Buffer.concat(pictures)).toEqual(Buffer.from(bytes.subarray(0, 12 * 7)));
      for (const picture of pictures) expect(picture.buffer.byteLength).toBe(12);
    }),
  );
});

test('a buffer given back is used again, one that was not never', () => {
  const assembler = new FrameAssembler(4);
  const [first] = assembler.push(new Uint8Array(4));
  const [second] = assembler.push(new Uint8Array(4));
  assembler.recycle(first);
  const [third] = assembler.push(new Uint8Array(4));
  const [fourth] = assembler.push(new Uint8Array(4));
  expect(third).toBe(first);
  expect(fourth).not.toBe(second);
  expect(fourth).not.toBe(first);
});

test('a buffer of another size is not taken back', () => {
  const assembler = new FrameAssembler(4);
  assembler.recycle(new Uint8Array(5));
  const [picture] = assembler.push(new Uint8Array(4));
  expect(picture).toHaveLength(4);
});
