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
  const sums = new Uint32Array(width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let row = 0; row < factor; row++) {
      addRow(sums, frame.data, (y * factor + row) * frame.stride, factor);
    }
    const area = factor * factor;
    for (let x = 0; x < width; x++) data[y * width + x] = (sums[x] ?? 0) / area;
  }
  return { width, height, data };
}

function addRow(sums: Uint32Array, data: Uint8Array, start: number, factor: number): void {
  let at = start;
  for (let x = 0; x < sums.length; x++) {
    let sum = sums[x] ?? 0;
    for (let i = 0; i < factor; i++) sum += data[at++] ?? 0;
    sums[x] = sum;
  }
}
