import { type CellGrid, cellGroups, pixelsOf } from './cell-grid.ts';
import type { GreyImage, Region } from './grey-image.ts';
import { histogramOf, levelAt, pixelsIn } from './histogram.ts';

/** What the coach needs to know of one frame. Luminance 0 to 255. */
export type FrameMeasures = {
  readonly mean: number;
  /** Means of the view's cells, row by row: two of them tell movement. */
  readonly cells: Uint8Array;
  readonly columns: number;
  /** Pixels a cell is wide. */
  readonly cell: number;
  /** A plain bright rectangle, as a screen or a card's back is. */
  readonly bright: Region | null;
  /** The place where a code is seen and not read. */
  readonly suspect: SuspectMeasures | null;
};

export type SuspectMeasures = {
  readonly region: Region;
  /** Pixels a module, or null where no symbol was located. */
  readonly modulePixels: number | null;
  /** Levels below which 5 % and 95 % of the region's pixels lie. */
  readonly dark: number;
  readonly light: number;
  /** Share of pixels at the top of the scale. */
  readonly saturated: number;
  /** Share of the region's inner twelfths that are wholly at the top of the scale: no module is so large. */
  readonly glare: number;
  /** Mean of the pixels around the region: tells a bright phone in the dark from a dark scene. */
  readonly around: number;
  readonly touchesEdge: boolean;
};

const SATURATED = 250;

export function measureFrame(
  image: GreyImage,
  grid: CellGrid,
  suspect: { readonly region: Region; readonly modulePixels: number | null } | null,
): FrameMeasures {
  return {
    mean: meanOf(grid.mean),
    cells: grid.mean,
    columns: grid.columns,
    cell: grid.cell,
    bright: brightRectangle(grid, image),
    suspect: suspect === null ? null : measureSuspect(image, grid, suspect),
  };
}

function meanOf(values: Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

/** Brighter than the view's mean by this, and than any wall at dusk. */
const BRIGHT_ABOVE_MEAN = 45;
const BRIGHT_MIN = 110;
/** A phone held where its code could be read covers at least this share of the view's width. */
const BRIGHT_WIDTH_SHARE_MIN = 0.06;
const BRIGHT_AREA_SHARE_MAX = 0.6;

function brightRectangle(grid: CellGrid, image: GreyImage): Region | null {
  const floor = Math.max(BRIGHT_MIN, meanOf(grid.mean) + BRIGHT_ABOVE_MEAN);
  const rectangles = cellGroups(grid, (index) => (grid.mean[index] ?? 0) > floor).filter(
    ({ width, height, cells }) =>
      Math.min(width, height) >= BRIGHT_WIDTH_SHARE_MIN * grid.columns &&
      cells >= 0.75 * width * height &&
      width * height <= BRIGHT_AREA_SHARE_MAX * grid.mean.length,
  );
  const largest = rectangles.sort((a, b) => b.cells - a.cells)[0];
  return largest === undefined ? null : pixelsOf(largest, grid, image, 0);
}

function measureSuspect(
  image: GreyImage,
  grid: CellGrid,
  suspect: { readonly region: Region; readonly modulePixels: number | null },
): SuspectMeasures {
  const { region } = suspect;
  const histogram = histogramOf(image, region, 2);
  const saturated = pixelsIn(histogram.subarray(SATURATED));
  return {
    ...suspect,
    dark: levelAt(histogram, 0.05),
    light: levelAt(histogram, 0.95),
    saturated: saturated / Math.max(1, pixelsIn(histogram)),
    glare: glareShare(image, region),
    around: meanAround(grid, region),
    touchesEdge:
      region.x <= grid.cell ||
      region.y <= grid.cell ||
      region.x + region.width >= image.width - grid.cell ||
      region.y + region.height >= image.height - grid.cell,
  };
}

const GLARE_BLOCKS = 12;

/** The outermost ring of blocks is left out: there is the quiet zone. */
function glareShare({ width, data }: GreyImage, region: Region): number {
  const block = Math.floor(Math.min(region.width, region.height) / GLARE_BLOCKS);
  if (block < 3) return 0;
  const blownBlock = (left: number, top: number): boolean => {
    for (let y = top; y < top + block; y++) {
      for (let x = left; x < left + block; x++) {
        if ((data[y * width + x] ?? 0) < SATURATED) return false;
      }
    }
    return true;
  };
  let blown = 0;
  let blocks = 0;
  for (let y = region.y + 2 * block; y + 3 * block <= region.y + region.height; y += block) {
    for (let x = region.x + 2 * block; x + 3 * block <= region.x + region.width; x += block) {
      blocks += 1;
      if (blownBlock(x, y)) blown += 1;
    }
  }
  return blown / Math.max(1, blocks);
}

/** Mean of the cells outside the region, which is what the camera's own exposure goes by. */
function meanAround(grid: CellGrid, region: Region): number {
  let sum = 0;
  let count = 0;
  for (let index = 0; index < grid.mean.length; index++) {
    const x = (index % grid.columns) * grid.cell;
    const y = Math.floor(index / grid.columns) * grid.cell;
    const inside =
      x >= region.x - grid.cell &&
      y >= region.y - grid.cell &&
      x < region.x + region.width &&
      y < region.y + region.height;
    if (inside) continue;
    sum += grid.mean[index] ?? 0;
    count += 1;
  }
  return sum / Math.max(1, count);
}
