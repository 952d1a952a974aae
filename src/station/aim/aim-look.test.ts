import sharp from 'sharp';
import { expect, test } from 'vitest';
import { qrMatrix } from '../../../fixtures/codes.ts';
import { drawMatrix, placeOn } from '../../../test/support/draw-code.ts';
import type { GreyFrame } from '../../ports/frame-source.ts';
import { NOTHING_READ, type Reading } from '../../vision/decode-job.ts';
import type { Point } from '../../vision/vision-event.ts';
import { lookAtAim } from './aim-look.ts';
import { SHEET_CODES, sheetPayload } from './sheet-codes.ts';

const VIEW = { width: 900, height: 600 };
const [CARD] = SHEET_CODES;
const MODULE_PX = 5;
const AT = { x: 240, y: 120 };

/** The card's code, its edges spread by a lens of `sigmaPx`, and what a decoder says of it. */
async function seen(sigmaPx: number): Promise<{ frame: GreyFrame; reading: Reading }> {
  const drawn = placeOn(VIEW, [
    [AT.x, AT.y, drawMatrix(qrMatrix(sheetPayload(CARD), CARD.level), MODULE_PX)],
  ]);
  const data = await sharp(drawn.data, { raw: { ...VIEW, channels: 1 } })
    .blur(sigmaPx)
    .extractChannel(0)
    .raw()
    .toBuffer();
  const [left, top] = [AT.x + 4 * MODULE_PX, AT.y + 4 * MODULE_PX];
  const [right, bottom] = [left, top].map((from) => from + CARD.modules * MODULE_PX) as [
    number,
    number,
  ];
  const corners: readonly [Point, Point, Point, Point] = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  const text = sheetPayload(CARD);
  return {
    frame: { ...VIEW, stride: VIEW.width, data, sequence: 1, atMonoMs: 0 },
    reading: {
      ...NOTHING_READ,
      codes: [{ bytes: new TextEncoder().encode(text), text, corners }],
    },
  };
}

test.each([1, 1.5, 2, 2.5])(
  'a lens that spreads edges by %d pixels is told as that, in modules of the code',
  async (sigmaPx) => {
    const { frame, reading } = await seen(sigmaPx);
    const { codes, sharpness } = lookAtAim(frame, reading);
    const [card] = codes;
    const wanted = sigmaPx / MODULE_PX;
    expect(card?.modulePx).toBeCloseTo(MODULE_PX, 6);
    expect(card?.blur).toBeGreaterThan(0.8 * wanted);
    expect(card?.blur).toBeLessThan(1.2 * wanted);
    expect(sharpness).toBeCloseTo(0.4 / ((card?.blur ?? 0) * MODULE_PX), 6);
  },
);
