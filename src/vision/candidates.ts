import { type CellGrid, type CellGroup, cellGroups, pixelsOf } from './cell-grid.ts';
import type { Region } from './grey-image.ts';
import { isSamePlace } from './places.ts';

/** Each costs a crop and several passes. */
const CANDIDATES_MAX = 3;
/** Of a code's cells. A smaller thing holds fewer than 2 pixels a module even for the smallest code. */
const SIDE_CELLS_MIN = 3;
/** A code turned by 45 degrees or tilted is still no longer than this for its height; a line of text is. */
const ASPECT_MAX = 2.2;
/** Grey levels a step above the view's own noise. */
const TEXTURE_MIN = 4;

/** Places busy in both directions and about square, as a code is, the most code-like first and `furniture` last. */
export function codeCandidates(
  grid: CellGrid,
  image: { readonly width: number; readonly height: number },
  furniture: readonly Region[],
): Region[] {
  const sorted = Float32Array.from(grid.texture).sort();
  const usual = sorted[sorted.length >> 1] ?? 0;
  const floor = TEXTURE_MIN + 1.5 * usual;
  const busy = (index: number) => (grid.texture[index] ?? 0) > floor;
  const places = cellGroups(grid, busy)
    .filter(mayBeCode)
    .map((group) => ({ group, score: score(group, grid) }))
    .sort((a, b) => b.score - a.score)
    .map(({ group }) => pixelsOf(group, grid, image, 1.5));
  const isKnown = (place: Region) => furniture.some((known) => isSamePlace(known, place));
  return [
    ...places.filter((place) => !isKnown(place)),
    ...places.filter((place) => isKnown(place)),
  ].slice(0, CANDIDATES_MAX);
}

function mayBeCode({ width, height, cells }: CellGroup): boolean {
  const aspect = Math.max(width, height) / Math.min(width, height);
  return (
    Math.min(width, height) >= SIDE_CELLS_MIN &&
    aspect <= ASPECT_MAX &&
    cells >= 0.35 * width * height
  );
}

/** Full boxes of strong texture first; size counts little, a wall of leaves is large too. */
function score(group: CellGroup, grid: CellGrid): number {
  let texture = 0;
  for (let y = group.y; y < group.y + group.height; y++) {
    for (let x = group.x; x < group.x + group.width; x++) {
      texture += grid.texture[y * grid.columns + x] ?? 0;
    }
  }
  const area = group.width * group.height;
  return (texture / area) * (group.cells / area) * Math.log2(1 + area);
}
