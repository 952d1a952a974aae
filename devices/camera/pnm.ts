import { InputError } from '../../src/kernel/errors.ts';

export type GreyPixels = {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
};

const HEADER =
  /^P([2356])(?:\s|#[^\n]*\n)+(\d{1,6})(?:\s|#[^\n]*\n)+(\d{1,6})(?:\s|#[^\n]*\n)+(\d{1,5})(?:#[^\n]*\n)?\s/;
const HEADER_BYTES_MAX = 1_024;

export function looksLikePnm(bytes: Uint8Array): boolean {
  return /^P[2356][\s#]/.test(Buffer.from(bytes.subarray(0, 3)).toString('latin1'));
}

/**
 * Portable grey and colour maps (netpbm's pgm(5), ppm(5); plain and raw, 8 and 16 bits), which sharp does not read and
 * public code collections use. Colour becomes luma by Rec. 601. Throws InputError.
 */
export function decodePnm(bytes: Uint8Array, pixelsMax: number): GreyPixels {
  const head = Buffer.from(bytes.subarray(0, HEADER_BYTES_MAX)).toString('latin1');
  const match = HEADER.exec(head);
  if (match === null) throw new InputError('expected a PGM or PPM header, came something else');
  const [header, kind, ...numbers] = match;
  const [width = 0, height = 0, top = 0] = numbers.map(Number);
  if (width * height < 1 || width * height > pixelsMax || top < 1 || top > 65_535)
    throw new InputError(`a ${width} x ${height} picture with maximum ${top} is not accepted`);
  const channels = kind === '3' || kind === '6' ? 3 : 1;
  const count = width * height * channels;
  const body = bytes.subarray(header.length);
  const samples =
    kind === '2' || kind === '3' ? plainSamples(body, count) : rawSamples(body, count, top);
  return { width, height, data: toGrey(samples, channels, top) };
}

function rawSamples(body: Uint8Array, count: number, top: number): Uint16Array | Uint8Array {
  const sampleBytes = top > 255 ? 2 : 1;
  if (body.length < count * sampleBytes) throw tooShort();
  if (sampleBytes === 1) return body.subarray(0, count);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return Uint16Array.from({ length: count }, (_, index) => view.getUint16(2 * index));
}

function plainSamples(body: Uint8Array, count: number): Uint16Array {
  const samples = new Uint16Array(count);
  let filled = 0;
  for (const [digits] of Buffer.from(body)
    .toString('latin1')
    .matchAll(/\d{1,5}/g)) {
    if (filled === count) break;
    samples[filled++] = Number(digits);
  }
  if (filled < count) throw tooShort();
  return samples;
}

function toGrey(samples: Uint16Array | Uint8Array, channels: number, top: number): Uint8Array {
  const grey = new Uint8Array(samples.length / channels);
  const at = (index: number) => Math.min(top, samples[index] ?? 0);
  for (let i = 0; i < grey.length; i++) {
    const luma =
      channels === 1 ? at(i) : 0.299 * at(3 * i) + 0.587 * at(3 * i + 1) + 0.114 * at(3 * i + 2);
    grey[i] = Math.round((255 * luma) / top);
  }
  return grey;
}

function tooShort(): InputError {
  return new InputError('the picture ends before its last row: copy the file again');
}
