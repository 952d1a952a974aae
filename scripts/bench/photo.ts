// What a chip's photograph costs to decode, with a spare child that is warm and without, and what a child takes:
// `npm run build -- node && node dist/scripts/bench/photo.js [RUNS]`.
import { readFileSync } from 'node:fs';
import { encodeCodestream } from '../../fixtures/portraits/encode-jpeg2000.ts';
import { demoPortrait, drawPortrait } from '../../fixtures/portraits/portrait.ts';
import { readPicture } from '../../src/chip/lds/picture.ts';
import { PhotoDecoder } from '../../src/station/photo/photo-decoder.ts';
import { PhotoProcess } from '../../src/station/photo/photo-process.ts';
import { systemClock } from '../../src/station/system-clock.ts';

const RUNS = Number(process.argv[2] ?? 40);
const LIMIT_MS = 100;
const { signal } = new AbortController();

type Child = { readonly process: PhotoProcess; readonly startedMs: number };
const children: Child[] = [];
const decoder = new PhotoDecoder(systemClock, () => {
  const child = { process: new PhotoProcess(), startedMs: performance.now() };
  children.push(child);
  return child.process;
});

async function decodeMs(bytes: Uint8Array): Promise<number> {
  const startedMs = performance.now();
  const outcome = await decoder.decode(readPicture(bytes), signal);
  if (outcome.kind === 'failed') throw new Error(outcome.message);
  return performance.now() - startedMs;
}

/** Starts the spare and waits until it is warm, as it is once a card has been read. */
async function warmMs(): Promise<number> {
  decoder.warm();
  const child = children.at(-1);
  if (child === undefined || !(await child.process.ready)) throw new Error('no warm child');
  return performance.now() - child.startedMs;
}

/** Of the spare, in MB: resident, and what RLIMIT_DATA counts. */
function memoryMb(): [number, number] {
  const status = readFileSync(`/proc/${children.at(-1)?.process.pid}/status`, 'latin1');
  const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
  return [mb('VmHWM'), mb('VmData')];
}

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
}

const row = (name: string, values: readonly number[]) =>
  console.log(
    `${name.padEnd(34)} ${quantile(values, 0.5).padStart(6)} ${quantile(values, 0.95).padStart(6)}`,
  );

const large = await encodeCodestream(await drawPortrait('bench'), 60_000);
const pictures: readonly (readonly [string, Uint8Array])[] = [
  ['JPEG, 480 x 640, 18 kB', (await demoPortrait('bench', 'jpeg')).bytes],
  ['JPEG 2000, 480 x 640, 18 kB', (await demoPortrait('bench', 'jp2')).bytes],
  ['JPEG 2000, 480 x 640, 60 kB', large],
];
console.log(`${'ms'.padEnd(34)} ${'p50'.padStart(6)} ${'p95'.padStart(6)}`);
const warmUps: number[] = [];
let memory: [number, number] = [0, 0];
for (const [name, bytes] of pictures) {
  const warm: number[] = [];
  const cold: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    warmUps.push(await warmMs());
    memory = memoryMb();
    warm.push(await decodeMs(bytes));
    cold.push(await decodeMs(bytes));
  }
  row(`${name}, spare`, warm);
  row(`${name}, none`, cold);
}
row('a child until it is warm', warmUps);
console.log(`A warm child: ${memory[0].toFixed(0)} MB resident, ${memory[1].toFixed(0)} MB data.`);
console.log(`Wanted: under ${LIMIT_MS} ms with a spare.`);
await decoder.close();
