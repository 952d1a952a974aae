import type { GreyFrame } from '../ports/frame-source.ts';

/** What is left of a frame once nobody can be told in it: 32 by 18 means, and how steep its edges are. */
export type FrameSignature = {
  /** Mean luminance of each cell, 0 to 255, row by row. */
  readonly cells: Uint8Array;
  /**
   * Of the steepest edges the share of their height that lies within one pixel, noise taken off: 0.7 as sharp as pixels
   * allow, 0.4 / s for a blur of standard deviation s. Null where the view has no edge to tell by.
   */
  readonly sharpness: number | null;
};

type Pixels = Pick<GreyFrame, 'width' | 'height' | 'stride' | 'data'>;

export const SIGNATURE_COLUMNS = 32;
export const SIGNATURE_ROWS = 18;

/** Of a cell this many pixels are looked at across and down, wherever it has as many. */
const CELL_SAMPLES = 6;

/** Looks at one pixel in ten at 1080p. */
export function frameSignature(frame: Pixels): FrameSignature {
  return { cells: cellMeans(frame), sharpness: sharpnessOf(frame) };
}

/** Where documents are held up: the middle of the view, as shares of its width and height. */
const ZONE = { left: 0.25, right: 0.75, top: 0.2, bottom: 0.8 };
const ZONE_SAMPLES = 64;

/** Mean luminance, 0 to 1, of the part of the newest frame in which documents are read: the reading lamp goes by it. */
export function frameLuminance({ width, height, stride, data }: Pixels): number {
  let sum = 0;
  for (let row = 0; row < ZONE_SAMPLES; row++) {
    const y = between(ZONE.top, ZONE.bottom, row, height);
    for (let column = 0; column < ZONE_SAMPLES; column++) {
      sum += data[y * stride + between(ZONE.left, ZONE.right, column, width)] ?? 0;
    }
  }
  return sum / (255 * ZONE_SAMPLES * ZONE_SAMPLES);
}

function between(from: number, to: number, index: number, side: number): number {
  return Math.floor((from + ((index + 0.5) * (to - from)) / ZONE_SAMPLES) * side);
}

function cellMeans({ width, height, stride, data }: Pixels): Uint8Array {
  const cells = new Uint8Array(SIGNATURE_COLUMNS * SIGNATURE_ROWS);
  const across = SIGNATURE_COLUMNS * CELL_SAMPLES;
  const columns = Int32Array.from({ length: across }, (_, index) =>
    Math.floor(((index + 0.5) * width) / across),
  );
  const sums = new Uint32Array(SIGNATURE_COLUMNS);
  for (let row = 0; row < SIGNATURE_ROWS; row++) {
    sums.fill(0);
    for (let line = 0; line < CELL_SAMPLES; line++) {
      const y = Math.floor(((row + (line + 0.5) / CELL_SAMPLES) * height) / SIGNATURE_ROWS);
      addLine(sums, data, y * stride, columns);
    }
    for (const [column, sum] of sums.entries()) {
      cells[row * SIGNATURE_COLUMNS + column] = sum / CELL_SAMPLES ** 2;
    }
  }
  return cells;
}

function addLine(sums: Uint32Array, data: Uint8Array, start: number, columns: Int32Array): void {
  for (let cell = 0; cell < sums.length; cell++) {
    let sum = 0;
    for (let at = cell * CELL_SAMPLES; at < (cell + 1) * CELL_SAMPLES; at++) {
      sum += data[start + (columns[at] ?? 0)] ?? 0;
    }
    sums[cell] = (sums[cell] ?? 0) + sum;
  }
}

/** Blur is looked for in runs of this many pixels: an edge of 4 pixels' blur fits in. */
const RUN = 24;
const LINES_ACROSS = 14;
const LINES_DOWN = 9;
/** A line is the mean of this many pixels beside each other, which halves the noise. */
const THICKNESS = 4;
/** Levels between a run's lightest and darkest point without which it has no edge to measure. */
const EDGE_HEIGHT_MIN = 36;
/** How far an edge must stand out of the noise, as a multiple of the mean step of a run without an edge. */
const EDGE_TO_NOISE_MIN = 12;
/** Of a run of noise alone the steepest step is about this many times its mean step. */
const NOISE_STEEPEST = 2.5;
/** Fewer edges are chance. */
const EDGES_MIN = 16;
/** Sharp things stand beside moving and distant ones: the share of edges that are less steep. */
const EDGE_RANK = 0.85;

/**
 * How steep edges are, as a share of their height; null where there are hardly any. `edgeHeight`, in levels, is for a view whose
 * edges are all of one height, as those of a code: measured against itself, a run of single modules never looks softer than a
 * wave of that length, however soft it is.
 */
export function sharpnessOf(frame: Pixels, edgeHeight: number | null = null): number | null {
  const { width, height, stride } = frame;
  const runs = new Runs(Math.ceil((LINES_ACROSS * width + LINES_DOWN * height) / RUN));
  for (let line = 0; line < LINES_ACROSS; line++) {
    const y = Math.floor(((line + 0.5) * (height - THICKNESS)) / LINES_ACROSS);
    runs.along(frame.data, { start: y * stride, step: 1, beside: stride, length: width });
  }
  for (let line = 0; line < LINES_DOWN; line++) {
    const x = Math.floor(((line + 0.5) * (width - THICKNESS)) / LINES_DOWN);
    runs.along(frame.data, { start: x, step: stride, beside: 1, length: height });
  }
  return runs.rank(edgeHeight === null ? null : THICKNESS * edgeHeight);
}

type Line = {
  readonly start: number;
  readonly step: number;
  readonly beside: number;
  readonly length: number;
};

/** Height of each run, its steepest step and its mean step, in sums of THICKNESS pixels. */
class Runs {
  #count = 0;
  readonly #heights: Float32Array;
  readonly #steepest: Float32Array;
  readonly #means: Float32Array;

  constructor(runsMax: number) {
    this.#heights = new Float32Array(runsMax);
    this.#steepest = new Float32Array(runsMax);
    this.#means = new Float32Array(runsMax);
  }

  along(data: Uint8Array, { start, step, beside, length }: Line): void {
    for (let from = 0; from + RUN <= length; from += RUN) {
      let at = start + from * step;
      let before = sumAt(data, at, beside);
      let [low, high, steepest, steps] = [before, before, 0, 0];
      for (let index = 1; index < RUN; index++) {
        at += step;
        const level = sumAt(data, at, beside);
        const rise = level > before ? level - before : before - level;
        if (rise > steepest) steepest = rise;
        if (level < low) low = level;
        else if (level > high) high = level;
        steps += rise;
        before = level;
      }
      this.#heights[this.#count] = high - low;
      this.#steepest[this.#count] = steepest;
      this.#means[this.#count] = steps / (RUN - 1);
      this.#count += 1;
    }
  }

  rank(edgeHeight: number | null): number | null {
    const step = quantile(this.#means.slice(0, this.#count), 0.25);
    const heightMin = Math.max(THICKNESS * EDGE_HEIGHT_MIN, EDGE_TO_NOISE_MIN * step);
    const slopes: number[] = [];
    for (let index = 0; index < this.#count; index++) {
      const runHeight = this.#heights[index] ?? 0;
      if (runHeight < heightMin) continue;
      const noise = NOISE_STEEPEST * step;
      const height = Math.max(runHeight, edgeHeight ?? 0);
      slopes.push(Math.max(0, (this.#steepest[index] ?? 0) - noise) / (height - noise));
    }
    return slopes.length < EDGES_MIN ? null : quantile(Float32Array.from(slopes), EDGE_RANK);
  }
}

function sumAt(data: Uint8Array, at: number, beside: number): number {
  return (
    (data[at] ?? 0) +
    (data[at + beside] ?? 0) +
    (data[at + 2 * beside] ?? 0) +
    (data[at + 3 * beside] ?? 0)
  );
}

function quantile(values: Float32Array, share: number): number {
  const sorted = values.sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
