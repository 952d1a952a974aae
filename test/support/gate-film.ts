import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sceneSequence } from '../../fixtures/scenes/scene.ts';
import { CALM_SCENE, type GreyPlane, type SceneSpec } from '../../fixtures/scenes/spec.ts';

export const FILM = { widthPx: 1280, heightPx: 720, framesPerS: 15 } as const;
const SIZE = { width: FILM.widthPx, height: FILM.heightPx } as const;
/** Long enough to be read and then to be gone from view for the tracker. */
const SHOWN_FRAMES = 15;
const GAP_FRAMES = 30;
/** A film is played in a loop: with this rest nobody comes back while that still is a repeat, half a minute in the demo. */
export const REST_FRAMES = 500;

/** Writes an H.264 film in which every payload is held up once, one after another, and then nobody for `restFrames`. */
export async function filmGate(
  file: string,
  shown: readonly { readonly payload: string; readonly carrier: SceneSpec['carrier'] }[],
  seed: number,
  restFrames: number,
): Promise<void> {
  const size = `${FILM.widthPx}x${FILM.heightPx}`;
  const child = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'gray', '-s', size],
      ...['-r', `${FILM.framesPerS}`, '-i', 'pipe:0', '-c:v', 'libx264', '-preset', 'veryfast'],
      ...['-pix_fmt', 'yuv420p', '-g', `${FILM.framesPerS}`, '-bf', '0', '-y', file],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const closed = once(child, 'close');
  for (const [index, { payload, carrier }] of shown.entries()) {
    const spec: SceneSpec = {
      ...CALM_SCENE,
      seed: `${seed}/${index}`,
      payload,
      carrier,
      ...SIZE,
      codeShare: 0.25,
    };
    const away = emptyGate(spec);
    for (let frame = 0; frame < GAP_FRAMES; frame++) await write(child.stdin, away);
    for (const plane of sceneSequence(spec, SHOWN_FRAMES)) await write(child.stdin, plane);
  }
  const rest = emptyGate({ ...CALM_SCENE, seed, payload: 'rest', ...SIZE });
  for (let frame = 0; frame < restFrames; frame++) await write(child.stdin, rest);
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}

/** The same gate with the object held far outside the view. */
function emptyGate(spec: SceneSpec): GreyPlane {
  const [plane] = sceneSequence({ ...spec, centre: [3, 3] }, 1);
  if (plane === undefined) throw new Error('no frame was rendered');
  return plane;
}

async function write(out: NodeJS.WritableStream, { data }: GreyPlane): Promise<void> {
  if (!out.write(data)) await once(out, 'drain');
}
