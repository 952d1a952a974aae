import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { guarded } from '../support/guarded.ts';

const run = promisify(execFile);
const PROGRAMS = [
  ...['cage', 'grim', 'Xvfb', 'Xwayland', 'xdotool', 'chromium'],
  ...['unshare', 'nsenter', 'setpriv'],
];
const AS_NOBODY = ['--reuid=nobody', '--regid=nogroup', '--clear-groups'];
const HOME = '/run/chot-kiosk';
const CREDENTIALS = '/run/credentials';
/** Everybody's folders made anew, as the service's are; what scripts/install wrote into a tree is in its place. */
const HOLDER = `set -e
tree=$1 data=$2
mkdir -p /etc/chromium
mount -t tmpfs tmpfs /usr/local/lib
mount -t tmpfs tmpfs /etc/chromium
cp -r "$tree/usr/local/lib/chot" /usr/local/lib/
cp -r "$tree/etc/chromium/policies" /etc/chromium/
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 700 ${HOME} ${CREDENTIALS}
cp "$data/run/kiosk.token" ${CREDENTIALS}/token
cp "$data/run/origin" ${CREDENTIALS}/origin
chown -R nobody:nogroup ${HOME} ${CREDENTIALS}
mount -t tmpfs -o mode=1777 tmpfs /tmp
echo ready
exec cat`;

export type Picture = {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Red, green, blue of each pixel, row by row. */
  readonly bytes: Buffer;
};

/** What keeps a kiosk from being shown here, else null. */
export function kioskObstacle(): string | null {
  if (process.getuid?.() !== 0) return 'namespaces and another user need root';
  const missing = PROGRAMS.filter((name) => !existsSync(`/usr/bin/${name}`));
  if (missing.length > 0) return `missing: ${missing.join(', ')}; run scripts/setup test`;
  // The browser's own sandbox stays on, as at a gate.
  const { status } = spawnSync('setpriv', [...AS_NOBODY, 'unshare', '--user', 'true']);
  return status === 0 ? null : 'users may make no namespaces here';
}

/** The kiosk as scripts/install makes it, on a screen in memory: cage's picture in a window that fills an X server without a panel. */
export class KioskScreen {
  readonly #holder: ChildProcess;
  readonly #inside: readonly string[];
  #xvfb: ChildProcess | null = null;
  #kiosk: ChildProcess | null = null;
  #display = '';
  #said = '';

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.#inside = [`--mount=/proc/${holder.pid}/ns/mnt`];
  }

  /** `tree`: where it is installed; `dataDir`: of a station that runs. */
  static async open(tree: string, dataDir: string): Promise<KioskScreen> {
    const install = join(packageRoot(), 'scripts/install');
    await run(install, ['--program', packageRoot(), '--root', tree]);
    const holder = spawn('unshare', ['--mount', 'sh', '-c', HOLDER, 'holder', tree, dataDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const screen = new KioskScreen(holder);
    await guarded('a place for the kiosk', once(holder.stdout, 'data'));
    await screen.#startServer();
    return screen;
  }

  /** As systemd does it after a boot and after every end of it. */
  start(): void {
    const environment = [
      ...[`HOME=${HOME}`, `XDG_RUNTIME_DIR=${HOME}`, `XDG_CACHE_HOME=${HOME}/cache`],
      ...[`XDG_CONFIG_HOME=${HOME}/config`, `CREDENTIALS_DIRECTORY=${CREDENTIALS}`],
      ...['WLR_BACKENDS=x11', 'WLR_RENDERER=pixman', `DISPLAY=${this.#display}`],
      ...['PATH=/usr/bin:/bin', 'LANG=C.UTF-8'],
    ];
    const kiosk = this.#spawn('env', '-i', ...environment, '/usr/local/lib/chot/kiosk');
    kiosk.stderr?.on('data', (text: Buffer) => {
      this.#said = (this.#said + text.toString()).slice(-4_000);
    });
    kiosk.stdout?.resume();
    this.#kiosk = kiosk;
  }

  /** Kills its browser; resolves once the kiosk has ended with it. */
  async killBrowser(): Promise<void> {
    const kiosk = this.#kiosk;
    if (kiosk === null) throw new Error('no kiosk runs');
    const closed = once(kiosk, 'close');
    const [browser] = this.#processes().filter(({ words }) => words.includes('--kiosk'));
    if (browser === undefined) throw new Error(`no browser runs: ${this.#said}`);
    process.kill(browser.pid, 'SIGKILL');
    await guarded('the kiosk ends', closed);
  }

  /** Command lines of all that runs as the kiosk's user in there. */
  commandLines(): readonly string[] {
    return this.#processes().map(({ words }) => words);
  }

  /** Somebody's finger, or a mouse that was left plugged in. */
  async click(xPx: number, yPx: number): Promise<void> {
    const words = ['mousemove', String(xPx), String(yPx), 'click', '1'];
    await run('nsenter', [...this.#inside, 'env', `DISPLAY=${this.#display}`, 'xdotool', ...words]);
  }

  /** What is on the screen, a cursor too; null while nothing is. */
  async picture(): Promise<Picture | null> {
    const socket = ['env', `XDG_RUNTIME_DIR=${HOME}`, 'WAYLAND_DISPLAY=wayland-0'];
    const grim = [...this.#inside, ...socket, 'grim', '-c', '-t', 'ppm', '-'];
    const shot = await run('nsenter', grim, { encoding: 'buffer', maxBuffer: 2 ** 26 }).catch(
      () => null,
    );
    return shot === null ? null : pictureOf(shot.stdout);
  }

  /** The first picture that fits. */
  until(what: string, fits: (picture: Picture) => boolean): Promise<Picture> {
    const look = async (): Promise<Picture> => {
      for (;;) {
        const picture = await this.picture();
        if (picture !== null && fits(picture)) return picture;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    return guarded(what, look()).catch((error: Error) => {
      throw new Error(`${error.message}; the kiosk said: ${this.#said}`);
    });
  }

  async close(): Promise<void> {
    for (const { pid } of this.#processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Ended with another.
      }
    }
    for (const child of [this.#kiosk, this.#xvfb, this.#holder]) {
      if (child === null || child.exitCode !== null || child.signalCode !== null) continue;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    }
  }

  async #startServer(): Promise<void> {
    const options = ['-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'];
    const xvfb = this.#spawn('Xvfb', ...options);
    this.#xvfb = xvfb;
    xvfb.stderr?.resume();
    if (xvfb.stdout === null) throw new Error('Xvfb has no output');
    const [number] = (await guarded('Xvfb', once(xvfb.stdout, 'data'))) as [Buffer];
    this.#display = `:${number.toString().trim()}`;
  }

  #spawn(...command: readonly string[]): ChildProcess {
    return spawn('nsenter', [...this.#inside, 'setpriv', ...AS_NOBODY, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Of these namespaces, but for the holder. */
  #processes(): { readonly pid: number; readonly words: string }[] {
    const place = namespaceOf(this.#holder.pid ?? 0);
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== this.#holder.pid)
      .filter((pid) => namespaceOf(pid) === place)
      .map((pid) => ({ pid: Number(pid), words: wordsOf(pid) }));
  }
}

function namespaceOf(pid: number | string): number | null {
  return readOr(() => statSync(`/proc/${pid}/ns/mnt`).ino);
}

function wordsOf(pid: string): string {
  return readOr(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')) ?? '';
}

/** Null: the process has just ended. */
function readOr<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Of a binary portable pixmap of 8 bits a colour. */
function pictureOf(file: Buffer): Picture {
  const head = /^P6\s(\d+)\s(\d+)\s255\s/.exec(file.toString('latin1', 0, 64));
  if (head === null) throw new Error('expected a pixmap');
  const [all, width, height] = head;
  return {
    widthPx: Number(width),
    heightPx: Number(height),
    bytes: file.subarray(all.length),
  };
}
