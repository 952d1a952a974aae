import { PictureRefusal, viewOf } from './picture-refusal.ts';

/** ITU-T T.81, table B.1: baseline, extended and progressive DCT with Huffman coding. */
const FRAMES_DECODED: readonly number[] = [0xc0, 0xc1, 0xc2];
const NO_FRAMES: readonly number[] = [0xc4, 0xc8, 0xcc];
const SEGMENTS_MAX = 1_000;

/**
 * What `readPicture` does not look at in a JPEG picture's frame header: the coding, 8 bits a sample, grey or three
 * colours. Throws PictureRefusal.
 */
export function checkFrameHeader(bytes: Uint8Array): void {
  const { uint8, uint16 } = viewOf(bytes);
  let at = 2;
  for (let segment = 0; segment < SEGMENTS_MAX; segment++) {
    while (uint8(at + 1) === 0xff) at++;
    const marker = uint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker)) {
      refuseOther(marker, uint8(at + 4), uint8(at + 9));
      return;
    }
    at += 2 + uint16(at + 2);
  }
  throw new PictureRefusal('photo.damaged', 'a JPEG picture without frame header');
}

function refuseOther(marker: number, bits: number, components: number): void {
  if (FRAMES_DECODED.includes(marker) && bits === 8 && (components === 1 || components === 3)) {
    return;
  }
  throw new PictureRefusal(
    'photo.unsupported',
    `a DCT picture of 8 bits, grey or in three colours expected; came frame ${marker.toString(16)}, ${bits} bits, ${components} components`,
  );
}
