/** The time a frame takes from memory to what it holds, through the pool, beside the bare engine in the same run. */
import { renderScene } from '../../fixtures/scenes/scene.ts';
import { CALM_SCENE, type GreyPlane } from '../../fixtures/scenes/spec.ts';
import type { Effort } from '../../src/vision/decode-job.ts';
import type { DecoderPool } from '../../src/vision/decoder-pool.ts';
import { FAST, THOROUGH } from '../../src/vision/engine.ts';
import { USUAL_EFFORT } from '../../src/vision/plan-effort.ts';
import { openZxingWasmEngine } from '../../src/vision/zxing-wasm-engine.ts';

const ROUNDS = 60;
const PAYLOAD =
  '001300000001|012345678|Nguyễn Văn Mẫu|01011990|Nam|Số 1 Đường Thử, Phường Mẫu, Hà Nội|01012021';

export async function printTimes(pool: DecoderPool): Promise<void> {
  const engine = await openZxingWasmEngine();
  console.log('\n| frame | way | median ms | p95 ms |');
  console.log('|---|---|---|---|');
  for (const [name, frame] of framesToTime()) {
    for (const effort of ['fast', 'glance', 'look', 'deep'] as const) {
      const times = await timesOf(() => decode(pool, frame, effort));
      console.log(`| ${name} | ours, ${effort} | ${percentiles(times)} |`);
    }
    const bare = [
      ['fast', FAST],
      ['default', THOROUGH],
    ] as const;
    for (const [way, options] of bare) {
      const times = await timesOf(async () => engine.read(frame, options));
      console.log(`| ${name} | zxing-wasm, ${way}, same thread | ${percentiles(times)} |`);
    }
  }
}

function framesToTime(): readonly (readonly [string, GreyPlane])[] {
  const scene = { ...CALM_SCENE, seed: 'times', payload: PAYLOAD };
  const small = { width: 1280, height: 720 };
  // Far outside the view, so that the gate alone is left.
  const gone = { centre: [9, 9] as const };
  return [
    ['code of 10 %, 1080p', renderScene({ ...scene, codeShare: 0.1 })],
    ['code of 10 %, 720p', renderScene({ ...scene, ...small, codeShare: 0.1 })],
    ['no code, 1080p', renderScene({ ...scene, ...gone })],
    ['no code, 720p', renderScene({ ...scene, ...small, ...gone })],
  ];
}

async function decode(pool: DecoderPool, frame: GreyPlane, effort: Effort): Promise<void> {
  const plan = {
    effort,
    focus: null,
    furniture: [],
    earlier: null,
    budgetMs: USUAL_EFFORT.deepBudgetMs,
    engine: 'zxing-wasm',
  } as const;
  const outcome = await pool.decode({ ...frame, stride: frame.width }, plan);
  if (outcome.kind === 'failed') throw new Error(outcome.message);
}

async function timesOf(work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b);
}

function percentiles(times: readonly number[]): string {
  const at = (share: number) => (times[Math.floor(share * times.length)] ?? 0).toFixed(1);
  return `${at(0.5)} | ${at(0.95)}`;
}
