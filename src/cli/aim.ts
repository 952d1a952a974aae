import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { CameraDriver, CameraSettings } from '../../devices/camera/camera-settings.ts';
import { encodePreview } from '../../devices/camera/encode-preview.ts';
import { ConfigError } from '../kernel/errors.ts';
import { packageRoot } from '../kernel/package-root.ts';
import { aimLine } from '../station/aim/aim-lines.ts';
import { serveAim } from '../station/aim/aim-server.ts';
import type { AimView } from '../station/aim/aim-shapes.ts';
import { aimSheet } from '../station/aim/aim-sheet.ts';
import { startAim } from '../station/aim/run-aim.ts';
import { cameraSettings } from '../station/camera-settings.ts';
import { parseConfig } from '../station/config.ts';
import { systemClock } from '../station/system-clock.ts';
import { systemRandom } from '../station/system-random.ts';
import { type CliIo, EXIT } from './cli-io.ts';

type Options = {
  readonly config?: string;
  readonly camera?: string;
  readonly driver: CameraDriver;
  readonly source?: string;
  readonly size: readonly [number, number];
  readonly port: number;
  readonly text?: boolean;
  readonly json?: boolean;
  readonly seconds?: number;
  readonly sheet?: string;
};

const FRAMES_PER_S = 15;

/** `chot aim`: is this camera near, sharp and lit enough, before the installer leaves. */
export function aimCommand(io: CliIo): Command {
  return new Command('aim')
    .description('aim a camera: live picture, sharpness, pixels a module of a printed test sheet')
    .option('--sheet <file>', 'write the test sheet (SVG, A4) and end')
    .option('--config <file>', "the station's TOML file")
    .option('--camera <id>', 'which of its cameras; not needed where there is one')
    .option(
      '--driver <name>',
      'with --source: v4l2, rtsp, mjpeg, file, stills',
      parseDriver,
      'v4l2',
    )
    .option('--source <source>', 'a camera that is in no configuration: /dev/video0, or a URL')
    .option('--size <WxH>', 'with --source: picture size', parseSize, [1920, 1080] as const)
    .option('--port <port>', "the page's port; 0 takes a free one", parseCount, 0)
    .option('--text', 'lines in the terminal and no page')
    .option('--json', 'JSON lines and nothing else')
    .option('--seconds <n>', 'end after so long; without it Ctrl-C ends it', parseCount)
    .addHelpText(
      'after',
      '\nExit status: 0 good for card and phone from 20 to 15 cm, 3 not (yet), 1 no picture.\nA V4L2 camera can have one program: stop the station first (systemctl stop chot-station).',
    )
    .action(async (options: Options) => {
      if (options.sheet !== undefined) {
        writeSheet(options.sheet);
        io.tell(`${options.sheet}: print it at 100 % on A4, matt white paper`);
        return;
      }
      await aimAt(settingsFrom(options), options, io);
    });
}

async function aimAt(settings: CameraSettings, options: Options, io: CliIo): Promise<void> {
  const limit = options.seconds === undefined ? [] : [AbortSignal.timeout(1_000 * options.seconds)];
  const signal = AbortSignal.any([io.signal, ...limit]);
  const show = options.json === true ? JSON.stringify : options.text === true ? aimLine : null;
  let told: string | null = null;
  const onView = (view: AimView) => {
    if (show !== null) io.out(show(view));
    const { reason } = view.camera;
    if (reason !== null && reason !== told) io.tell(adviceOn(settings, reason));
    told = reason;
  };
  const aim = startAim(settings, { clock: systemClock, random: systemRandom, onView }, signal);
  if (show === null) {
    const pages = join(packageRoot(), 'web', 'dist', 'aim');
    const server = await serveAim(aim, { port: options.port, pages, encodePreview });
    tellPage(io, server.entrance);
    await aim.ended.finally(() => server.close());
  } else await aim.ended;
  const { camera, card, phone } = aim.view();
  const isGood = card.verdict === 'good' && phone.verdict === 'good';
  io.exit(isGood ? EXIT.done : camera.state === 'online' ? EXIT.look : EXIT.failed);
}

/** The page is on loopback only (security A1): a telephone reaches it through SSH. */
function tellPage(io: CliIo, entrance: string): void {
  const { port } = new URL(entrance);
  for (const line of [
    'Mở trang này, Ctrl-C để dừng · open this page, Ctrl-C ends it:',
    `  ${entrance}`,
    'Trên điện thoại: nối SSH như sau, rồi mở đúng địa chỉ trên · on a phone: connect by SSH, then open the same address:',
    `  ssh -L ${port}:127.0.0.1:${port} ${hostname()}`,
  ]) {
    io.tell(line);
  }
}

function adviceOn({ id, source }: CameraSettings, reason: string): string {
  if (reason !== 'camera.busy')
    return `chot aim: ${id}: ${reason} (docs/devices.md says what to do)`;
  return `chot aim: another program has the camera, the station most likely: systemctl stop chot-station (fuser -v ${source} names it), aim, and start it again; or watch it on the staff screen`;
}

function settingsFrom(options: Options): CameraSettings {
  const { config, camera, driver, source, size } = options;
  if (source !== undefined) {
    const [widthPx, heightPx] = size;
    const loop = driver === 'file' || driver === 'stills';
    return { id: 'camera', driver, source, widthPx, heightPx, framesPerS: FRAMES_PER_S, loop };
  }
  if (config === undefined) {
    throw new ConfigError(
      'which camera? Give --config with the station’s TOML file, or --driver and --source; --sheet FILE writes the test sheet',
    );
  }
  const cameras = parseConfig(readText(config), config).camera;
  const found =
    camera === undefined && cameras.length === 1
      ? cameras[0]
      : cameras.find(({ id }) => id === camera);
  if (found !== undefined) return cameraSettings(found, dirname(resolve(config)));
  const named = cameras.map(({ id }) => id).join(', ');
  throw new ConfigError(
    `--camera: expected one of ${named || 'none, for there is none'} in ${config}`,
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${file} cannot be read (${code}): give the station's TOML file`, {
      cause: error,
    });
  }
}

function writeSheet(file: string): void {
  try {
    writeFileSync(file, aimSheet());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${file} cannot be written (${code}): choose another place`, {
      cause: error,
    });
  }
}

function parseDriver(text: string): CameraDriver {
  const drivers: readonly CameraDriver[] = ['v4l2', 'rtsp', 'mjpeg', 'file', 'stills'];
  const driver = drivers.find((name) => name === text);
  if (driver !== undefined) return driver;
  throw new InvalidArgumentError(`expected ${drivers.join(', ')}`);
}

function parseSize(text: string): readonly [number, number] {
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(text) ?? [];
  if (width === undefined) throw new InvalidArgumentError('expected a size such as 1920x1080');
  return [Number(width), Number(height)];
}

const COUNT_MAX = 65_535;

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= COUNT_MAX) return count;
  throw new InvalidArgumentError(`expected a whole number from 0 to ${COUNT_MAX}`);
}
