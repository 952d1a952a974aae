import { expect, test } from 'vitest';
import { encodePreview } from './encode-preview.ts';
import { decodeStill } from './load-still.ts';

/** Bars with rows padded by bytes that must not be seen. */
function paddedBars(width: number, height: number, padding: number) {
  const stride = width + padding;
  const data = Uint8Array.from({ length: stride * height }, (_, index) => {
    const x = index % stride;
    return x >= width ? 77 : ([0, 128, 255][Math.floor((3 * x) / width)] ?? 0);
  });
  return { width, height, stride, data, sequence: 1, atMonoMs: 0 };
}

test.each([
  [1_920, 1_080, 640, 360],
  [1_280, 720, 640, 360],
  [3_840, 2_160, 640, 360],
  [640, 480, 640, 480],
  [320, 180, 320, 180],
])('a frame of %i x %i becomes a picture of %i x %i', async (width, height, seen, rows) => {
  const jpeg = await encodePreview(paddedBars(width, height, 64), 640);
  const picture = await decodeStill(jpeg, 1_000_000);
  expect([picture.width, picture.height]).toEqual([seen, rows]);
  const row = picture.data.subarray(10 * seen, 11 * seen);
  [0, 128, 255].forEach((luminance, bar) => {
    const value = row[Math.floor(((bar + 0.5) * seen) / 3)] ?? -99;
    expect(Math.abs(value - luminance)).toBeLessThan(6);
  });
});

test('the frame may be given away as soon as the call returns', async () => {
  const frame = paddedBars(1_920, 1_080, 0);
  const encoding = encodePreview(frame, 640);
  structuredClone(frame.data, { transfer: [frame.data.buffer] });
  expect((await decodeStill(await encoding, 1_000_000)).width).toBe(640);
});
