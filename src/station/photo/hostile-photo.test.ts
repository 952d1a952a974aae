import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { demoPortrait } from '../../../fixtures/portraits/portrait.ts';
import { type Random, seededRandom } from '../../../fixtures/random.ts';
import { guarded } from '../../../test/support/guarded.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { FacePicture } from '../../chip/lds/picture.ts';
import { compiledEntry } from '../../kernel/package-root.ts';
import type { PhotoOutcome } from './decoded-photo.ts';
import { PhotoDecoder } from './photo-decoder.ts';
import { PhotoProcess } from './photo-process.ts';

const PICTURES = process.env['CHOT_SOAK'] === '1' ? 500 : 10;
const GROWTH_BYTES_MAX = 32 * 2 ** 20;

/** Some bits flipped or some bytes replaced, anywhere behind the first three; or cut; or a piece moved. */
function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Buffer.from(bytes);
  // Half of all damage where it hurts most: in the headers.
  const end = random.chance(0.5) ? 200 : copy.length - 1;
  for (let change = random.int(1, 12); change > 0; change--) {
    const at = random.int(3, end);
    copy[at] = random.chance(0.5) ? (copy[at] ?? 0) ^ (1 << random.int(0, 7)) : random.int(0, 255);
  }
  if (random.chance(0.15)) copy.copyWithin(random.int(100, end), random.int(100, copy.length - 1));
  return random.chance(0.15) ? copy.subarray(0, random.int(3, copy.length)) : copy;
}

test(`${PICTURES} damaged pictures: each has an outcome, and the station has not grown by them`, async () => {
  const random = seededRandom('damaged photographs');
  const decoder = new PhotoDecoder(new VirtualClock());
  const { signal } = new AbortController();
  const samples = await Promise.all(
    (['jpeg', 'jp2', 'j2k'] as const).map((format) => demoPortrait('damage', format)),
  );
  const outcomes = new Map<string, number>();
  let startBytes = 0;
  for (let round = 0; round < PICTURES; round++) {
    if (round === PICTURES / 5) startBytes = process.memoryUsage().rss;
    const { bytes, width, height } = random.pick(samples);
    const picture: FacePicture = { format: 'jpeg', bytes: damaged(bytes, random), width, height };
    decoder.warm();
    const outcome: PhotoOutcome = await guarded(
      `picture ${round}`,
      decoder.decode(picture, signal),
    );
    const name = outcome.kind === 'failed' ? outcome.reason : outcome.kind;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  }
  await decoder.close();
  const possible = [
    'decoded',
    'photo.too-large',
    'photo.damaged',
    'photo.unsupported',
    'photo.memory',
  ];
  expect(possible).toEqual(expect.arrayContaining([...outcomes.keys()]));
  // Damage that nothing notices would be none.
  expect(outcomes.get('decoded') ?? 0).toBeLessThan(PICTURES);
  expect(getEventListeners(signal, 'abort').length).toBe(0);
  expect(process.memoryUsage().rss - startBytes).toBeLessThan(GROWTH_BYTES_MAX);
});

/** No process of that id, or one that only waits to be reaped. */
function isGone(pid: number): boolean {
  try {
    return /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (!isGone(pid)) await new Promise((resolve) => setImmediate(resolve));
}

const STATION = `
  const { PhotoProcess } = await import(${JSON.stringify(compiledEntry('src/station/photo/photo-process.ts').href)});
  const child = new PhotoProcess();
  await child.ready;
  console.log(child.pid);
`;

test.each(['waiting', 'stuck'] as const)(
  'a %s child goes with a station that is killed',
  async (state) => {
    const station = spawn(process.execPath, ['--input-type=module', '-e', STATION], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await guarded('a warm child', once(createInterface(station.stdout), 'line'));
    const pid = Number(line);
    expect(isGone(pid)).toBe(false);
    if (state === 'stuck') process.kill(pid, 'SIGSTOP');
    station.kill('SIGKILL');
    await guarded('its end', untilGone(pid));
  },
);

test('a child sees nothing of our environment, writes no file and knows its bounds', async () => {
  process.env['CHOT_PHOTO_TEST_SECRET'] = 'x';
  const child = new PhotoProcess();
  await guarded('a warm child', child.ready);
  const read = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'latin1');
  expect(
    read('environ')
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split('=')[0])
      .sort(),
  ).toEqual([...['LC_ALL', 'MALLOC_ARENA_MAX', 'PATH', 'UV_THREADPOOL_SIZE']]);
  expect(read('limits')).toMatch(/Max file size +0 /);
  expect(read('limits')).toMatch(new RegExp(`Max data size +${288 * 2 ** 20} `));
  expect(read('status')).toMatch(/NoNewPrivs:\t1/);
  child.kill();
  await child.ended;
  delete process.env['CHOT_PHOTO_TEST_SECRET'];
});
