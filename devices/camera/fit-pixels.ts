import { sharp } from './native-sharp.ts';
import type { GreyPixels } from './pnm.ts';

type Size = { readonly width: number; readonly height: number };

/** The picture within `size`, centred on black, keeping its proportions; a copy when the size is right already. */
export async function fitPixels(picture: GreyPixels, size: Size): Promise<Uint8Array> {
  const { width, height } = picture;
  if (width === size.width && height === size.height) return Uint8Array.from(picture.data);
  const { data } = await sharp(picture.data, { raw: { width, height, channels: 1 } })
    .resize({ ...size, fit: 'contain', background: '#000000' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return new Uint8Array(data);
}
