import { type GreyImage, wholeOf } from './grey-image.ts';
import { histogramOf, levelAt, pixelsIn } from './histogram.ts';

/** Twice the size by Catmull-Rom interpolation; an odd result pixel lies midway between its neighbours. */
export function upscaleTwice(image: GreyImage): GreyImage {
  return transpose(doubleRows(transpose(doubleRows(image))));
}

/** Rows twice as long: source pixels stay, values between are (-a + 9b + 9c - d) / 16. */
function doubleRows({ width, height, data }: GreyImage): GreyImage {
  const out = new Uint8ClampedArray(width * 2 * height);
  const row = new Uint8Array(width + 4);
  for (let y = 0; y < height; y++) {
    padRow(row, data.subarray(y * width, (y + 1) * width), 2);
    for (let x = 0, at = 2 * y * width; x < width; x++, at += 2) {
      const b = row[x + 2] ?? 0;
      const c = row[x + 3] ?? 0;
      out[at] = b;
      out[at + 1] = (9 * (b + c) - (row[x + 1] ?? 0) - (row[x + 4] ?? c)) / 16;
    }
  }
  return { width: width * 2, height, data: bytesOf(out) };
}

/** `padded` becomes `row` with its first and last value repeated `margin` times. */
function padRow(padded: Uint8Array, row: Uint8Array, margin: number): void {
  padded.fill(row[0] ?? 0, 0, margin);
  padded.set(row, margin);
  padded.fill(row[row.length - 1] ?? 0, margin + row.length);
}

function transpose({ width, height, data }: GreyImage): GreyImage {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x] ?? 0;
  }
  return { width: height, height: width, data: out };
}

/** Half the size, each pixel the mean of four. */
export function halve({ width, height, data }: GreyImage): GreyImage {
  const w = Math.max(1, width >> 1);
  const h = Math.max(1, height >> 1);
  if (width < 2 || height < 2) return { width, height, data };
  const out = new Uint8Array(w * h);
  for (let y = 0; y < h; y++) {
    let top = 2 * y * width;
    let bottom = top + width;
    for (let x = 0; x < w; x++, top += 2, bottom += 2) {
      const sum =
        (data[top] ?? 0) + (data[top + 1] ?? 0) + (data[bottom] ?? 0) + (data[bottom + 1] ?? 0);
      out[y * w + x] = (sum + 2) >> 2;
    }
  }
  return { width: w, height: h, data: out };
}

/** Mean over a square of side 2 * radius + 1, the border pixels repeated. Cost does not depend on the radius. */
export function boxBlur(image: GreyImage, radius: number): GreyImage {
  return transpose(blurRows(transpose(blurRows(image, radius)), radius));
}

function blurRows({ width, height, data }: GreyImage, radius: number): GreyImage {
  const out = new Uint8Array(data.length);
  const size = 2 * radius + 1;
  const row = new Uint8Array(width + 2 * radius + 1);
  for (let y = 0; y < height; y++) {
    padRow(row, data.subarray(y * width, (y + 1) * width), radius);
    let sum = 0;
    for (let x = 0; x < 2 * radius; x++) sum += row[x] ?? 0;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      sum += row[x + 2 * radius] ?? 0;
      out[at] = (sum / size + 0.5) | 0;
      sum -= row[x] ?? 0;
    }
  }
  return { width, height, data: out };
}

/** Adds `amount` times what a blur of `radius` takes away: edges steeper, noise stronger. */
export function unsharp(image: GreyImage, radius: number, amount: number): GreyImage {
  // Two box blurs come close to a Gaussian, whose rings a single box would show.
  const soft = boxBlur(boxBlur(image, radius), radius).data;
  const { width, height, data } = image;
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    out[i] = value + amount * (value - (soft[i] ?? 0));
  }
  return { width, height, data: bytesOf(out) };
}

/** Below this spread of grey levels a neighbourhood is held to be plain, and its noise is not blown up to full contrast. */
const SPREAD_MIN = 6;

/** Brings every neighbourhood of `radius` to mid-grey and the same spread: undoes shadow, glare slope and fog. */
export function levelContrast(image: GreyImage, radius: number): GreyImage {
  const { width, height, data } = image;
  const mean = boxBlur(image, radius).data;
  const distance = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) distance[i] = Math.abs((data[i] ?? 0) - (mean[i] ?? 0));
  const spread = boxBlur({ width, height, data: distance }, radius).data;
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) {
    const gain = 70 / Math.max(SPREAD_MIN, spread[i] ?? 0);
    out[i] = 128 + gain * ((data[i] ?? 0) - (mean[i] ?? 0));
  }
  return { width, height, data: bytesOf(out) };
}

/** The middle of each 3x3 neighbourhood's medians by row: takes out single wrong pixels, keeps edges. */
export function medianOfThree(image: GreyImage): GreyImage {
  return transpose(medianRows(transpose(medianRows(image))));
}

function medianRows({ width, height, data }: GreyImage): GreyImage {
  const out = data.slice();
  for (let y = 0; y < height; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const a = data[i - 1] ?? 0;
      const b = data[i] ?? 0;
      const c = data[i + 1] ?? 0;
      out[i] = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
  }
  return { width, height, data: out };
}

/**
 * Each pixel becomes the darkest (`towards` dark) or lightest within `radius`: gives back to dark modules what bloom,
 * overexposure or thin print took, or to light ones what ink took.
 */
export function spread(image: GreyImage, towards: 'dark' | 'light', radius: number): GreyImage {
  const pick = towards === 'dark' ? Math.min : Math.max;
  return transpose(spreadRows(transpose(spreadRows(image, pick, radius)), pick, radius));
}

/** Levels below the top of an overexposed picture that noise and compression reach. */
const BLOWN_DEPTH = 8;
const BLOWN_TOP_MIN = 225;
const BLOWN_SHARE_MIN = 0.5;

/**
 * What is left of the dark modules where a screen is overexposed and light has run over them: everything that is not at the
 * top is dark, and spread by a pixel. Null unless most of the image is at the top.
 */
export function undoBloom(image: GreyImage): GreyImage | null {
  const { width, height, data } = image;
  const histogram = histogramOf(image, wholeOf(image), 1);
  const floor = levelAt(histogram, 0.67) - BLOWN_DEPTH;
  const blown = pixelsIn(histogram.subarray(Math.max(0, floor)));
  if (floor < BLOWN_TOP_MIN - BLOWN_DEPTH || blown < BLOWN_SHARE_MIN * data.length) return null;
  const dark = data.map((level) => (level >= floor ? 255 : 0));
  return spread({ width, height, data: dark }, 'dark', 1);
}

/** Of the way from dark to light. A finger at the edge of a code is lighter than the modules it touches. */
const DARKEST_SHARE = 0.2;

/** Only the darkest stays dark: takes away what is grey and lies against a code. */
export function darkestOnly(image: GreyImage): GreyImage {
  const { width, height, data } = image;
  const histogram = histogramOf(image, wholeOf(image), 1);
  const dark = levelAt(histogram, 0.03);
  const limit = dark + DARKEST_SHARE * (levelAt(histogram, 0.9) - dark);
  return { width, height, data: data.map((level) => (level >= limit ? 255 : 0)) };
}

function spreadRows(
  { width, height, data }: GreyImage,
  pick: (a: number, b: number) => number,
  radius: number,
): GreyImage {
  const out = new Uint8Array(data.length);
  const row = new Uint8Array(width + 2 * radius);
  for (let y = 0; y < height; y++) {
    padRow(row, data.subarray(y * width, (y + 1) * width), radius);
    for (let x = 0; x < width; x++) {
      let value = row[x] ?? 0;
      for (let near = x + 1; near <= x + 2 * radius; near++) value = pick(value, row[near] ?? 0);
      out[y * width + x] = value;
    }
  }
  return { width, height, data: out };
}

function bytesOf(clamped: Uint8ClampedArray): Uint8Array {
  return new Uint8Array(clamped.buffer, clamped.byteOffset, clamped.length);
}
