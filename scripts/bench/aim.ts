/**
 * What `chot aim` goes by: share of single frames whose code is read, by pixels a module and blur, one thorough pass and
 * no filters, which a lane has besides; and what it measures the blur to be. `node dist/scripts/bench/aim.js [--per N]`.
 */
import { parseArgs } from 'node:util';
import { renderScene } from '../../fixtures/scenes/scene.ts';
import { CALM_SCENE } from '../../fixtures/scenes/spec.ts';
import { lookAtAim } from '../../src/station/aim/aim-look.ts';
import { SHEET_CODES, sheetPayload } from '../../src/station/aim/sheet-codes.ts';
import { climb } from '../../src/vision/effort-ladder.ts';
import { openZxingLibraryEngine } from '../../src/vision/zxing-library-engine.ts';
import { openZxingWasmEngine } from '../../src/vision/zxing-wasm-engine.ts';

const { values } = parseArgs({ options: { per: { type: 'string', default: '8' } } });
const PER = Number(values.per);
const SIZE = { width: 960, height: 540 };
const MODULE_PX = [1.6, 1.8, 2, 2.2, 2.5, 3, 4, 6];
/** Standard deviation of the blur in modules. */
const BLUR = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9];
const LUX = [600, 40];

const PLAN = {
  effort: 'look',
  focus: null,
  furniture: [],
  earlier: null,
  budgetMs: 0,
  engine: 'zxing-wasm',
} as const;

const engines = { first: await openZxingWasmEngine(), second: openZxingLibraryEngine() };
const [code] = SHEET_CODES;
const payload = sheetPayload(code);

for (const lux of LUX) {
  console.log(
    `\nRead of ${PER} scenes, % (blur as measured, median): version ${code.version}, ${lux} lux\n`,
  );
  console.log(`| px a module | ${BLUR.map((blur) => `blur ${blur}`).join(' | ')} |`);
  console.log(`|---|${BLUR.map(() => '---|').join('')}`);
  for (const modulePx of MODULE_PX) {
    const row = BLUR.map((blur) => readAt(modulePx, blur, lux));
    console.log(`| ${modulePx} | ${row.join(' | ')} |`);
  }
}

function readAt(modulePx: number, blur: number, lux: number): string {
  const measured: number[] = [];
  let read = 0;
  for (let seed = 0; seed < PER; seed++) {
    const scene = renderScene({
      ...CALM_SCENE,
      ...SIZE,
      ...{ seed: `aim/${seed}`, payload, lux },
      level: code.level,
      codeShare: (modulePx * code.modules) / SIZE.width,
      blurPx: blur * modulePx,
      roll: 3 * seed,
      yaw: 2 * seed,
    });
    const reading = climb(engines, scene, PLAN, () => 0);
    if (reading.codes.some(({ text }) => text === payload)) read += 1;
    const frame = { ...scene, stride: scene.width, sequence: 1, atMonoMs: 0 };
    measured.push(...lookAtAim(frame, reading).codes.flatMap((each) => each.blur ?? []));
  }
  const median = measured.sort((a, b) => a - b)[measured.length >> 1];
  return `${Math.round((100 * read) / PER)}${median === undefined ? '' : ` (${median.toFixed(2)})`}`;
}
