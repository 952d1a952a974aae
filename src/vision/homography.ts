import type { Corners } from './engine.ts';
import type { Point } from './vision-event.ts';

/** Maps the unit square onto `corners`: (0,0), (1,0), (1,1), (0,1) in their order (Heckbert 1989, 2.2). */
export function unitSquareTo(corners: Corners): (u: number, v: number) => Point {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners;
  const [sx, sy] = [x0 - x1 + x2 - x3, y0 - y1 + y2 - y3];
  const [dx1, dy1] = [x1 - x2, y1 - y2];
  const [dx2, dy2] = [x3 - x2, y3 - y2];
  const bend = dx1 * dy2 - dx2 * dy1;
  const g = bend === 0 ? 0 : (sx * dy2 - dx2 * sy) / bend;
  const h = bend === 0 ? 0 : (dx1 * sy - sx * dy1) / bend;
  const [a, b] = [x1 - x0 + g * x1, x3 - x0 + h * x3];
  const [d, e] = [y1 - y0 + g * y1, y3 - y0 + h * y3];
  return (u, v) => {
    const w = g * u + h * v + 1;
    return [(a * u + b * v + x0) / w, (d * u + e * v + y0) / w];
  };
}
