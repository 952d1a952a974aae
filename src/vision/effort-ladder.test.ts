import { beforeAll, expect, test } from 'vitest';
import { renderScene } from '../../fixtures/scenes/scene.ts';
import { CALM_SCENE, type SceneSpec } from '../../fixtures/scenes/spec.ts';
import { drawCode, placeOn } from '../../test/support/draw-code.ts';
import type { DecodePlan, Effort } from './decode-job.ts';
import { climb, type Engines } from './effort-ladder.ts';
import { type Engine, type EngineSymbol, THOROUGH } from './engine.ts';
import { boundsOf } from './geometry.ts';
import { cropFrame, type GreyImage, growRegion } from './grey-image.ts';
import { openZxingLibraryEngine } from './zxing-library-engine.ts';
import { openZxingWasmEngine } from './zxing-wasm-engine.ts';

const PAYLOAD =
  '001300000001|012345678|Nguyễn Văn Mẫu|01011990|Nam|Số 1 Đường Thử, Hà Nội|01012021';

let engines: Engines;
beforeAll(async () => {
  engines = { first: await openZxingWasmEngine(), second: openZxingLibraryEngine() };
});

function plan(effort: Effort, more: Partial<DecodePlan> = {}): DecodePlan {
  return {
    effort,
    focus: null,
    furniture: [],
    earlier: null,
    budgetMs: 1_000,
    engine: 'zxing-wasm',
    ...more,
  };
}

function scene(spec: Partial<SceneSpec>) {
  return renderScene({ ...CALM_SCENE, seed: 'ladder', payload: PAYLOAD, ...spec });
}

test('a calm scene is read by the fast pass, its corners where the code is', () => {
  const rendered = scene({ codeShare: 0.1 });
  const { codes } = climb(engines, rendered, plan('fast'), () => 0);
  expect(codes.map(({ text }) => text)).toEqual([PAYLOAD]);
  for (const [index, [x, y]] of rendered.truth.corners.entries()) {
    const [readX, readY] = codes[0]?.corners[index] ?? [0, 0];
    expect(Math.hypot(readX - x, readY - y)).toBeLessThan(4);
  }
});

test('a small soft code that a thorough pass does not read is read by the filters', () => {
  const rendered = scene({ codeShare: 0.06, blurPx: 1.5 });
  const plain = engines.first.read(rendered, THOROUGH);
  expect(plain.filter(({ content }) => content !== null)).toEqual([]);
  const { codes } = climb(engines, rendered, plan('deep'), () => 0);
  expect(codes.map(({ text }) => text)).toEqual([PAYLOAD]);
});

test('a screen so bright that light runs over the dark modules is read', () => {
  const rendered = scene({
    carrier: 'phone',
    codeShare: 0.11,
    lux: 30,
    screenNits: 500,
    exposureBias: 1.3,
    blurPx: 1.1,
  });
  const plain = engines.first.read(rendered, THOROUGH);
  expect(plain.filter(({ content }) => content !== null)).toEqual([]);
  const { codes } = climb(engines, rendered, plan('deep'), () => 0);
  expect(codes.map(({ text }) => text)).toEqual([PAYLOAD]);
});

test('a code with a finger against it is read', () => {
  const rendered = scene({
    codeShare: 0.14,
    cover: { kind: 'finger', side: 'top', freeModules: 0 },
  });
  const plain = engines.first.read(rendered, THOROUGH);
  expect(plain.filter(({ content }) => content !== null)).toEqual([]);
  const { codes } = climb(engines, rendered, plan('deep'), () => 0);
  expect(codes.map(({ text }) => text)).toEqual([PAYLOAD]);
});

test('a budget that is used up stops the climbing, and what was seen is told', () => {
  const rendered = scene({ codeShare: 0.06, blurPx: 1.5 });
  const reading = climb(engines, rendered, plan('deep', { budgetMs: 0 }), () => 1);
  expect(reading.codes).toEqual([]);
  expect(reading.unread.length + reading.candidates.length).toBeGreaterThan(0);
  expect(reading.measures?.suspect).not.toBeNull();
});

test('a view without a code gives none at full effort', () => {
  const reading = climb(engines, scene({ centre: [9, 9] }), plan('full'), () => 0);
  expect(reading.codes).toEqual([]);
});

test('two codes in one frame are both read, though one is small', () => {
  const view = { width: 1280, height: 720 };
  const image = placeOn(view, [
    [60, 60, drawCode('near', 8)],
    [700, 300, drawCode('far', 2)],
  ]);
  const { codes } = climb(engines, image, plan('full'), () => 0);
  expect(codes.map(({ text }) => text).sort()).toEqual(['far', 'near']);
});

test('a readable poster does not keep the filters from a place beside it', () => {
  const view = { width: 1280, height: 720 };
  const poster = drawCode('poster', 6);
  const hidden = scene({ codeShare: 0.06, blurPx: 1.5 });
  const place = growRegion(boundsOf(hidden.truth.corners, hidden), 30, hidden);
  const phone = cropFrame({ ...hidden, stride: hidden.width }, place);
  const image = placeOn(view, [
    [60, 60, poster],
    [700, 300, phone],
  ]);
  const focus = { ...place, x: 700, y: 300 };
  const { codes } = climb(engines, image, plan('deep', { focus }), () => 0);
  expect(codes.map(({ text }) => text)).toEqual(['poster', PAYLOAD]);
});

test('several frames of one code hold what none of them does alone', () => {
  const image = scene({ codeShare: 0.09, blurPx: 1.6 });
  const place = growRegion(boundsOf(image.truth.corners, image), 30, image);
  const noisy = Array.from({ length: 6 }, (_, index) => withNoise(image, index + 1, 150));
  const [newest, ...before] = noisy;
  if (newest === undefined) throw new Error('no frame');
  const crops = before.map((frame) => cropFrame({ ...frame, stride: frame.width }, place));
  const alone = noisy.map((frame) =>
    climb(engines, frame, plan('deep', { focus: place }), () => 0),
  );
  expect(alone.flatMap(({ codes }) => codes)).toEqual([]);
  const together = plan('deep', { focus: place, earlier: { place, crops } });
  expect(climb(engines, newest, together, () => 0).codes[0]?.text).toBe(PAYLOAD);
});

function withNoise(image: GreyImage, seed: number, strength: number): GreyImage {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  const data = image.data.map((level) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.max(0, Math.min(255, level + strength * (state / 2 ** 32 - 0.5)));
  });
  return { width: image.width, height: image.height, data };
}

/** An engine that gives the same answers whatever it is shown. */
function stubborn(symbols: readonly EngineSymbol[]): Engine {
  return { name: 'zxing-library', read: () => symbols, memoryBytes: () => 0 };
}

const RUMOUR: EngineSymbol = {
  corners: [
    [10, 10],
    [60, 10],
    [60, 60],
    [10, 60],
  ],
  version: 1,
  content: { bytes: Uint8Array.of(0x61), declaredText: null },
};

test('the second engine is not heard where the first located nothing', () => {
  const image = placeOn({ width: 200, height: 200 }, []);
  const pair = { first: stubborn([]), second: stubborn([RUMOUR]) };
  expect(climb(pair, image, plan('full'), () => 0).codes).toEqual([]);
});

test('the second engine is heard where the first located a symbol that it could not read', () => {
  const image = placeOn({ width: 200, height: 200 }, []);
  const pair = { first: stubborn([{ ...RUMOUR, content: null }]), second: stubborn([RUMOUR]) };
  expect(climb(pair, image, plan('full'), () => 0).codes.map(({ text }) => text)).toEqual(['a']);
});
