import { InputError } from '../kernel/errors.ts';
import type { GreyFrame } from '../ports/frame-source.ts';

/** Rows of 8-bit luminance without gaps: `data.length === width * height`. */
export type GreyImage = {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
};

/** A rectangle in pixels; `x + width` and `y + height` lie within the image it belongs to. */
export type Region = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** Coordinates travel through the decoder as 16-bit numbers; cameras end at 8K. */
const FRAME_SIDE_MAX = 16_384;
/** 8K video has 33 million pixels, large still cameras 61 million. */
const FRAME_PIXELS_MAX = 64_000_000;

/** Throws InputError unless the frame's measures agree with its data and stay within the limits. */
export function checkFrame(frame: Pick<GreyFrame, 'width' | 'height' | 'stride' | 'data'>): void {
  const { width, height, stride, data } = frame;
  if (!isSide(width) || !isSide(height) || width * height > FRAME_PIXELS_MAX) {
    throw new InputError(
      `frame of ${width}x${height}: expected sides of 1 to ${FRAME_SIDE_MAX} and at most ${FRAME_PIXELS_MAX} pixels; set a smaller picture size at the camera`,
    );
  }
  if (!Number.isInteger(stride) || stride < width || stride > 2 * FRAME_SIDE_MAX) {
    throw new InputError(
      `row stride ${stride} of a frame ${width} wide: expected ${width} or more`,
    );
  }
  const needed = stride * (height - 1) + width;
  if (data.length < needed) {
    throw new InputError(`frame of ${data.length} bytes: its measures need ${needed}`);
  }
}

function isSide(side: number): boolean {
  return Number.isInteger(side) && side >= 1 && side <= FRAME_SIDE_MAX;
}

export function wholeOf(image: { readonly width: number; readonly height: number }): Region {
  return { x: 0, y: 0, width: image.width, height: image.height };
}

/** A copy of `region`. The frame's rows may be longer than its picture. */
export function cropFrame(
  frame: Pick<GreyFrame, 'width' | 'stride' | 'data'>,
  region: Region,
): GreyImage {
  const data = new Uint8Array(region.width * region.height);
  for (let row = 0; row < region.height; row++) {
    const start = (region.y + row) * frame.stride + region.x;
    data.set(frame.data.subarray(start, start + region.width), row * region.width);
  }
  return { width: region.width, height: region.height, data };
}

export function crop(image: GreyImage, region: Region): GreyImage {
  return cropFrame({ ...image, stride: image.width }, region);
}

/** `region` grown by `margin` pixels on each side, within `image`. */
export function growRegion(
  region: Region,
  margin: number,
  image: { readonly width: number; readonly height: number },
): Region {
  const x = Math.max(0, Math.floor(region.x - margin));
  const y = Math.max(0, Math.floor(region.y - margin));
  return {
    x,
    y,
    width: Math.min(image.width, Math.ceil(region.x + region.width + margin)) - x,
    height: Math.min(image.height, Math.ceil(region.y + region.height + margin)) - y,
  };
}
