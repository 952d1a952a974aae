import { afterEach, expect, test } from 'vitest';
import { drawCode, placeOn } from '../../test/support/draw-code.ts';
import { InputError } from '../kernel/errors.ts';
import { compiledEntry } from '../kernel/package-root.ts';
import type { Clock } from '../ports/clock.ts';
import type { Decodable, DecodePlan } from './decode-job.ts';
import { type DecoderPool, openDecoderPool } from './decoder-pool.ts';
import type { GreyImage } from './grey-image.ts';

const PLAN: DecodePlan = {
  effort: 'fast',
  focus: null,
  furniture: [],
  earlier: null,
  budgetMs: 50,
  engine: 'zxing-wasm',
};
const DEADLINE_MS = 2_000;

/** Answers by the first pixel: 1 never, 2 throws, 3 ends itself, 4 says it failed; else nothing read. */
const MOODY_WORKER = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ id, pixels }) => {
      if (pixels[0] === 1) for (;;);
      if (pixels[0] === 2) throw new Error('moody');
      if (pixels[0] === 3) process.exit();
      if (pixels[0] === 4) return parentPort.postMessage({ kind: 'failed', id, message: 'moody' });
      const reading = { codes: [], unread: [], candidates: [], measures: null };
      parentPort.postMessage({ kind: 'read', id, reading });
    });
    parentPort.postMessage({ kind: 'ready' });`)}`,
);

/** Pauses are over at once; the deadline that runs longest passes only when the test says so. */
class DeadlineClock implements Clock {
  readonly #running = new Set<() => void>();
  #armed: (() => void) | null = null;

  monoMs = () => 0;
  wallMs = () => 0;

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms < DEADLINE_MS) return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => {
      const end = () => {
        this.#running.delete(end);
        resolve();
      };
      signal.addEventListener('abort', end, { once: true });
      if (ms !== DEADLINE_MS) return;
      this.#running.add(end);
      this.#armed?.();
    });
  }

  /** Waits until a frame is with a worker, then lets its deadline pass. */
  async passDeadline(): Promise<void> {
    if (this.#running.size === 0) await new Promise<void>((resolve) => (this.#armed = resolve));
    const [longest] = this.#running;
    longest?.();
  }
}

const pools: DecoderPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function open(entry: URL, workers = 1) {
  const clock = new DeadlineClock();
  const pool = openDecoderPool({
    workers,
    clock,
    random: () => 0,
    entry,
    deadlineMs: DEADLINE_MS,
  });
  pools.push(pool);
  return { clock, pool };
}

function openReal(workers = 1) {
  return open(compiledEntry('src/vision/decode-worker.ts'), workers);
}

function frameOf(image: GreyImage): Decodable {
  return { ...image, stride: image.width };
}

function mood(value: number): Decodable {
  return { width: 4, height: 4, stride: 4, data: new Uint8Array(16).fill(value) };
}

test('a frame whose rows are longer than the picture is read', async () => {
  const { pool } = openReal();
  const { width, height, data } = drawCode('001300000001');
  const padded = placeOn({ width: width + 64, height }, [[0, 0, { width, height, data }]]);
  const outcome = await pool.decode({ ...padded, width, stride: width + 64 }, PLAN);
  expect(outcome.kind === 'read' && outcome.reading.codes[0]?.text).toBe('001300000001');
});

test('the frame may be overwritten as soon as it was handed in', async () => {
  const { pool } = openReal();
  const frame = frameOf(drawCode('a'));
  const outcome = pool.decode(frame, PLAN);
  frame.data.fill(0);
  expect(await outcome).toMatchObject({ kind: 'read', reading: { codes: [{ text: 'a' }] } });
});

test('frames are answered in the order they came', async () => {
  const { pool } = openReal();
  const order: number[] = [];
  await Promise.all(
    [0, 1, 2, 3].map((n) => pool.decode(frameOf(drawCode(`${n}`)), PLAN).then(() => order.push(n))),
  );
  expect(order).toEqual([0, 1, 2, 3]);
});

test('both engines read the same code', async () => {
  const { pool } = openReal();
  const frame = frameOf(drawCode('Nguyễn Văn Mẫu'));
  for (const engine of ['zxing-wasm', 'zxing-library'] as const) {
    const outcome = await pool.decode(frame, { ...PLAN, engine });
    expect(outcome).toMatchObject({ reading: { codes: [{ text: 'Nguyễn Văn Mẫu' }] } });
  }
});

test('a worker that misses its deadline is replaced, and only its frame is lost', async () => {
  const { clock, pool } = open(MOODY_WORKER);
  const [stuck, next] = [pool.decode(mood(1), PLAN), pool.decode(mood(0), PLAN)];
  await clock.passDeadline();
  expect(await stuck).toMatchObject({ kind: 'failed', reason: 'deadline' });
  expect(await next).toMatchObject({ kind: 'read' });
});

for (const [name, value] of [
  ['throws', 2],
  ['ends by itself', 3],
  ['says it failed', 4],
] as const) {
  test(`a worker that ${name} is replaced, and only its frame is lost`, async () => {
    const { pool } = open(MOODY_WORKER);
    const [broken, next] = [pool.decode(mood(value), PLAN), pool.decode(mood(0), PLAN)];
    expect(await broken).toMatchObject({ kind: 'failed', reason: 'died' });
    expect(await next).toMatchObject({ kind: 'read' });
  });
}

test('beside a stuck worker the others go on', async () => {
  const { pool } = open(MOODY_WORKER, 2);
  void pool.decode(mood(1), PLAN);
  for (let i = 0; i < 5; i++) {
    expect(await pool.decode(mood(0), PLAN)).toMatchObject({ kind: 'read' });
  }
});

test('filters never take the last worker, and have their turn when another is free', async () => {
  const { clock, pool } = open(MOODY_WORKER, 2);
  const deep = { ...PLAN, effort: 'deep' } as const;
  const order: string[] = [];
  const stuck = pool.decode(mood(1), deep).then(() => order.push('stuck'));
  const next = pool.decode(mood(0), deep).then(() => order.push('next'));
  for (let i = 0; i < 5; i++) {
    expect(await pool.decode(mood(0), PLAN)).toMatchObject({ kind: 'read' });
  }
  expect(order).toEqual([]);
  await clock.passDeadline();
  await Promise.all([stuck, next]);
  expect(order).toEqual(['stuck', 'next']);
});

test('more frames than ever wait are refused, not kept', async () => {
  const { pool } = open(MOODY_WORKER);
  const outcomes = Array.from({ length: 70 }, () => pool.decode(mood(1), PLAN));
  const refused = await Promise.race(outcomes);
  expect(refused).toMatchObject({ kind: 'failed', reason: 'busy' });
});

test('closing ends what is under way and what waits', async () => {
  const { pool } = open(MOODY_WORKER);
  const outcomes = [pool.decode(mood(1), PLAN), pool.decode(mood(0), PLAN)];
  await pool.close();
  for (const outcome of await Promise.all(outcomes))
    expect(outcome).toMatchObject({ reason: 'closed' });
  expect(await pool.decode(mood(0), PLAN)).toMatchObject({ reason: 'closed' });
});

const ABSURD: readonly (readonly [string, Decodable])[] = [
  ['no pixels', { width: 0, height: 0, stride: 0, data: new Uint8Array(0) }],
  ['sides beyond any camera', { width: 1e6, height: 1, stride: 1e6, data: new Uint8Array(1e6) }],
  [
    'more pixels than any camera',
    { width: 16_000, height: 16_000, stride: 16_000, data: new Uint8Array(8) },
  ],
  [
    'fewer bytes than its measures need',
    { width: 64, height: 64, stride: 64, data: new Uint8Array(64) },
  ],
  ['rows shorter than the picture', { width: 64, height: 1, stride: 8, data: new Uint8Array(64) }],
  ['half a pixel', { width: 1.5, height: 1, stride: 2, data: new Uint8Array(8) }],
  ['no number', { width: Number.NaN, height: 1, stride: 2, data: new Uint8Array(8) }],
];
for (const [name, frame] of ABSURD) {
  test(`a frame with ${name} is refused with a sentence`, () => {
    const { pool } = open(MOODY_WORKER);
    expect(() => pool.decode(frame, PLAN)).toThrow(InputError);
  });
}

test('the smallest frames are looked at with every effort', async () => {
  const { pool } = openReal();
  for (const effort of ['fast', 'glance', 'look', 'deep', 'full'] as const) {
    for (const [width, height] of [
      [1, 1],
      [1, 40],
      [40, 1],
      [3, 3],
      [17, 5],
    ] as const) {
      const data = new Uint8Array(width * height).fill(77);
      const outcome = await pool.decode(
        { width, height, stride: width, data },
        { ...PLAN, effort },
      );
      expect(outcome).toMatchObject({ kind: 'read', reading: { codes: [] } });
    }
  }
});
