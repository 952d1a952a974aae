import type { GreyImage, Region } from './grey-image.ts';

/** Pixels of each level 0 to 255 in `region`, of every `every`th row and column. */
export function histogramOf(
  { width, data }: GreyImage,
  region: Region,
  every: number,
): Uint32Array {
  const histogram = new Uint32Array(256);
  for (let y = region.y; y < region.y + region.height; y += every) {
    for (let at = y * width + region.x; at < y * width + region.x + region.width; at += every) {
      const level = data[at] ?? 0;
      histogram[level] = (histogram[level] ?? 0) + 1;
    }
  }
  return histogram;
}

export function pixelsIn(histogram: Uint32Array): number {
  return histogram.reduce((sum, pixels) => sum + pixels, 0);
}

/** The level at or below which `share` of the pixels lie. */
export function levelAt(histogram: Uint32Array, share: number): number {
  const wanted = share * pixelsIn(histogram);
  let sum = 0;
  for (let level = 0; level < 256; level++) {
    sum += histogram[level] ?? 0;
    if (sum >= wanted) return level;
  }
  return 255;
}
