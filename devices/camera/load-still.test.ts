import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/errors.ts';
import { openTestFolder } from '../contract/camera-rig.ts';
import { decodeStill, loadStill, STILL_LIMITS } from './load-still.ts';
import { sharp } from './native-sharp.ts';

const PIXELS_MAX = 1_000_000;
let folder: Awaited<ReturnType<typeof openTestFolder>>;

beforeAll(async () => {
  folder = await openTestFolder();
});
afterAll(() => folder.close());

/** Black left half, white right half. */
function halves(width = 8, height = 4, channels: 1 | 3 = 3) {
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, index) =>
    Math.floor(index / channels) % width < width / 2 ? 0 : 255,
  );
  return sharp(pixels, { raw: { width, height, channels } });
}

async function save(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, bytes);
  return path;
}

test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
  'a %s file is read, black as 0 and white as 255',
  async (format) => {
    const bytes = await halves(64, 32).toFormat(format).toBuffer();
    const frame = await loadStill(await save(`halves.${format}`, bytes), STILL_LIMITS);
    expect(frame).toMatchObject({ width: 64, height: 32, stride: 64, sequence: 1 });
    expect(frame.data).toHaveLength(64 * 32);
    expect(frame.data[16 * 64 + 4]).toBeLessThan(6);
    expect(frame.data[16 * 64 + 60]).toBeGreaterThan(249);
  },
);

test('16 bits and palette are brought to 8 bits of luminance', async () => {
  const deep = await halves().toColourspace('rgb16').png().toBuffer();
  const palette = await halves().png({ palette: true }).toBuffer();
  for (const bytes of [deep, palette]) {
    const { data } = await decodeStill(bytes, PIXELS_MAX);
    expect([...data.slice(0, 8)]).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
  }
});

test('a photo is turned as its EXIF data say', async () => {
  const bytes = await halves(8, 4).withMetadata({ orientation: 6 }).png().toBuffer();
  const { width, height, data } = await decodeStill(bytes, PIXELS_MAX);
  expect([width, height]).toEqual([4, 8]);
  expect([data[0], data.at(-1)]).toEqual([0, 255]);
});

test('what is transparent is white paper', async () => {
  const clear = { r: 0, g: 0, b: 0, alpha: 0 };
  const bytes = await sharp({ create: { width: 2, height: 2, channels: 4, background: clear } })
    .png()
    .toBuffer();
  expect([...(await decodeStill(bytes, PIXELS_MAX)).data]).toEqual([255, 255, 255, 255]);
});

test('more pixels than allowed are refused before they are decoded', async () => {
  const bytes = await halves(2_000, 1_000, 1).png().toBuffer();
  await expect(decodeStill(bytes, PIXELS_MAX)).rejects.toThrow(/pixel limit/);
});

test('a picture cut short is refused, never half a frame', async () => {
  const bytes = await halves(640, 480).jpeg().toBuffer();
  const cut = bytes.subarray(0, bytes.length >> 1);
  await expect(decodeStill(cut, PIXELS_MAX)).rejects.toBeInstanceOf(InputError);
});

test.each<[string, string]>([
  [
    'an SVG, which may fetch and run',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
  ],
  ['an XML before an SVG', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['a PDF', '%PDF-1.7\n'],
  ['text', 'hello'],
  ['nothing', ''],
])('%s is refused by name of what is read', async (_name, text) => {
  await expect(decodeStill(Buffer.from(text), PIXELS_MAX)).rejects.toThrow(/expected a picture/);
});

test.each<[string, () => Promise<string> | string, RegExp]>([
  ['a missing file', () => join(folder.path, 'none.png'), /cannot be read: ENOENT/],
  ['a folder', () => folder.path, /came a folder/],
  ['a device', () => '/dev/zero', /came a folder or a device/],
  ['a file too long', () => save('long.png', new Uint8Array(2_000)), /at most 1000/],
])('%s is an InputError of one sentence', async (_name, path, sentence) => {
  const loading = loadStill(await path(), { ...STILL_LIMITS, bytesMax: 1_000 });
  await expect(loading).rejects.toBeInstanceOf(InputError);
  await expect(loading).rejects.toThrow(sentence);
});

test('hostile bytes give a frame or an InputError, within the limit', async () => {
  const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff'] as const;
  const good = await Promise.all(
    formats.map((format) => halves(32, 32).toFormat(format).toBuffer()),
  );
  const runs = process.env['CHOT_SOAK'] === '1' ? 10_000 : 200;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...good),
      fc.nat(400),
      fc.uint8Array({ minLength: 1, maxLength: 30 }),
      async (picture, at, noise) => {
        const bytes = Uint8Array.from(picture);
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
        try {
          const { width, height, data } = await decodeStill(bytes, PIXELS_MAX);
          expect(data.length).toBe(width * height);
          expect(data.length).toBeLessThanOrEqual(PIXELS_MAX);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      },
    ),
    { numRuns: runs, seed: 20_260_101 },
  );
});
