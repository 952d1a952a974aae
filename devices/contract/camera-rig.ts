import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const RIG_SIZE = { widthPx: 320, heightPx: 180 } as const;
export const RIG_FRAMES_PER_S = 25;

/** A folder for one test file's pictures and videos. */
export async function openTestFolder(): Promise<{
  readonly path: string;
  readonly close: () => Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'chot-camera-'));
  return { path, close: () => rm(path, { recursive: true, force: true }) };
}

/** The bars of the contract as rows of grey pixels. */
export function barPixels(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, index) => {
    const bar = Math.floor((3 * (index % width)) / width);
    return [0, 128, 255][bar] ?? 0;
  });
}

/** The bars as a PGM file, at another size than the rig's frames unless told. */
export async function writeBars(path: string, width = 640, height = 360): Promise<string> {
  const head = Buffer.from(`P5\n${width} ${height}\n255\n`);
  await writeFile(path, Buffer.concat([head, barPixels(width, height)]));
  return path;
}

/** Anything ffmpeg can make of a picture: a JPEG, or `seconds` of H.264 with a key frame five times a second. */
export async function convertStill(picture: string, target: string, seconds = 0): Promise<string> {
  const video = ['-t', `${seconds}`, '-c:v', 'libx264', '-preset', 'ultrafast'];
  const format = ['-pix_fmt', 'yuv420p', '-g', `${RIG_FRAMES_PER_S / 5}`, '-bf', '0'];
  const loop = ['-loop', '1', '-framerate', `${RIG_FRAMES_PER_S}`];
  const still = ['-frames:v', '1', '-q:v', '2'];
  await run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-y'],
    ...(seconds > 0 ? [...loop, '-i', picture, ...video, ...format] : ['-i', picture, ...still]),
    target,
  ]);
  return target;
}

/** Process ids of living children of this process that run `program`; a child not yet reaped counts. */
export async function childrenRunning(program: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [, comm, parent] = /^\d+ \((.*)\) . (\d+)/.exec(stat) ?? [];
    if (comm === program && Number(parent) === process.pid) found.push(Number(name));
  }
  return found;
}
