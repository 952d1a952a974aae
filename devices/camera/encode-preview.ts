import type { GreyFrame } from '../../src/ports/frame-source.ts';
import { compressGreyJpeg } from './native-jpeg-turbo.ts';

/** Staff see that the camera sees; nobody reads a code from it. */
const QUALITY = 70;

type Picture = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/**
 * A grey JPEG of a frame, about `widthPx` wide: the nearest whole fraction of the frame's width, never enlarged. The
 * frame is read before this returns its promise, so its bytes may go to a worker at once.
 */
export function encodePreview(frame: GreyFrame, widthPx: number): Promise<Uint8Array> {
  const factor = Math.max(1, Math.round(frame.width / widthPx));
  const { width, height, data } = shrink(frame, factor);
  return compressGreyJpeg(data, { width, height }, QUALITY);
}

/** Mean of `factor` by `factor` pixels. */
function shrink(frame: GreyFrame, factor: number): Picture {
  const width = Math.max(1, Math.floor(frame.width / factor));
  const height = Math.max(1, Math.floor(frame.height / factor));
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const top = y * factor * frame.stride;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = blockMean(frame, top + x * factor, factor);
    }
  }
  return { width, height, data };
}

function blockMean({ data, stride }: GreyFrame, start: number, factor: number): number {
  let sum = 0;
  for (let row = 0; row < factor; row++) {
    const at = start + row * stride;
    for (let column = 0; column < factor; column++) sum += data[at + column] ?? 0;
  }
  return sum / (factor * factor);
}
