import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boxBlur,
  darkestOnly,
  halve,
  levelContrast,
  medianOfThree,
  spread,
  undoBloom,
  unsharp,
  upscaleTwice,
} from './filters.ts';
import type { GreyImage } from './grey-image.ts';

const images = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height, maxLength: width * height })
      .map((data): GreyImage => ({ width, height, data })),
  );

function flat(level: number): GreyImage {
  return { width: 9, height: 7, data: new Uint8Array(63).fill(level) };
}

const SAME_SIZE: readonly (readonly [string, (image: GreyImage) => GreyImage])[] = [
  ['boxBlur', (image) => boxBlur(image, 2)],
  ['unsharp', (image) => unsharp(image, 3, 2)],
  ['medianOfThree', medianOfThree],
  ['spread dark', (image) => spread(image, 'dark', 2)],
  ['spread light', (image) => spread(image, 'light', 1)],
];

for (const [name, filter] of SAME_SIZE) {
  test(`${name} keeps the size and leaves a plain picture plain`, () => {
    fc.assert(
      fc.property(images, (image) => {
        const { width, height, data } = filter(image);
        expect([width, height, data.length]).toEqual([
          image.width,
          image.height,
          image.data.length,
        ]);
      }),
    );
    expect(filter(flat(90)).data).toEqual(flat(90).data);
  });
}

test('a blur is the mean of the square around, the border repeated', () => {
  const data = Uint8Array.of(0, 0, 0, 0, 90, 0, 0, 0, 0);
  expect([...boxBlur({ width: 3, height: 3, data }, 1).data]).toEqual(Array(9).fill(10));
});

test('upscaling keeps every pixel in its place', () => {
  fc.assert(
    fc.property(images, (image) => {
      const twice = upscaleTwice(image);
      expect([twice.width, twice.height]).toEqual([2 * image.width, 2 * image.height]);
      for (let y = 0; y < image.height; y++) {
        for (let x = 0; x < image.width; x++) {
          const here = image.data[y * image.width + x];
          expect(twice.data[2 * y * twice.width + 2 * x]).toBe(here);
        }
      }
    }),
  );
});

test('halving takes the mean of four', () => {
  const data = Uint8Array.of(0, 100, 200, 100, 7, 7, 7, 7);
  expect(halve({ width: 4, height: 2, data })).toMatchObject({ width: 2, height: 1 });
  expect([...halve({ width: 2, height: 2, data }).data]).toEqual([100]);
});

test('sharpening steepens an edge', () => {
  const data = Uint8Array.from({ length: 16 }, (_, x) => (x < 8 ? 100 : 150));
  const sharp = unsharp({ width: 16, height: 1, data }, 2, 1.5).data;
  expect(sharp[7]).toBeLessThan(100);
  expect(sharp[8]).toBeGreaterThan(150);
});

test('levelling brings a shaded pattern to one contrast', () => {
  const width = 64;
  const shade = (x: number) => 40 + 2 * x + (x % 4 < 2 ? 0 : 8 + x / 4);
  const data = Uint8Array.from({ length: width * width }, (_, i) => shade(i % width));
  const { data: even } = levelContrast({ width, height: width, data }, 8);
  const swing = (from: number) => {
    const row = [...even.subarray(32 * width + from, 32 * width + from + 16)];
    return Math.max(...row) - Math.min(...row);
  };
  expect(Math.abs(swing(8) - swing(40))).toBeLessThan(50);
  expect(swing(24)).toBeGreaterThan(100);
});

test('a grown module covers its neighbours in both directions', () => {
  const data = new Uint8Array(25).fill(255);
  data[12] = 0;
  const { data: dark } = spread({ width: 5, height: 5, data }, 'dark', 1);
  expect([...dark].filter((level) => level === 0)).toHaveLength(9);
});

test('of an overexposed picture what is not at the top is dark again, and of any other nothing is made', () => {
  const data = new Uint8Array(64).fill(255);
  data[27] = 190;
  data[30] = 250;
  const undone = undoBloom({ width: 8, height: 8, data });
  const dark = [...(undone?.data ?? [])].flatMap((level, index) => (level === 0 ? [index] : []));
  expect(dark).toEqual([18, 19, 20, 26, 27, 28, 34, 35, 36]);
  expect(undoBloom(flat(120))).toBeNull();
  expect(undoBloom({ width: 8, height: 8, data: data.map((_, index) => 4 * index) })).toBeNull();
});

test('what is grey beside black and white becomes white', () => {
  const data = new Uint8Array(100).fill(220);
  data.fill(20, 0, 20);
  data.fill(90, 20, 40);
  expect([...darkestOnly({ width: 10, height: 10, data }).data]).toEqual([
    ...Array(20).fill(0),
    ...Array(80).fill(255),
  ]);
});
