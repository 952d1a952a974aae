import type { Corners } from './engine.ts';
import { growRegion, type Region } from './grey-image.ts';
import type { Point } from './vision-event.ts';

export function mapCorners(corners: Corners, map: (point: Point) => Point): Corners {
  const [a, b, c, d] = corners;
  return [map(a), map(b), map(c), map(d)];
}

/** The same corners going clockwise as seen: a mirrored code's go the other way round. */
export function clockwise(corners: Corners): Corners {
  const [a, b, c, d] = corners;
  return turnOf(corners) >= 0 ? corners : [a, d, c, b];
}

/** Twice the signed area; positive when the corners go clockwise with y pointing down. */
function turnOf([a, b, c, d]: Corners): number {
  return (c[0] - a[0]) * (d[1] - b[1]) - (c[1] - a[1]) * (d[0] - b[0]);
}

export function centreOf([a, b, c, d]: Corners): Point {
  return [(a[0] + b[0] + c[0] + d[0]) / 4, (a[1] + b[1] + c[1] + d[1]) / 4];
}

/** Mean length of the four sides, in pixels. */
export function sideOf([a, b, c, d]: Corners): number {
  return (distance(a, b) + distance(b, c) + distance(c, d) + distance(d, a)) / 4;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** The smallest rectangle that holds the corners, within `image`; at least one pixel. */
export function boundsOf(
  corners: Corners,
  image: { readonly width: number; readonly height: number },
): Region {
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const x = Math.min(image.width - 1, Math.max(0, Math.floor(Math.min(...xs))));
  const y = Math.min(image.height - 1, Math.max(0, Math.floor(Math.min(...ys))));
  return {
    x,
    y,
    width: Math.max(1, Math.min(image.width, Math.ceil(Math.max(...xs)) + 1) - x),
    height: Math.max(1, Math.min(image.height, Math.ceil(Math.max(...ys)) + 1) - y),
  };
}

/** A symbol with its surroundings: a quiet zone is four modules wide (ISO/IEC 18004, 6.3.8), located corners may be off by more. */
export function aroundCorners(
  corners: Corners,
  image: { readonly width: number; readonly height: number },
): Region {
  return growRegion(boundsOf(corners, image), 0.3 * sideOf(corners) + 8, image);
}

/** Modules along a side of a version (ISO/IEC 18004, 6.3.1): 21 for version 1, 4 more for each next. */
export function modulesOf(version: number): number {
  return 17 + 4 * version;
}
