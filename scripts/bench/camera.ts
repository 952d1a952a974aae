// What a camera costs, and how old its frames are: `npm run build -- node && node dist/scripts/bench/camera.js [SECONDS]`.
// The peer is plain ffmpeg with the command line one would type first, read by the same code.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodePreview } from '../../devices/camera/encode-preview.ts';
import { FrameAssembler } from '../../devices/camera/frame-assembler.ts';
import { sharp } from '../../devices/camera/native-sharp.ts';
import { openCamera } from '../../devices/camera/open-camera.ts';
import { type RtspServer, startRtspServer } from '../../devices/camera/sim/rtsp-server.ts';
import type { GreyFrame } from '../../src/ports/frame-source.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { systemRandom } from '../../src/station/system-random.ts';

const FRAMES_PER_S = 15;
const VIDEO_S = 16;
/** Frame numbers are painted as this many squares, lowest bit first. */
const BITS = 8;
const SQUARE_SHARE = 1 / 24;
const WARM_UP_FRAMES = 15;
const TICK_MS = 10;

type Size = { readonly widthPx: number; readonly heightPx: number };
type Sink = (picture: GreyFrame) => void;
type Cost = {
  frames: number;
  nodeMs: number;
  ffmpegMs: number;
  latenciesMs: number[];
  rssMb: number;
};

const run = promisify(execFile);
const FFMPEG = 'ffmpeg';
const seconds = Number(process.argv[2] ?? 20);
const folder = await mkdtemp(join(tmpdir(), 'chot-bench-'));

try {
  console.log(
    '| source | reader | frames/s | ffmpeg ms/frame | node ms/frame | cores | latency p50 / p95 ms | RSS MB |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const size of [
    { widthPx: 1_280, heightPx: 720 },
    { widthPx: 1_920, heightPx: 1_080 },
  ]) {
    const file = await makeVideo(size);
    const name = `${size.heightPx}p${FRAMES_PER_S}`;
    print(`file ${name}`, 'chot', await measure(undefined, chot('file', file, size)));
    for (const [reader, read] of [
      ['chot', chot],
      ['plain ffmpeg', plain],
    ] as const) {
      const stop = new AbortController();
      const server = await startRtspServer({ file, trace: true }, stop.signal);
      print(`RTSP ${name}`, reader, await measure(server, read('rtsp', server.url, size)));
      stop.abort();
      await server.closed;
    }
  }
  await previews();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Noise and motion, as a gate has them, and the frame's number in squares along the top. */
async function makeVideo({ widthPx, heightPx }: Size): Promise<string> {
  const file = join(folder, `${heightPx}.mp4`);
  const side = widthPx * SQUARE_SHARE;
  const band = `drawbox=x=0:y=0:w=iw:h=${side}:color=black:t=fill`;
  const squares = Array.from({ length: BITS }, (_, bit) => {
    const on = `gte(mod(n,${2 ** (bit + 1)}),${2 ** bit})`;
    return `drawbox=x=${bit * side}:y=0:w=${side}:h=${side}:color=white:t=fill:enable='${on}'`;
  });
  const source = `testsrc2=s=${widthPx}x${heightPx}:r=${FRAMES_PER_S}`;
  const filter = ['noise=alls=6:allf=t', band, ...squares].join(',');
  await run(FFMPEG, [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-vf', filter, '-t', String(VIDEO_S)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '4M', '-pix_fmt', 'yuv420p', '-bf', '0'],
    ...['-g', String(FRAMES_PER_S), file],
  ]);
  return file;
}

type Reader = (sink: Sink, signal: AbortSignal) => Promise<void>;

function chot(driver: 'file' | 'rtsp', source: string, size: Size): Reader {
  return async (sink, signal) => {
    const settings = { id: 'bench', driver, source, ...size, framesPerS: FRAMES_PER_S, loop: true };
    const camera = openCamera(settings, { clock: systemClock, random: systemRandom });
    for await (const event of camera.events(signal)) {
      if (event.kind === 'frame') sink(event.frame);
      if (event.kind === 'offline') throw new Error(`${event.reason}: ${event.detail.join(' | ')}`);
    }
  };
}

function plain(_driver: 'rtsp', url: string, { widthPx, heightPx }: Size): Reader {
  return async (sink, signal) => {
    const child = spawn(
      FFMPEG,
      [
        '-v',
        'error',
        '-rtsp_transport',
        'tcp',
        '-i',
        url,
        '-vf',
        'extractplanes=y',
        '-f',
        'rawvideo',
        '-',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    signal.addEventListener('abort', () => void child.kill('SIGKILL'), { once: true });
    const assembler = new FrameAssembler(widthPx * heightPx);
    child.stdout.on('data', (chunk: Uint8Array) => {
      for (const data of assembler.push(chunk)) {
        const atMonoMs = systemClock.monoMs();
        sink({ width: widthPx, height: heightPx, stride: widthPx, data, sequence: 0, atMonoMs });
      }
    });
    await once(child, 'close');
  };
}

async function measure(server: RtspServer | undefined, read: Reader): Promise<Cost> {
  const sentMs = new Map<number, number>();
  if (server !== undefined) void follow(server, sentMs);
  const stop = new AbortController();
  const cost: Cost = { frames: 0, nodeMs: 0, ffmpegMs: 0, latenciesMs: [], rssMb: 0 };
  let warmUp = WARM_UP_FRAMES;
  let start: { readonly node: NodeJS.CpuUsage; readonly ffmpegMs: number } | undefined;
  await read((frame) => {
    const nowMs = Number(process.hrtime.bigint()) / 1e6;
    if (warmUp-- > 0) return;
    if (start === undefined) {
      // Set apart, so that the frame that starts the measurement does not wait for /proc.
      start = { node: process.cpuUsage(), ffmpegMs: 0 };
      void ffmpegCpuMs().then((ms) => {
        cost.ffmpegMs = -ms;
      });
      void systemClock.sleep(seconds * 1_000, stop.signal).then(async () => {
        cost.ffmpegMs += await ffmpegCpuMs();
        stop.abort();
      });
    }
    cost.frames += 1;
    const sent = sentMs.get(numberOn(frame));
    if (sent !== undefined) cost.latenciesMs.push(nowMs - sent);
  }, stop.signal);
  const used = process.cpuUsage(start?.node);
  cost.nodeMs = (used.user + used.system) / 1_000;
  cost.rssMb = process.memoryUsage.rss() / 2 ** 20;
  return cost;
}

async function follow(server: RtspServer, sentMs: Map<number, number>): Promise<void> {
  for await (const line of server.lines) {
    const [, index, nanoseconds] = /^sent (\d+) (\d+)$/.exec(line) ?? [];
    if (index !== undefined) sentMs.set(Number(index), Number(nanoseconds) / 1e6);
  }
}

function numberOn({ width, stride, data }: GreyFrame): number {
  const side = width * SQUARE_SHARE;
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const at = Math.floor(side / 2) * stride + Math.floor((bit + 0.5) * side);
    if ((data[at] ?? 0) > 128) number |= 1 << bit;
  }
  return number;
}

/** User and system time of the ffmpeg child, from proc(5). */
async function ffmpegCpuMs(): Promise<number> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat.includes('(ffmpeg)') && Number(fields[1]) === process.pid)
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }
  return 0;
}

function print(source: string, reader: string, cost: Cost): void {
  const { frames, ffmpegMs, nodeMs, latenciesMs, rssMb } = cost;
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * sorted.length)]?.toFixed(0) ?? '-';
  const cores = (ffmpegMs + nodeMs) / (seconds * 1_000);
  console.log(
    `| ${source} | ${reader} | ${(frames / seconds).toFixed(1)} | ${(ffmpegMs / frames).toFixed(1)} ` +
      `| ${(nodeMs / frames).toFixed(1)} | ${cores.toFixed(3)} | ${at(0.5)} / ${at(0.95)} | ${rssMb.toFixed(0)} |`,
  );
}

/** One preview of a 1080p frame: ours against sharp doing the same. */
async function previews(): Promise<void> {
  const size = { width: 1_920, height: 1_080 };
  const data = Uint8Array.from({ length: size.width * size.height }, (_, i) => (i * 7) >> 5);
  const frame = { ...size, stride: size.width, data, sequence: 1, atMonoMs: 0 };
  const bySharp = () =>
    sharp(data, { raw: { ...size, channels: 1 } })
      .resize({ width: 640 })
      .jpeg({ quality: 70 })
      .toBuffer();
  console.log('\n| preview 1080p to 640 px | CPU ms |\n|---|---|');
  for (const [name, encode] of [
    ['box filter and libjpeg-turbo (chot)', () => encodePreview(frame, 640)],
    ['sharp', bySharp],
  ] as const) {
    for (let i = 0; i < 20; i++) await encode();
    const before = process.cpuUsage();
    for (let i = 0; i < 200; i++) await encode();
    const { user, system } = process.cpuUsage(before);
    console.log(`| ${name} | ${((user + system) / 200_000).toFixed(1)} |`);
  }
}
