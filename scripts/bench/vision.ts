/**
 * Read rates on rendered gate scenes, engine against engine on the same frames, and the time a frame takes. Slow:
 * `node dist/scripts/bench/vision.js [--seed S] [--per-row N]`.
 */
import { parseArgs } from 'node:util';
import { gridScenes } from '../../fixtures/scenes/grid.ts';
import { throughH264 } from '../../fixtures/scenes/h264.ts';
import { sceneSequence } from '../../fixtures/scenes/scene.ts';
import type { GreyPlane, SceneSpec } from '../../fixtures/scenes/spec.ts';
import { openContenders } from './vision-contenders.ts';
import { openOurs } from './vision-ours.ts';
import { printTimes } from './vision-times.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: 'bench' },
    'per-row': { type: 'string', default: '3' },
  },
});
/** Frames of one presentation that ours may combine and that a plain engine may try one by one: a quarter second. */
const FRAMES = 4;
/** A row is judged when its scenes hold enough to be read at all. */
const JUDGED = { pxPerModule: 2.2, contrast: 0.1 };
const PLAIN = 'zxing-wasm';

type Tally = {
  readonly name: string;
  scenes: number;
  judged: number;
  pxPerModule: number;
  contrast: number;
  readonly read: Map<string, number>;
};

const contenders = await openContenders();
const ours = openOurs();
const tallies: Tally[] = [];
try {
  for (const row of gridScenes(values.seed, Number(values['per-row']))) {
    const tally: Tally = {
      name: row.name,
      scenes: 0,
      judged: 0,
      pxPerModule: 0,
      contrast: 0,
      read: new Map(),
    };
    for (const spec of row.scenes) await takeScene(tally, spec, row.h264);
    tallies.push(tally);
    console.error(
      `${row.name}: ${[...tally.read].map(([name, count]) => `${name} ${count}`).join(', ')}`,
    );
  }
  printGrid();
  await printTimes(ours.pool);
} finally {
  await ours.pool.close();
}

async function takeScene(tally: Tally, spec: SceneSpec, h264: boolean): Promise<void> {
  const rendered = [...sceneSequence(spec, FRAMES)];
  const frames: readonly GreyPlane[] = h264 ? await throughH264(rendered) : rendered;
  const [first] = frames;
  const truth = rendered[0]?.truth;
  if (first === undefined || truth === undefined) return;
  const expected = Buffer.from(truth.payload);
  tally.scenes += 1;
  tally.pxPerModule += truth.pxPerModule;
  tally.contrast += truth.contrast;
  if (truth.pxPerModule >= JUDGED.pxPerModule && truth.contrast >= JUDGED.contrast)
    tally.judged += 1;
  const count = (name: string, payloads: readonly Uint8Array[]) => {
    const hit = payloads.some((payload) => expected.equals(payload));
    tally.read.set(name, (tally.read.get(name) ?? 0) + (hit ? 1 : 0));
  };
  for (const { name, read } of contenders) count(name, await read(first));
  const plain = contenders.find(({ name }) => name === PLAIN);
  const each = await Promise.all(frames.map((frame) => plain?.read(frame) ?? []));
  count(`${PLAIN}, any of ${FRAMES}`, each.flat());
  count('ours, still', await ours.readStill(first));
  count(`ours, lane of ${FRAMES}`, await ours.readSequence(frames));
}

function printGrid(): void {
  const names = [...(tallies[0]?.read.keys() ?? [])];
  console.log(`\nRead of ${values['per-row']} scenes a row, seed "${values.seed}"\n`);
  console.log(`| row | px a module | contrast | ${names.join(' | ')} | |`);
  console.log(`|---|---|---|${names.map(() => '---|').join('')}---|`);
  for (const tally of tallies) {
    const counts = names.map((name) => tally.read.get(name) ?? 0);
    const px = (tally.pxPerModule / tally.scenes).toFixed(1);
    const contrast = Math.round((100 * tally.contrast) / tally.scenes);
    console.log(
      `| ${tally.name} | ${px} | ${contrast} % | ${counts.join(' | ')} | ${judgement(tally)} |`,
    );
  }
  const sums = names.map((name) =>
    tallies.reduce((sum, tally) => sum + (tally.read.get(name) ?? 0), 0),
  );
  const scenes = tallies.reduce((sum, tally) => sum + tally.scenes, 0);
  console.log(`| **all ${scenes}** | | | ${sums.join(' | ')} | |`);
}

/** Behind anybody anywhere, or not ten points ahead where the field fails and the scene still holds enough. */
function judgement(tally: Tally): string {
  const still = tally.read.get('ours, still') ?? 0;
  const best = Math.max(...contenders.map(({ name }) => tally.read.get(name) ?? 0));
  if (still < best) return 'BEHIND';
  const plain = (tally.read.get(PLAIN) ?? 0) / tally.scenes;
  if (plain >= 0.8) return '';
  if (tally.judged < tally.scenes) return 'not judged';
  const lane = (tally.read.get(`ours, lane of ${FRAMES}`) ?? 0) / tally.scenes;
  return Math.max(still / tally.scenes, lane) - plain >= 0.1 ? 'ahead' : 'NOT AHEAD';
}
