import { PictureRefusal, viewOf } from './picture-refusal.ts';

const BOXES_MAX = 100;
const JP2_HEADER = 0x6a703268;
const COLOUR_SPECIFICATION = 0x636f6c72;
const CODESTREAM_BOX = 0x6a703263;
const SYCC = 18;

const CODING_STYLE = 0xff52;
const START_OF_TILE = 0xff90;
const SEGMENTS_MAX = 1_000;
/** Encoders write 5 and 1 to 12; 32 and 65,535 are allowed by ISO/IEC 15444-1, table A.15. */
const DECOMPOSITIONS_MAX = 12;
const LAYERS_MAX = 64;

type Box = { readonly type: number; readonly body: Uint8Array };

/** ISO/IEC 15444-1, annex I: the codestream of a JP2 file, and whether its colours are sYCC; a bare one as it is. */
export function unboxCodestream(bytes: Uint8Array): {
  readonly codestream: Uint8Array;
  readonly colourDifferences: boolean;
} {
  if (bytes[0] === 0xff) return { codestream: bytes, colourDifferences: false };
  let colourDifferences = false;
  for (const { type, body } of boxes(bytes)) {
    if (type === JP2_HEADER) colourDifferences = hasColourDifferences(body);
    if (type === CODESTREAM_BOX) return { codestream: body, colourDifferences };
  }
  throw new PictureRefusal('photo.damaged', 'a JP2 file without codestream');
}

/** I.4: length, type, and a longer length where the first is 1; a length of 0 goes to the end. */
function* boxes(bytes: Uint8Array): Generator<Box> {
  const { uint32 } = viewOf(bytes);
  let at = 0;
  for (let count = 0; count < BOXES_MAX && at < bytes.length; count++) {
    const type = uint32(at + 4);
    const short = uint32(at);
    const head = short === 1 ? 16 : 8;
    const long = short === 1 ? uint32(at + 8) * 2 ** 32 + uint32(at + 12) : short;
    const length = long === 0 ? bytes.length - at : long;
    if (length < head) throw new PictureRefusal('photo.damaged', 'a box shorter than its head');
    yield { type, body: bytes.subarray(at + head, at + length) };
    at += length;
  }
}

/** I.5.3.3: the first colour specification counts; METH 1 is an enumerated colour space. */
function hasColourDifferences(header: Uint8Array): boolean {
  for (const { type, body } of boxes(header)) {
    if (type !== COLOUR_SPECIFICATION) continue;
    const { uint8, uint32 } = viewOf(body);
    return uint8(0) === 1 && uint32(3) === SYCC;
  }
  return false;
}

/**
 * What `readPicture` does not look at in a codestream, and what the decoder's wrapper takes for granted: its area begins
 * at the origin; one or three components of 8 unsigned bits, of full size. Throws PictureRefusal.
 */
export function checkCodestream(codestream: Uint8Array): void {
  checkImageSize(codestream);
  checkCodingStyle(codestream);
}

/** A.5.1, SIZ. */
function checkImageSize(codestream: Uint8Array): void {
  const { uint8, uint16, uint32 } = viewOf(codestream);
  if (uint32(16) !== 0 || uint32(20) !== 0) throw unsupported('an area beginning at the origin');
  const components = uint16(40);
  if (components !== 1 && components !== 3) throw unsupported('one component or three');
  for (let component = 0; component < components; component++) {
    const at = 42 + 3 * component;
    // Bits less one; the highest bit is set where samples have a sign.
    if (uint8(at) !== 7) throw unsupported('8 unsigned bits a sample');
    if (uint8(at + 1) !== 1 || uint8(at + 2) !== 1) throw unsupported('components of full size');
  }
}

/** A.6.1, COD, of the main header. */
function checkCodingStyle(codestream: Uint8Array): void {
  const { uint8, uint16 } = viewOf(codestream);
  let at = 2;
  for (let segment = 0; segment < SEGMENTS_MAX; segment++) {
    const marker = uint16(at);
    if (marker === START_OF_TILE) break;
    if (marker === CODING_STYLE) {
      if (uint16(at + 6) > LAYERS_MAX || uint8(at + 9) > DECOMPOSITIONS_MAX) {
        throw new PictureRefusal('photo.too-large', 'a codestream of too many layers or levels');
      }
      return;
    }
    at += 2 + uint16(at + 2);
  }
  throw new PictureRefusal('photo.damaged', 'a codestream without coding style');
}

function unsupported(expected: string): PictureRefusal {
  return new PictureRefusal('photo.unsupported', `a JPEG 2000 picture: ${expected} expected`);
}
