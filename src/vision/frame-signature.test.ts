import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../fixtures/random.ts';
import {
  frameLuminance,
  frameSignature,
  SIGNATURE_COLUMNS,
  SIGNATURE_ROWS,
} from './frame-signature.ts';

type Paint = (x: number, y: number) => number;

function frameOf(width: number, height: number, paint: Paint, padding = 0) {
  const stride = width + padding;
  const data = new Uint8Array(stride * height).fill(255);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * stride + x] = paint(x, y);
  return { width, height, stride, data };
}

/** Upright and level bars whose edges are spread by a Gaussian of `sigma` pixels. */
function bars(sigma: number, low = 60, high = 190): Paint {
  const profile = Float32Array.from({ length: 120 }, (_, at) => {
    let sum = 0;
    let weight = 0;
    for (let tap = -20; tap <= 20; tap++) {
      const share = Math.exp(-(tap ** 2) / (2 * sigma * sigma));
      sum += share * ((at + tap + 240) % 120 < 60 ? low : high);
      weight += share;
    }
    return sum / weight;
  });
  return (x, y) => ((profile[x % 120] ?? 0) + (profile[y % 120] ?? 0)) / 2;
}

test('each cell holds the mean of its part of the frame, whatever its size and stride', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 64, max: 700 }),
      fc.integer({ min: 40, max: 500 }),
      fc.integer({ min: 0, max: 70 }),
      (width, height, padding) => {
        const { cells } = frameSignature(frameOf(width, height, (x) => (255 * x) / width, padding));
        expect(cells).toHaveLength(SIGNATURE_COLUMNS * SIGNATURE_ROWS);
        for (const [index, mean] of cells.entries()) {
          const wanted = (255 * ((index % SIGNATURE_COLUMNS) + 0.5)) / SIGNATURE_COLUMNS;
          expect(Math.abs(mean - wanted)).toBeLessThan(6);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('sharpness falls with the blur and says how wide it is', () => {
  const measured = [0.5, 1, 2, 4].map(
    (sigma) => frameSignature(frameOf(960, 540, bars(sigma))).sharpness ?? 0,
  );
  expect(measured[0]).toBeGreaterThan(0.55);
  for (const [index, sigma] of [1, 2, 4].entries())
    expect(measured[index + 1]).toBeCloseTo(0.4 / sigma, 1);
  expect(measured.toSorted((a, b) => b - a)).toEqual(measured);
});

test('neither contrast nor noise passes for sharpness', () => {
  const random = seededRandom('noise');
  const noisy = (paint: Paint, by: number): Paint => {
    return (x, y) => Math.max(0, Math.min(255, paint(x, y) + random.gauss() * by));
  };
  const plain = frameSignature(frameOf(960, 540, bars(2))).sharpness ?? 0;
  const faint = frameSignature(frameOf(960, 540, bars(2, 80, 170))).sharpness ?? 0;
  const grainy = frameSignature(frameOf(960, 540, noisy(bars(2), 6))).sharpness ?? 0;
  expect(faint).toBeCloseTo(plain, 1);
  expect(Math.abs(grainy - plain)).toBeLessThan(0.1);
  expect(
    frameSignature(
      frameOf(
        960,
        540,
        noisy(() => 100, 12),
      ),
    ).sharpness,
  ).toBeNull();
});

test('a view without edges has no sharpness', () => {
  expect(frameSignature(frameOf(960, 540, (x) => 60 + x / 10)).sharpness).toBeNull();
});

test('the reading zone’s luminance is that of the middle, from 0 to 1', () => {
  const middle: Paint = (x, y) => (x > 100 && x < 540 && y > 40 && y < 320 ? 255 : 0);
  expect(frameLuminance(frameOf(640, 360, middle, 13))).toBe(1);
  expect(frameLuminance(frameOf(640, 360, (x, y) => 255 - middle(x, y)))).toBe(0);
  expect(frameLuminance(frameOf(2, 2, () => 51))).toBeCloseTo(0.2, 5);
});

test('the smallest of frames breaks nothing', () => {
  for (const side of [1, 2, 3, 5, 23, 24, 25])
    expect(frameSignature(frameOf(side, side, () => 7)).cells[0]).toBe(7);
});
