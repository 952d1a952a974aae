import { expect, test } from 'vitest';
import { SimCamera, type SimPicture } from '../../devices/camera/sim/sim-camera.ts';
import { seededRandom } from '../../fixtures/random.ts';
import { gateBackdrop } from '../../fixtures/scenes/backdrop.ts';
import { blurBox } from '../../fixtures/scenes/optics.ts';
import { settle, VirtualClock } from '../../test/support/virtual-clock.ts';
import { frameSignature } from './frame-signature.ts';
import { HealthWatch } from './health-watch.ts';
import { isSettled, type LongView, learnView, reliefOf } from './long-view.ts';

const SIZE = { width: 640, height: 360 };
const FRAME_MS = 500;
const SECOND_MS = 1_000;

/** A gate, drawn from pixels: `blurPx` out of focus, `shift` pixels to the side, seen at `light`. */
function gate(change: { blurPx?: number; shift?: number; light?: number } = {}): SimPicture {
  const { blurPx = 0, shift = 0, light = 1 } = change;
  const layer = gateBackdrop(SIZE.width, SIZE.height, seededRandom('gate'));
  // A sign near enough to be sharp.
  for (let y = 60; y < 200; y++)
    for (let x = 300; x < 460; x++)
      layer.data[y * SIZE.width + x] = (x >> 4) % 2 === (y >> 4) % 2 ? 0.05 : 0.75;
  blurBox(layer, { left: 0, top: 0, right: SIZE.width, bottom: SIZE.height }, blurPx);
  const random = seededRandom('noise');
  const data = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, at) => {
    const x = Math.min(SIZE.width - 1, (at % SIZE.width) + shift);
    const level = layer.data[at - (at % SIZE.width) + x] ?? 0;
    return Math.max(0, Math.min(255, 255 * level ** 0.45 * light + random.gauss()));
  });
  return { ...SIZE, data };
}

function plain(level: number): SimPicture {
  return { ...SIZE, data: new Uint8Array(SIZE.width * SIZE.height).fill(level) };
}

/** The gate as it is known after hours. */
function known(): LongView {
  const { cells, sharpness } = frameSignature({ ...gate(), stride: SIZE.width });
  let view = learnView(null, reliefOf(cells), sharpness, 0);
  while (!isSettled(view)) view = learnView(view, reliefOf(cells), sharpness, 5 * SECOND_MS);
  return view;
}

/** A camera whose frames are watched on the virtual clock, and what is said of it. */
function rig(view: LongView | null) {
  const clock = new VirtualClock();
  const camera = new SimCamera('camera', clock);
  const told: (string | null)[] = [];
  const kept: LongView[] = [];
  const watch = new HealthWatch({
    view,
    onWarning: (warning) => told.push(warning),
    onView: (next) => kept.push(next),
  });
  const stop = new AbortController();
  const watching = (async () => {
    for await (const event of camera.events(stop.signal)) {
      if (event.kind === 'frame') watch.frame(event.frame);
      else watch.vision(event);
    }
  })();
  const show = async (picture: SimPicture, ms: number) => {
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      camera.show(picture);
      await settle();
      await clock.advance(FRAME_MS);
    }
  };
  const close = async () => {
    stop.abort();
    await watching;
  };
  return { camera, watch, told, kept, show, close };
}

const VIEW = known();
const MINUTE_MS = 60 * SECOND_MS;

test.each([
  ['covered', plain(90), 6, 'camera.covered'],
  ['lost in light', plain(255), 20, 'camera.glare'],
  ['too dark', gate({ light: 0.06 }), 30, 'camera.dark'],
  ['out of focus', gate({ blurPx: 6 }), 150, 'camera.blurred'],
  ['pushed aside', gate({ shift: 80 }), 110, 'camera.moved'],
] as const)(
  'a camera that is %s is told from its frames, and well again from them',
  async (_name, picture, seconds, warning) => {
    const { told, show, close } = rig(VIEW);
    await show(gate(), 10 * SECOND_MS);
    expect(told).toEqual([]);
    await show(picture, seconds * SECOND_MS);
    expect(told).toEqual([warning]);
    await show(gate(), 40 * SECOND_MS);
    expect(told).toEqual([warning, null]);
    await close();
  },
);

test('one bright or dark frame, a jump of the exposure, is nothing', async () => {
  const { told, show, close } = rig(VIEW);
  for (const light of [1, 0.4, 1.6, 0.7, 1]) await show(gate({ light }), 5 * SECOND_MS);
  await show(plain(255), FRAME_MS);
  await show(plain(0), FRAME_MS);
  await show(gate(), 5 * SECOND_MS);
  expect(told).toEqual([]);
  await close();
});

test('five people whose codes are seen and not read are told, one code read ends it', async () => {
  const { told, watch, show, close } = rig(VIEW);
  const deviceId = 'camera';
  for (let person = 0; person < 6; person++) {
    watch.vision({ kind: 'hint', deviceId, hint: 'too-far' });
    watch.vision({ kind: 'hint', deviceId, hint: 'moving' });
    await show(gate(), MINUTE_MS);
    watch.vision({ kind: 'hint', deviceId, hint: null });
  }
  expect(told).toEqual(['camera.unread']);
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const;
  const code = { bytes: new Uint8Array(), text: '', corners };
  const at = { frameAtMonoMs: 0, decodedAtMonoMs: 0 };
  watch.vision({ kind: 'code-shown', deviceId, track: 1, code, ...at });
  await show(gate(), SECOND_MS);
  expect(told).toEqual(['camera.unread', null]);
  await close();
});

test('a camera that goes out has no other fault, and is looked at anew afterwards', async () => {
  const { camera, told, show, close } = rig(VIEW);
  await show(gate(), SECOND_MS);
  await show(plain(90), 6 * SECOND_MS);
  camera.fail('camera.lost');
  await settle();
  expect(told).toEqual(['camera.covered', null]);
  await show(plain(90), 6 * SECOND_MS);
  expect(told).toEqual(['camera.covered', null, 'camera.covered']);
  await close();
});

test('a view that is not known yet is not kept, a known one is now and then', async () => {
  const fresh = rig(null);
  await fresh.show(gate(), MINUTE_MS);
  expect(fresh.kept).toEqual([]);
  const settled = rig(VIEW);
  await settled.show(gate(), 2 * MINUTE_MS);
  expect(settled.kept).toHaveLength(1);
  await Promise.all([fresh.close(), settled.close()]);
});
