import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sharp } from '../../devices/camera/native-sharp.ts';
import { startMjpegServer } from '../../devices/camera/sim/mjpeg-server.ts';
import { qrMatrix } from '../../fixtures/codes.ts';
import { aimCommand } from '../../src/cli/aim.ts';
import type { CliIo } from '../../src/cli/cli-io.ts';
import type { AimView } from '../../src/station/aim/aim-shapes.ts';
import { SHEET_CODES, sheetPayload } from '../../src/station/aim/sheet-codes.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { drawMatrix, placeOn } from '../support/draw-code.ts';
import { guarded } from '../support/guarded.ts';

const VIEW = { width: 1280, height: 720 };
let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

/** The sheet before the camera, so many pixels a module of its codes for card and phone, seen through a lens that blurs. */
async function sheetAt(cardPx: number, phonePx: number, blurPx = 0): Promise<Uint8Array> {
  const [card, , phone] = SHEET_CODES.map((code) => qrMatrix(sheetPayload(code), code.level));
  if (card === undefined || phone === undefined) throw new Error('the sheet lacks a code');
  const { data } = placeOn(VIEW, [
    [40, 200, drawMatrix(card, cardPx)],
    [460, 60, drawMatrix(phone, phonePx)],
  ]);
  const picture = sharp(data, { raw: { ...VIEW, channels: 1 } }).jpeg({ quality: 95 });
  return (blurPx === 0 ? picture : picture.blur(blurPx)).toBuffer();
}

/** A grey wall. */
function emptyView(): Promise<Uint8Array> {
  const { data } = placeOn(VIEW, []);
  return sharp(data, { raw: { ...VIEW, channels: 1 } })
    .jpeg()
    .toBuffer();
}

async function aiming(first: Uint8Array) {
  const camera = await startMjpegServer(
    { pictures: [first], framesPerS: 10, clock: systemClock },
    stop.signal,
  );
  const end = new AbortController();
  stop.signal.addEventListener('abort', () => end.abort());
  const seen = new EventTarget();
  let view: AimView | null = null;
  let code = 0;
  const io: CliIo = {
    stdin: process.stdin,
    out: (line) => {
      view = JSON.parse(line);
      seen.dispatchEvent(new Event('view'));
    },
    tell: () => {},
    env: {},
    signal: end.signal,
    exit: (next) => {
      code = next;
    },
  };
  const argv = ['--json', '--driver', 'mjpeg', '--source', camera.url, '--size', '1280x720'];
  const done = aimCommand(io).parseAsync(argv, { from: 'user' });
  const until = (what: string, holds: (view: AimView) => boolean) =>
    guarded(
      what,
      (async () => {
        while (view === null || !holds(view)) await once(seen, 'view');
        return view;
      })(),
    );
  const finish = async () => {
    end.abort();
    await done;
    return code;
  };
  return { camera, until, finish };
}

test('the sheet moved from 20 to 15 cm before a near enough camera: good for card and phone, exit 0', async () => {
  const { camera, until, finish } = await aiming(await sheetAt(3, 7));
  await until('good at 20 cm', ({ card, phone }) => card.here === 'good' && phone.here === 'good');
  camera.show([await sheetAt(4, 9)]);
  await until('good all the way', ({ advice }) => advice === 'done');
  expect(await finish()).toBe(0);
});

test('a camera too far away is told to come nearer, exit 3', async () => {
  const { until, finish } = await aiming(await sheetAt(2, 5));
  await until('nearer', ({ advice, card }) => advice === 'nearer' && card.modulePx !== null);
  expect(await finish()).toBe(3);
});

test('the figures are those of the picture before the camera now: the focus turned, the sheet gone, the picture lost', async () => {
  const { camera, until, finish } = await aiming(await sheetAt(4, 9));
  const sharpest = await until('sharp', ({ card }) => card.here === 'good');
  expect(sharpest.sharpnessOf).toBe('code');
  const best = sharpest.bestSharpness ?? 0;

  camera.show([await sheetAt(4, 9, 1.2)]);
  const soft = await until('softer', ({ sharpness }) => (sharpness ?? 1) < 0.45);
  // A lens of 1.2 pixels: 0.4 / 1.2 of an edge lies within one pixel, and it blurs 0.3 modules of 4 pixels.
  expect(soft.sharpness).toBeGreaterThan(0.25);
  const settled = await until('the blur', ({ card }) => (card.blur ?? 0) > 0.24);
  expect(settled.card.blur).toBeLessThan(0.36);
  expect(settled.bestSharpness).toBeGreaterThanOrEqual(best);

  camera.show([await emptyView()]);
  const gone = await until('no sheet', ({ card }) => card.modulePx === null);
  expect([gone.sharpnessOf, gone.card.blur, gone.advice]).toEqual(['view', null, 'show-sheet']);

  camera.setMode('refuse');
  const lost = await until('no picture', ({ advice }) => advice === 'no-picture');
  expect([lost.sharpness, lost.luminance, lost.card.verdict]).toEqual([null, null, 'not-yet']);
  expect(await finish()).toBe(1);
});
