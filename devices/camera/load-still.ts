import { open } from 'node:fs/promises';
import { InputError } from '../../src/kernel/errors.ts';
import type { GreyFrame } from '../../src/ports/frame-source.ts';
import { sharp } from './native-sharp.ts';
import { decodePnm, type GreyPixels, looksLikePnm } from './pnm.ts';

export type StillLimits = { readonly bytesMax: number; readonly pixelsMax: number };

/** 64 MB of file and 64 megapixels: more than any phone's photo, and 64 MB of memory once grey. */
export const STILL_LIMITS: StillLimits = { bytesMax: 64 * 2 ** 20, pixelsMax: 64_000_000 };

/** Seconds that libvips may spend on one picture. */
const DECODE_S_MAX = 20;

/** First bytes of what is read. SVG, PDF and camera raw files are programs or worse, and hold no photographed code. */
const MAGIC: readonly (readonly [string, RegExp])[] = [
  ['JPEG', /^\xff\xd8\xff/],
  ['PNG', /^\x89PNG\r\n/],
  ['WebP', /^RIFF[\s\S]{4}WEBP/],
  ['GIF', /^GIF8[79]a/],
  ['TIFF', /^(II[*+]\0|MM\0[*+])/],
  ['AVIF', /^[\s\S]{4}ftyp(avif|avis|mif1)/],
];

/**
 * A picture from outside as one grey frame: turned as its EXIF data say, on white where it is transparent, the first
 * page where it has several. Decoded in this process, with limits on bytes, pixels and time: right for a command that
 * somebody runs; a service that takes pictures from strangers belongs in a process of its own.
 *
 * Throws InputError with one sentence when the file cannot be read or is no such picture.
 */
export async function loadStill(path: string, limits: StillLimits): Promise<GreyFrame> {
  const bytes = await readBounded(path, limits.bytesMax);
  const { width, height, data } = await decodeStill(bytes, limits.pixelsMax);
  return { width, height, stride: width, data, sequence: 1, atMonoMs: 0 };
}

/** As `loadStill`, from memory. */
export async function decodeStill(bytes: Uint8Array, pixelsMax: number): Promise<GreyPixels> {
  if (looksLikePnm(bytes)) return decodePnm(bytes, pixelsMax);
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (!MAGIC.some(([, pattern]) => pattern.test(head))) {
    const known = MAGIC.map(([name]) => name).join(', ');
    throw new InputError(`expected a picture (${known}, PGM, PPM), came something else`);
  }
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: pixelsMax, failOn: 'error' })
      .timeout({ seconds: DECODE_S_MAX })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('b-w')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: firstChannel(data, info.channels) };
  } catch (error) {
    throw new InputError(`the picture cannot be decoded: ${sentence(error)}`, { cause: error });
  }
}

function firstChannel(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return data;
  return Uint8Array.from({ length: data.length / channels }, (_, i) => data[i * channels] ?? 0);
}

async function readBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const stat = await file.stat();
    if (!stat.isFile()) throw new InputError('expected a picture file, came a folder or a device');
    if (stat.size > bytesMax)
      throw new InputError(`the file has ${stat.size} bytes, at most ${bytesMax} are read`);
    // Read by the size seen, so that a file that grows meanwhile stays within the limit.
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`the file cannot be read: ${sentence(error)}`, { cause: error });
  }
}

/** One line of an error from the system or from libvips, whose messages repeat themselves over several lines. */
function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').slice(0, 200);
}
