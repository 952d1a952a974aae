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

/** The sheet before the camera, so many pixels a module of its codes for card and phone. */
async function sheetAt(cardPx: number, phonePx: number): Promise<Uint8Array> {
  const [card, , phone] = SHEET_CODES.map((code) => qrMatrix(sheetPayload(code), code.level));
  if (card === undefined || phone === undefined) throw new Error('the sheet lacks a code');
  const { data } = placeOn(VIEW, [
    [40, 200, drawMatrix(card, cardPx)],
    [460, 60, drawMatrix(phone, phonePx)],
  ]);
  return sharp(data, { raw: { ...VIEW, channels: 1 } })
    .jpeg({ quality: 95 })
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
