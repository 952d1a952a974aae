import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Pixels row by row, components side by side. */
export type Samples = {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3;
  readonly pixels: Uint8Array;
};

export type OpenJpeg = {
  /** Null when the codestream is damaged, or memory was refused. It must have been checked by `checkCodestream`. */
  readonly decode: (codestream: Uint8Array) => Samples | null;
};

/** What is used of the package, which has no types. */
type Module = { readonly J2KDecoder: new () => Decoder };
type Decoder = {
  /** Of the module's memory, to be filled at once: another call can move it. */
  getEncodedBuffer(bytes: number): Uint8Array;
  /** On failure it says so on the console only, and leaves the decoded buffer empty. */
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; componentCount: number };
  delete(): void;
};
type Start = (options: object) => Promise<Module>;

/** OpenJPEG's WebAssembly build: a picture that breaks the decoder stays within WebAssembly's own memory. */
export async function openOpenJpeg(): Promise<OpenJpeg> {
  const require = createRequire(import.meta.url);
  const start: Start = require('@cornerstonejs/codec-openjpeg/decodewasmjs');
  const wasmBinary = readFileSync(require.resolve('@cornerstonejs/codec-openjpeg/decodewasm'));
  const silent = () => {};
  const module = await start({ wasmBinary, print: silent, printErr: silent });
  return { decode: (codestream) => decodeOne(new module.J2KDecoder(), codestream) };
}

function decodeOne(decoder: Decoder, codestream: Uint8Array): Samples | null {
  try {
    decoder.getEncodedBuffer(codestream.length).set(codestream);
    decoder.decode();
    const pixels = decoder.getDecodedBuffer();
    const { width, height, componentCount } = decoder.getFrameInfo();
    if (pixels.length === 0 || (componentCount !== 1 && componentCount !== 3)) return null;
    if (pixels.length !== width * height * componentCount) return null;
    return { width, height, components: componentCount, pixels };
  } finally {
    decoder.delete();
  }
}

/** IEC 61966-2-1, amendment 1: sYCC to sRGB, in place. */
export function coloursFromDifferences({ pixels }: Samples): void {
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    const y = pixels[at] ?? 0;
    const blue = (pixels[at + 1] ?? 0) - 128;
    const red = (pixels[at + 2] ?? 0) - 128;
    pixels[at] = clamp(y + 1.402 * red);
    pixels[at + 1] = clamp(y - 0.344136 * blue - 0.714136 * red);
    pixels[at + 2] = clamp(y + 1.772 * blue);
  }
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
