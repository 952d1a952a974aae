// The whole station: what an idle camera costs, how soon a start gives its first verdict, how old a verdict on the screen
// is. `npm run build -- node && node dist/scripts/bench/station.js [SECONDS]`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type RtspServer, startRtspServer } from '../../devices/camera/sim/rtsp-server.ts';
import { runFfmpeg } from '../../fixtures/ffmpeg.ts';
import { cccdPayload, syntheticPeople } from '../../fixtures/people.ts';
import { sceneSequence } from '../../fixtures/scenes/scene.ts';
import { CALM_SCENE } from '../../fixtures/scenes/spec.ts';
import { startDemoStation } from '../../src/demo/demo-station.ts';
import { generateRecipient } from '../../src/journal/recipient.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { systemRandom } from '../../src/station/system-random.ts';

const PICTURE = { widthPx: 1_920, heightPx: 1_080, framesPerS: 15 } as const;
const SIZE = { width: PICTURE.widthPx, height: PICTURE.heightPx } as const;
/** The gate with nobody before the camera. */
const EMPTY = { ...CALM_SCENE, ...SIZE, seed: 'gate', payload: 'nobody', centre: [4, 4] } as const;
const GUESTS = 12;
const SHOWN_FRAMES = 12;
const GAP_FRAMES = 33;
const TICKS_PER_S = 100;
const seconds = Number(process.argv[2] ?? 30);
const folder = mkdtempSync(join(tmpdir(), 'chot-bench-'));

try {
  await benchIdle(await film('idle.mp4', 0));
  await benchStart();
  await benchScreen(await film('guests.mp4', GUESTS));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One gate, noise in every frame; guests hold their codes up here and there, a tenth of the picture wide. */
async function film(name: string, guests: number): Promise<string> {
  const file = join(folder, name);
  const size = `${SIZE.width}x${SIZE.height}`;
  const input = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', size, '-r', '15', '-i', 'pipe:0'];
  const coding = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '15'];
  await runFfmpeg([...input, ...coding, '-bf', '0', '-y', file], frames(guests));
  return file;
}

function* frames(guests: number): Generator<Uint8Array> {
  const away = [...sceneSequence(EMPTY, 6)];
  for (const [guest, person] of syntheticPeople('bench', Math.max(1, guests)).entries()) {
    for (let index = 0; index < GAP_FRAMES; index++) {
      const plane = away[index % away.length];
      if (plane !== undefined) yield plane.data;
    }
    if (guests === 0) continue;
    const payload = cccdPayload(person, 7);
    const centre = [0.3 + 0.04 * guest, 0.55 - 0.02 * guest] as const;
    const spec = { ...EMPTY, payload, codeShare: 0.1, centre };
    for (const plane of sceneSequence(spec, SHOWN_FRAMES)) yield plane.data;
  }
}

async function benchIdle(file: string): Promise<void> {
  const stop = new AbortController();
  const { url } = await startRtspServer({ file }, stop.signal);
  const { child, log } = startDaemon(url);
  await until(log, ({ event }) => event === 'device-online');
  await systemClock.sleep(20_000, stop.signal);
  const before = familyTicks(child);
  await systemClock.sleep(seconds * 1_000, stop.signal);
  const after = familyTicks(child);
  console.log('| idle camera, 1080p15 over RTSP | cores | RSS MB |\n|---|---|---|');
  for (const [name, { ticks, rssMb }] of Object.entries(after)) {
    const cores = (ticks - (before[name]?.ticks ?? 0)) / TICKS_PER_S / seconds;
    console.log(`| ${name} | ${cores.toFixed(3)} | ${rssMb.toFixed(0)} |`);
  }
  child.kill('SIGTERM');
  await once(child, 'close');
  stop.abort();
}

async function benchStart(): Promise<void> {
  const tookMs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const startedMs = systemClock.monoMs();
    const { child, log, data } = startDaemon(null);
    const { origin } = await until(log, ({ event }) => event === 'started');
    const token = readFileSync(join(data, 'keys', 'scanner.token'), 'utf8').trim();
    const decided = until(log, ({ event }) => event === 'decided');
    await fetch(`${origin}/api/v1/lanes/lane-1/presentations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: cccdPayload(personNumber(round), 7) }),
    });
    await decided;
    tookMs.push(systemClock.monoMs() - startedMs);
    child.kill('SIGTERM');
    await once(child, 'close');
  }
  console.log(`\nstart of the daemon to its first verdict, p50 of 5: ${quantile(tookMs, 0.5)} ms`);
}

async function benchScreen(file: string): Promise<void> {
  const stop = new AbortController();
  const server = await startRtspServer({ file, trace: true }, stop.signal);
  const sentMs = firstSightings(server);
  const home = mkdtempSync(join(folder, 'screen-'));
  const station = await startDemoStation(
    {
      folder: home,
      port: 0,
      camera: { driver: 'rtsp', source: server.url },
      picture: PICTURE,
      from: { kind: 'files', registers: { f0: listOf('bench-f0'), f1: listOf('bench-f1') } },
      chips: null,
      ports: { scanner: null, board: null },
      clock: systemClock,
      random: systemRandom,
      log: () => {},
    },
    stop.signal,
  );
  const [lane] = station.lanes;
  await lane?.signIn('can-bo-mau', '2468');
  lane?.act({ action: 'confirm-time', ordinal: null, reason: 'compared' });
  const agesMs: number[] = [];
  const inMemoryMs: number[] = [];
  let seen = 0;
  lane?.onView(({ current }) => {
    if (current === null || current.ordinal <= seen) return;
    seen = current.ordinal;
    const sent = sentMs.at(-1);
    if (sent === undefined) return;
    agesMs.push(systemNowMs() - sent);
    inMemoryMs.push(current.tookMs);
  });
  const roundMs = (GUESTS * (SHOWN_FRAMES + GAP_FRAMES) * 1_000) / PICTURE.framesPerS;
  await systemClock.sleep(2 * roundMs, stop.signal);
  console.log(
    `\ncode of 10 % of the width, 1080p15 over RTSP, ${agesMs.length} people:\n` +
      `first picture with the code sent, to verdict told to the page: p50 ${quantile(agesMs, 0.5)} ms, p95 ${quantile(agesMs, 0.95)} ms\n` +
      `frame in memory to verdict on disk: p50 ${quantile(inMemoryMs, 0.5)} ms, p95 ${quantile(inMemoryMs, 0.95)} ms`,
  );
  stop.abort();
  await station.ended;
}

/** When the first picture of each guest left the server, CLOCK_MONOTONIC milliseconds, newest last. */
function firstSightings(server: RtspServer): number[] {
  const sentMs: number[] = [];
  const cycle = SHOWN_FRAMES + GAP_FRAMES;
  void (async () => {
    for await (const line of server.lines) {
      const [, index = '', nanoseconds = ''] = /^sent (\d+) (\d+)/.exec(line) ?? [];
      if (index !== '' && Number(index) % cycle === GAP_FRAMES)
        sentMs.push(Number(BigInt(nanoseconds) / 1_000n) / 1_000);
    }
  })();
  return sentMs;
}

function systemNowMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

type LogLine = { readonly event: string; readonly origin?: string };

function startDaemon(camera: string | null) {
  const home = mkdtempSync(join(folder, 'station-'));
  const data = join(home, 'data');
  const section = `[[camera]]\nid = "cam"\ndriver = "rtsp"\nsource = "${camera}"\nwidthPx = ${SIZE.width}\nheightPx = ${SIZE.height}\nframesPerS = 15\n`;
  writeFileSync(
    join(home, 'station.toml'),
    `[station]\nid = "bench"\nname = "Bench"\n[http]\nport = 0\n[journal]\nsealTo = "${generateRecipient('bench').sealTo}"\n` +
      `${camera === null ? '' : section}[[lane]]\nid = "lane-1"\nname = "1"\ndevices = [${camera === null ? '' : '"cam"'}]\n`,
  );
  const chot = join(packageRoot(), 'dist', 'src', 'cli', 'chot.js');
  const args = [chot, 'station', '--config', join(home, 'station.toml'), '--data', data];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  return { child, data, log: createInterface({ input: child.stderr }) };
}

function until(log: NodeJS.EventEmitter, fits: (line: LogLine) => boolean): Promise<LogLine> {
  return new Promise((resolve) => {
    const listen = (text: string) => {
      const line = JSON.parse(text) as LogLine;
      if (!fits(line)) return;
      log.off('line', listen);
      resolve(line);
    };
    log.on('line', listen);
  });
}

/** Processor ticks and memory of the daemon and its children, by program. */
function familyTicks({ pid = 0 }: ChildProcess) {
  const family: Record<string, { ticks: number; rssMb: number }> = {};
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = readStat(name);
    if (stat === null || (Number(name) !== pid && stat.parent !== pid)) continue;
    family[stat.program] = { ticks: stat.ticks, rssMb: stat.rssMb };
  }
  return family;
}

function readStat(pid: string) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const program = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, pages = 0] = [1, 11, 12, 21].map((at) => fields[at]);
    return { program, parent, ticks: user + system, rssMb: (pages * 4_096) / 1e6 };
  } catch {
    return null;
  }
}

function personNumber(round: number) {
  const person = syntheticPeople('bench-start', 5)[round];
  if (person === undefined) throw new Error(`no person ${round}`);
  return person;
}

function listOf(seed: string): string {
  const [person] = syntheticPeople(seed, 1);
  return `number,status,from,until,source\n${person?.number},active,2026-01-01,2099-12-31,CDC\n`;
}

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
}
