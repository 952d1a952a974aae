import type { EarlierViews } from './decode-job.ts';
import { halve, upscaleTwice } from './filters.ts';
import type { GreyImage } from './grey-image.ts';

/** Where a pixel of the newest view is in another one. */
type Shift = { readonly dx: number; readonly dy: number };

/** A hand trembles by less between a few frames; what moved farther is another view and spoils the mean. */
const SHIFT_MAX = 24;

/**
 * The mean of `newest` and the earlier views of the same place, each moved to fit, at twice the size: noise sinks with
 * the square root of their number, while the trembling between them fills in what lies between pixels.
 */
export function combineViews(newest: GreyImage, earlier: EarlierViews): GreyImage {
  const levels = pyramid(newest);
  const base = upscaleTwice(newest);
  const sum = new Float32Array(base.data.length);
  const weight = new Uint8Array(base.data.length);
  addShifted(sum, weight, base, { dx: 0, dy: 0 });
  for (const view of earlier.crops) {
    if (view.width !== newest.width || view.height !== newest.height) continue;
    const shift = alignViews(levels, pyramid(view));
    if (shift !== null) addShifted(sum, weight, upscaleTwice(view), shift);
  }
  const data = base.data.slice();
  for (let i = 0; i < data.length; i++) data[i] = (sum[i] ?? 0) / Math.max(1, weight[i] ?? 0) + 0.5;
  return { width: base.width, height: base.height, data };
}

/** Half, quarter size and so on follow the image itself. */
type Pyramid = readonly [GreyImage, GreyImage, GreyImage];

function pyramid(image: GreyImage): Pyramid {
  const half = halve(image);
  return [image, half, halve(half)];
}

function alignViews(reference: Pyramid, view: Pyramid): Shift | null {
  const coarse = bestShift(reference[2], view[2], { dx: 0, dy: 0 }, SHIFT_MAX / 4);
  const middle = bestShift(reference[1], view[1], doubled(coarse), 2);
  const fine = bestShift(reference[0], view[0], doubled(middle), 2);
  if (Math.max(Math.abs(fine.dx), Math.abs(fine.dy)) > SHIFT_MAX) return null;
  const cost = (dx: number, dy: number) => difference(reference[0], view[0], dx, dy);
  const here = cost(fine.dx, fine.dy);
  return {
    dx: fine.dx + valley(cost(fine.dx - 1, fine.dy), here, cost(fine.dx + 1, fine.dy)),
    dy: fine.dy + valley(cost(fine.dx, fine.dy - 1), here, cost(fine.dx, fine.dy + 1)),
  };
}

function doubled({ dx, dy }: Shift): Shift {
  return { dx: 2 * dx, dy: 2 * dy };
}

function bestShift(reference: GreyImage, view: GreyImage, around: Shift, reach: number): Shift {
  let best = around;
  let least = Number.POSITIVE_INFINITY;
  for (let dy = around.dy - reach; dy <= around.dy + reach; dy++) {
    for (let dx = around.dx - reach; dx <= around.dx + reach; dx++) {
      const cost = difference(reference, view, dx, dy);
      if (cost >= least) continue;
      least = cost;
      best = { dx, dy };
    }
  }
  return best;
}

/** Enough to tell shifts apart, whatever the place's size. */
const SAMPLES_ACROSS = 100;

/** Mean square difference where both views have pixels. */
function difference(reference: GreyImage, view: GreyImage, dx: number, dy: number): number {
  const { width, height } = reference;
  const stride = Math.max(1, Math.floor(Math.min(width, height) / SAMPLES_ACROSS));
  const [left, right] = [Math.max(0, -dx), Math.min(width, width - dx)];
  const [top, bottom] = [Math.max(0, -dy), Math.min(height, height - dy)];
  let sum = 0;
  let count = 0;
  for (let y = top; y < bottom; y += stride) {
    for (let x = left; x < right; x += stride) {
      const step =
        (reference.data[y * width + x] ?? 0) - (view.data[(y + dy) * width + x + dx] ?? 0);
      sum += step * step;
      count += 1;
    }
  }
  return count === 0 ? Number.POSITIVE_INFINITY : sum / count;
}

/** Where the parabola through costs at -1, 0 and 1 is lowest. */
function valley(before: number, here: number, after: number): number {
  const bend = before - 2 * here + after;
  return bend > 0 && Number.isFinite(bend)
    ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend)))
    : 0;
}

/** Adds `view`, of twice the size, moved by `shift` in pixels of the single size. */
function addShifted(sum: Float32Array, weight: Uint8Array, view: GreyImage, shift: Shift): void {
  const { width, height, data } = view;
  const dx = Math.round(2 * shift.dx);
  const dy = Math.round(2 * shift.dy);
  const [left, right] = [Math.max(0, -dx), Math.min(width, width - dx)];
  for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
    for (let x = left; x < right; x++) {
      const at = y * width + x;
      sum[at] = (sum[at] ?? 0) + (data[(y + dy) * width + x + dx] ?? 0);
      weight[at] = (weight[at] ?? 0) + 1;
    }
  }
}
