import { ProtocolError } from '../protocol-error.ts';

/** A photograph from a chip, not decoded. */
export type FacePicture = {
  readonly format: 'jpeg' | 'jpeg2000';
  readonly bytes: Uint8Array;
  /** Pixels, as the picture's own header declares them: what a decoder would allocate for. */
  readonly width: number;
  readonly height: number;
};

/** A face on a chip has some 400 by 500 pixels; 1,600 by 2,000 is generous. Decoded, so many take 16 MB a component. */
const SIDE_PIXELS_MAX = 4_096;
const PIXELS_MAX = 4_000_000;
const COMPONENTS_MAX = 4;
const TILES_MAX = 1_024;
const SEGMENTS_MAX = 1_000;
const BOXES_MAX = 100;

const JPEG_MAGIC = Uint8Array.of(0xff, 0xd8, 0xff);
/** ISO/IEC 15444-1, I.5.1: the signature box of a JP2 file. */
const JP2_MAGIC = Uint8Array.of(0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a);
/** ISO/IEC 15444-1, A.4.1 and A.5.1: start of codestream, then the size marker. */
const CODESTREAM_MAGIC = Uint8Array.of(0xff, 0x4f, 0xff, 0x51);
const JP2_HEADER = 0x6a703268;
const JP2_CODESTREAM = 0x6a703263;

/** Whether a picture of a known kind begins here. */
export function beginsPicture(bytes: Uint8Array): boolean {
  return [JPEG_MAGIC, JP2_MAGIC, CODESTREAM_MAGIC].some((magic) => startsWith(bytes, magic));
}

/** Where in `bytes` the first picture begins, or -1. */
export function findPicture(bytes: Uint8Array): number {
  const places = [JPEG_MAGIC, JP2_MAGIC, CODESTREAM_MAGIC]
    .map((magic) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(magic))
    .filter((at) => at >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/**
 * Recognises a picture by its first bytes and reads its size from its own header. Throws ProtocolError: `picture.unknown`,
 * `picture.header`, and `picture.too-large` for one that would unpack to more than a decoder should be asked for.
 */
export function readPicture(bytes: Uint8Array): FacePicture {
  const format = startsWith(bytes, JPEG_MAGIC) ? 'jpeg' : 'jpeg2000';
  if (!beginsPicture(bytes)) {
    throw new ProtocolError('picture.unknown', 'a JPEG or JPEG 2000 picture expected');
  }
  const size = format === 'jpeg' ? jpegSize(bytes) : codestreamSize(codestream(bytes));
  if (size.width < 1 || size.height < 1) throw headerFault('it has no pixels');
  refuseLargePicture(size.width, size.height);
  return { format, bytes, ...size };
}

/** Throws ProtocolError `picture.too-large`. */
export function refuseLargePicture(width: number, height: number): void {
  if (width > SIDE_PIXELS_MAX || height > SIDE_PIXELS_MAX || width * height > PIXELS_MAX) {
    throw new ProtocolError(
      'picture.too-large',
      `a picture of ${width} by ${height} pixels: ${SIDE_PIXELS_MAX} a side and ${PIXELS_MAX} in all at most`,
    );
  }
}

/** ITU-T T.81, B.2.2: the frame header. */
function jpegSize(bytes: Uint8Array): { width: number; height: number } {
  let at = 2;
  for (let segment = 0; segment < SEGMENTS_MAX; segment++) {
    at = skipFill(bytes, at);
    const marker = byteAt(bytes, at + 1);
    if (isFrame(marker)) {
      if (byteAt(bytes, at + 9) > COMPONENTS_MAX) throw headerFault('its components');
      return { height: uint16(bytes, at + 5), width: uint16(bytes, at + 7) };
    }
    const length = uint16(bytes, at + 2);
    // Start of scan, end of image: the frame header should have come before.
    if (marker === 0xda || marker === 0xd9 || length < 2) break;
    at += 2 + length;
  }
  throw headerFault('no frame header');
}

/** T.81, B.1.1.2: any number of 0xFF may precede a marker. */
function skipFill(bytes: Uint8Array, from: number): number {
  let at = from;
  if (byteAt(bytes, at) !== 0xff) throw headerFault('a marker expected');
  while (byteAt(bytes, at + 1) === 0xff) at++;
  return at;
}

function isFrame(marker: number): boolean {
  const others = [0xc4, 0xc8, 0xcc];
  return marker >= 0xc0 && marker <= 0xcf && !others.includes(marker);
}

/** ISO/IEC 15444-1, I.4: the codestream within a JP2 file's boxes. */
function codestream(bytes: Uint8Array): Uint8Array {
  if (startsWith(bytes, CODESTREAM_MAGIC)) return bytes;
  let at = 0;
  for (let box = 0; box < BOXES_MAX; box++) {
    const length = uint32(bytes, at);
    const type = uint32(bytes, at + 4);
    const extended = length === 1;
    const head = extended ? 16 : 8;
    if (type === JP2_CODESTREAM) return bytes.subarray(at + head);
    const boxBytes = extended ? uint32(bytes, at + 8) * 2 ** 32 + uint32(bytes, at + 12) : length;
    if (boxBytes < head) break;
    if (type === JP2_HEADER) refusePalette(bytes.subarray(at + head, at + boxBytes));
    at += boxBytes;
  }
  throw headerFault('no codestream');
}

/** I.5.3.4: a palette turns one small component into up to 255 full ones. No photograph has one. */
function refusePalette(header: Uint8Array): void {
  if (Buffer.from(header).includes('pclr', 0, 'latin1')) throw headerFault('a palette');
}

/** ISO/IEC 15444-1, A.5.1: the size marker segment. */
function codestreamSize(bytes: Uint8Array): { width: number; height: number } {
  if (!startsWith(bytes, CODESTREAM_MAGIC)) throw headerFault('a size marker expected');
  const right = uint32(bytes, 8);
  const bottom = uint32(bytes, 12);
  // A decoder lays its grid from the origin: what counts is the right lower corner, not only the difference.
  refuseLargePicture(right, bottom);
  const across = tiles(right, uint32(bytes, 32), uint32(bytes, 24));
  const down = tiles(bottom, uint32(bytes, 36), uint32(bytes, 28));
  const components = uint16(bytes, 40);
  if (across * down > TILES_MAX) throw headerFault('its tiles');
  if (components < 1 || components > COMPONENTS_MAX) throw headerFault('its components');
  return { width: right - uint32(bytes, 16), height: bottom - uint32(bytes, 20) };
}

function tiles(end: number, start: number, size: number): number {
  if (size === 0 || start >= end) throw headerFault('its tiles');
  return Math.ceil((end - start) / size);
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 65_536 + uint16(bytes, at + 2);
}

function uint16(bytes: Uint8Array, at: number): number {
  return byteAt(bytes, at) * 256 + byteAt(bytes, at + 1);
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw headerFault('it ends within its header');
  return byte;
}

function headerFault(what: string): ProtocolError {
  return new ProtocolError('picture.header', `a picture's header is malformed: ${what}`);
}
