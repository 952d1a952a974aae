import { createRequire } from 'node:module';
import type * as JpegTurbo from '@julusian/jpeg-turbo';

// A CommonJS addon whose names Node cannot see from a module; bundlers and test runners can, which hides it.
const { compress, FORMAT_GRAY, SAMP_GRAY } = createRequire(import.meta.url)(
  '@julusian/jpeg-turbo',
) as typeof JpegTurbo;

/** A grey JPEG of `width * height` bytes, made off the main thread. Quality 1 to 100. */
export function compressGreyJpeg(
  pixels: Uint8Array,
  size: { readonly width: number; readonly height: number },
  quality: number,
): Promise<Uint8Array> {
  const raw = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return compress(raw, { ...size, format: FORMAT_GRAY, subsampling: SAMP_GRAY, quality });
}
