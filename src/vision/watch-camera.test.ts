import { expect, test } from 'vitest';
import { SimCamera } from '../../devices/camera/sim/sim-camera.ts';
import { drawCode, placeOn } from '../../test/support/draw-code.ts';
import { settle, VirtualClock } from '../../test/support/virtual-clock.ts';
import type { FrameEvent, FrameSource, GreyFrame } from '../ports/frame-source.ts';
import { type DecodePlan, NOTHING_READ, type Reading } from './decode-job.ts';
import type { DecodeOutcome, DecoderPool } from './decoder-pool.ts';
import { climb } from './effort-ladder.ts';
import type { Corners } from './engine.ts';
import type { GreyImage } from './grey-image.ts';
import { USUAL_EFFORT } from './plan-effort.ts';
import type { VisionEvent } from './vision-event.ts';
import { watchCamera } from './watch-camera.ts';
import { openZxingLibraryEngine } from './zxing-library-engine.ts';
import { openZxingWasmEngine } from './zxing-wasm-engine.ts';

const FRAME_MS = 66;
const VIEW = { width: 640, height: 360 };
const EMPTY = placeOn(VIEW, []);
const NAMED = placeOn(VIEW, [[40, 40, drawCode('001300000001', 3)]]);
const OTHER = placeOn(VIEW, [[40, 40, drawCode('001300000002', 3)]]);
const BOTH = placeOn(VIEW, [
  [40, 40, drawCode('001300000001', 3)],
  [300, 60, drawCode('001300000002', 3)],
]);

const wasm = await openZxingWasmEngine();
const engines = { first: wasm, second: openZxingLibraryEngine() };

/** A pool that decodes where it stands, and keeps what it was asked. */
function directPool(outcome?: () => DecodeOutcome) {
  const plans: DecodePlan[] = [];
  const pool: DecoderPool = {
    workers: 1,
    decode: async (frame, plan) => {
      plans.push(plan);
      if (outcome !== undefined) return outcome();
      const image: GreyImage = { ...frame, data: frame.data };
      const reading: Reading = climb(engines, image, plan, () => 0);
      return { kind: 'read', reading };
    },
    close: async () => {},
  };
  return { pool, plans };
}

type Shown = GreyImage | 'online' | 'offline';

/** What is told of `views`, one every 66 ms of the virtual clock. */
async function watch(views: readonly Shown[], { pool, plans } = directPool()) {
  const clock = new VirtualClock();
  const preview: GreyFrame[] = [];
  const deviceId = 'cam';
  const source: FrameSource = {
    deviceId,
    async *events(): AsyncIterable<FrameEvent> {
      for (const [index, view] of views.entries()) {
        await clock.advance(FRAME_MS);
        const atMs = clock.wallMs();
        if (view === 'online') yield { kind: 'online', deviceId, atMs };
        else if (view === 'offline') {
          yield { kind: 'offline', deviceId, atMs, reason: 'camera.lost', detail: [] };
        } else {
          const { width } = view;
          const frame = { ...view, stride: width, sequence: index + 1, atMonoMs: clock.monoMs() };
          yield { kind: 'frame', deviceId, frame };
        }
      }
    },
  };
  const events: VisionEvent[] = [];
  const settings = { ...USUAL_EFFORT, engine: 'zxing-wasm', pace: 'live' } as const;
  const onFrame = (frame: GreyFrame) => preview.push(frame);
  const onEvent = (event: VisionEvent) => events.push(event);
  const options = { source, pool, clock, settings, onFrame, onEvent };
  await watchCamera(options, new AbortController().signal);
  return { events, plans, preview };
}

function told(events: readonly VisionEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind === 'code-shown') return [`${event.track} shown ${event.code.text}`];
    if (event.kind === 'code-left') return [`${event.track} left`];
    if (event.kind === 'hint') return [`hint ${event.hint}`];
    return event.kind === 'luminance' ? [] : [event.kind];
  });
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

test('a code held up for a second and taken away is one presentation', async () => {
  const { events } = await watch([...times(15, NAMED), ...times(20, EMPTY)]);
  expect(told(events)).toEqual(['1 shown 001300000001', '1 left']);
});

test('the instants told are the frame’s and the decoder’s', async () => {
  const { events } = await watch([EMPTY, NAMED]);
  const shown = events.find((event) => event.kind === 'code-shown');
  expect(shown).toMatchObject({ frameAtMonoMs: 2 * FRAME_MS, decodedAtMonoMs: 2 * FRAME_MS });
});

test('two codes in one frame are two presentations, and the coach asks for one at a time', async () => {
  const { events } = await watch(times(20, BOTH));
  expect(told(events).slice(0, 2).sort()).toEqual(['1 shown 001300000001', '2 shown 001300000002']);
  expect(told(events).slice(2)).toEqual(['hint several-codes']);
});

test('a new code in the place of the old one is told at once', async () => {
  const { events } = await watch([...times(3, NAMED), ...times(3, OTHER)]);
  expect(told(events)).toEqual(['1 shown 001300000001', '2 shown 001300000002']);
});

test('a camera that goes out ends every presentation, and its own words pass through', async () => {
  const { events } = await watch(['online', NAMED, 'offline', 'online', NAMED]);
  expect(told(events)).toEqual([
    'online',
    '1 shown 001300000001',
    '1 left',
    'offline',
    'online',
    '2 shown 001300000001',
  ]);
});

test('every frame looked at is offered to the preview', async () => {
  const { preview } = await watch([EMPTY, NAMED, EMPTY]);
  expect(preview.map((frame) => frame.sequence)).toEqual([1, 2, 3]);
});

test('luminance is told at most once a second', async () => {
  const { events } = await watch(times(46, EMPTY));
  const luminance = events.filter((event) => event.kind === 'luminance');
  expect(luminance.length).toBeGreaterThanOrEqual(2);
  expect(luminance.length).toBeLessThanOrEqual(4);
  expect(luminance[0]?.mean).toBeCloseTo(128, 0);
});

test('an empty view costs one thorough pass a second and fast ones otherwise', async () => {
  const { plans } = await watch(times(61, EMPTY));
  const count = (effort: string) => plans.filter((plan) => plan.effort === effort).length;
  expect(count('deep')).toBe(0);
  expect(count('look')).toBeLessThanOrEqual(5);
  expect(count('fast')).toBeGreaterThanOrEqual(50);
});

test('a frame lost in the decoder is no more than that', async () => {
  let frames = 0;
  const lost: DecodeOutcome = { kind: 'failed', reason: 'deadline', message: 'late' };
  const nothing: Reading = { codes: [], unread: [], candidates: [], measures: null };
  const { events } = await watch(
    times(9, EMPTY),
    directPool(() => (++frames % 3 === 0 ? lost : { kind: 'read', reading: nothing })),
  );
  expect(told(events)).toEqual([]);
});

test('a decoder that fails again and again is a lane without a camera, until it answers', async () => {
  let frames = 0;
  const lost: DecodeOutcome = { kind: 'failed', reason: 'died', message: 'gone' };
  const nothing: Reading = { codes: [], unread: [], candidates: [], measures: null };
  const { events } = await watch(
    times(12, EMPTY),
    directPool(() => (++frames < 8 ? lost : { kind: 'read', reading: nothing })),
  );
  expect(told(events)).toEqual(['offline', 'online']);
  expect(events[0]).toMatchObject({ reason: 'vision.decoder', detail: ['gone'] });
});

const CORNERS: Corners = [
  [100, 100],
  [180, 100],
  [180, 180],
  [100, 180],
];
const UNREAD: Reading = { ...NOTHING_READ, unread: [{ corners: CORNERS, version: 3 }] };
const FOUND: Reading = {
  ...NOTHING_READ,
  codes: [{ bytes: Uint8Array.of(65), text: 'A', corners: CORNERS }],
};

/** A pool whose passes see a symbol and do not read it, and whose filters end when the test says so. */
function slowFilters() {
  const under: ((outcome: DecodeOutcome) => void)[] = [];
  const plans: DecodePlan[] = [];
  const pool: DecoderPool = {
    workers: 2,
    decode: async (_frame, plan) => {
      plans.push(plan);
      if (plan.effort !== 'deep') return { kind: 'read', reading: UNREAD };
      return new Promise((resolve) => under.push(resolve));
    },
    close: async () => {},
  };
  return { pool, plans, end: (outcome: DecodeOutcome) => under.shift()?.(outcome) };
}

/** Watches frames that the test shows one by one. */
function watchByHand(pool: DecoderPool, pace: 'live' | 'recorded' = 'live') {
  const clock = new VirtualClock();
  const camera = new SimCamera('cam', clock);
  const stop = new AbortController();
  const events: VisionEvent[] = [];
  const settings = { ...USUAL_EFFORT, engine: 'zxing-wasm', pace } as const;
  const onEvent = (event: VisionEvent) => events.push(event);
  const options = { source: camera, pool, clock, settings, onFrame: () => {}, onEvent };
  const ended = watchCamera(options, stop.signal);
  const show = async () => {
    await clock.advance(FRAME_MS);
    camera.show(EMPTY);
    await settle();
  };
  return { camera, events, ended, show, stop: () => stop.abort() };
}

test('frames are read while filters still work on an earlier one, of which there is one', async () => {
  const { pool, plans, end } = slowFilters();
  const { events, ended, show, stop } = watchByHand(pool);
  for (let i = 0; i < 6; i++) await show();
  expect(plans.filter(({ effort }) => effort === 'deep')).toHaveLength(1);
  expect(plans.filter(({ effort }) => effort !== 'deep')).toHaveLength(6);
  end({ kind: 'read', reading: FOUND });
  await settle();
  expect(told(events)).toContain('1 shown A');
  stop();
  await ended;
});

test('of a recording each frame gets all it is worth before the next is read', async () => {
  const { pool, plans, end } = slowFilters();
  const { ended, show, stop } = watchByHand(pool, 'recorded');
  for (let i = 0; i < 3; i++) await show();
  expect(plans).toHaveLength(2);
  stop();
  end({ kind: 'read', reading: FOUND });
  await ended;
});

test('what filters find in a frame from before an outage is not told after it', async () => {
  const { pool, end } = slowFilters();
  const { camera, events, ended, show, stop } = watchByHand(pool);
  await show();
  camera.fail('camera.lost');
  await settle();
  end({ kind: 'read', reading: FOUND });
  await settle();
  expect(told(events)).toEqual(['online', 'offline']);
  stop();
  await ended;
});

test('a bug in the filters ends the watch and is not lost', async () => {
  const { pool } = slowFilters();
  const broken: DecoderPool = {
    ...pool,
    decode: async (frame, plan) => {
      if (plan.effort === 'deep') throw new TypeError('a bug');
      return pool.decode(frame, plan);
    },
  };
  const { ended, show } = watchByHand(broken);
  const failed = expect(ended).rejects.toThrow('a bug');
  await show();
  await show();
  await failed;
});
