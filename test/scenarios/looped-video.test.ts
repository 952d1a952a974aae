import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cccdPayload, syntheticPeople } from '../../fixtures/people.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { FILM, filmGate } from '../support/gate-film.ts';
import { StationBench, type StationProcess } from '../support/station-process.ts';

const SOAK = process.env['CHOT_SOAK'] === '1';
/** Ten minutes of video, or a fiftieth of them. */
const RUN_MS = SOAK ? 600_000 : 12_000;
/** Compilers, caches and pools have their size after as many people. */
const WARM_PEOPLE = 3;
/** However slow the machine is. */
const SAMPLES_MIN = 4;
/** The station's whole budget; what it grows by in ten minutes is noise of the collector's. */
const RSS_MB_MAX = 450;
const GROWTH_MB_MAX = 24;

const PIN = '2468';
const CONFIG = `
[policy]
repeatS = 0
joinS = 1

[[camera]]
id = "camera"
driver = "file"
source = "film.mp4"
loop = true
widthPx = ${FILM.widthPx}
heightPx = ${FILM.heightPx}
framesPerS = ${FILM.framesPerS}

[[lane]]
id = "lane-1"
name = "Làn 1"
operation = "monitor"
devices = ["camera"]
`;

let bench: StationBench;
beforeAll(async () => {
  bench = await StationBench.make({ station: 'officersFile = "officers.toml"', config: CONFIG });
  await bench.importRegister('f0', ['001200000001,active,2026-01-01,2099-12-31,CDC']);
  const people = syntheticPeople('loop', 2).map((person) => ({
    payload: cccdPayload(person, 7),
    carrier: 'card' as const,
  }));
  const { stdout: pin } = await bench.chot(['officers', 'verifier'], PIN);
  writeFileSync(
    join(bench.folder, 'officers.toml'),
    `[[officer]]\nid = "can-bo"\nname = "Cán bộ"\n${pin}until = "2099-12-31"\n`,
    { mode: 0o600 },
  );
  await filmGate(join(bench.folder, 'film.mp4'), people, 7, 0);
}, 120_000);
afterAll(() => bench.remove());

type Sample = { readonly rssMb: number; readonly threads: number; readonly handles: number };

test(
  'a gate that films for long neither grows nor gathers handles',
  async () => {
    const station = await bench.start();
    const page = await station.enter();
    await page.post('/api/v1/lanes/lane-1/officer', { officer: 'can-bo', pin: PIN });
    expect(await page.act('confirm-time', null)).toBe(204);
    const samples: Sample[] = [];
    const untilMs = systemClock.monoMs() + RUN_MS;
    for (let people = 1; samples.length < SAMPLES_MIN || systemClock.monoMs() < untilMs; people++) {
      await decided(station, people);
      // What a page asks for is part of the load.
      expect((await page.get('/api/v1/lanes')).status).toBe(200);
      if (people > WARM_PEOPLE) samples.push(sampleOf(station.pid));
    }
    expect(await station.stop()).toBe(0);

    const half = samples.length >> 1;
    const [before, after] = [samples.slice(0, half), samples.slice(half)];
    expect(before.length).toBeGreaterThan(0);
    const most = (list: readonly Sample[], of: keyof Sample) =>
      Math.max(...list.map((sample) => sample[of]));
    expect(most(after, 'rssMb')).toBeLessThan(RSS_MB_MAX);
    expect(most(after, 'rssMb') - most(before, 'rssMb')).toBeLessThan(GROWTH_MB_MAX);
    expect(most(after, 'threads')).toBeLessThanOrEqual(most(before, 'threads'));
    expect(most(after, 'handles')).toBeLessThanOrEqual(most(before, 'handles'));
  },
  RUN_MS + 90_000,
);

async function decided(station: StationProcess, count: number): Promise<void> {
  await station.logged(
    (line) =>
      line.event === 'decided' &&
      station.log().filter(({ event }) => event === 'decided').length >= count,
  );
}

/** The station and its children. */
function sampleOf(pid: number): Sample {
  const family = [pid, ...childrenOf(pid)];
  const sum = (of: (member: number) => number) =>
    family.reduce((total, member) => total + of(member), 0);
  return {
    rssMb: sum((member) => statusOf(member, 'VmRSS') / 1_024),
    threads: sum((member) => statusOf(member, 'Threads')),
    handles: sum((member) => readdirSync(`/proc/${member}/fd`).length),
  };
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((child) => child !== '')
    .map(Number);
}

function statusOf(pid: number, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  );
  return Number(line?.[1]);
}
