import { type ErrorCorrection, type QrMatrix, qrMatrix } from '../../fixtures/codes.ts';

type Grey = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** A code on white, `scale` pixels a module, with its quiet zone: the picture every decoder must read. */
export function drawCode(
  content: string | Uint8Array,
  scale = 4,
  level: ErrorCorrection = 'M',
): Grey {
  return drawMatrix(qrMatrix(content, level), scale);
}

export function drawMatrix({ size, modules }: QrMatrix, scale: number): Grey {
  const side = (size + 8) * scale;
  const data = new Uint8Array(side * side).fill(255);
  for (let y = 0; y < size * scale; y++) {
    for (let x = 0; x < size * scale; x++) {
      const module = modules[Math.floor(y / scale) * size + Math.floor(x / scale)];
      if (module === 1) data[(y + 4 * scale) * side + x + 4 * scale] = 0;
    }
  }
  return { width: side, height: side, data };
}

/** `picture` laid onto a grey view of the given size at (x, y). */
export function placeOn(
  view: { readonly width: number; readonly height: number },
  pictures: readonly (readonly [x: number, y: number, picture: Grey])[],
): Grey {
  const data = new Uint8Array(view.width * view.height).fill(128);
  for (const [x, y, picture] of pictures) {
    for (let row = 0; row < picture.height; row++) {
      const line = picture.data.subarray(row * picture.width, (row + 1) * picture.width);
      data.set(line, (y + row) * view.width + x);
    }
  }
  return { ...view, data };
}
