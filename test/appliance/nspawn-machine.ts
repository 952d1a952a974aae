import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/kernel/package-root.ts';

const run = promisify(execFile);
const COMMAND_MS_MAX = 30_000;
/** What an /etc of the host would start besides, or what is too large to copy. */
const NOT_COPIED =
  /^\/etc\/(systemd\/system|udev|rc\d\.d|init\.d|alternatives-backup|ssl\/private)(\/|$)/;

/** What keeps a machine with a systemd of its own from being started here, else null. */
export function nspawnObstacle(): string | null {
  if (process.getuid?.() !== 0) return 'only root can start a machine';
  const missing = ['/usr/bin/systemd-nspawn', '/lib/systemd/systemd', '/usr/bin/nsenter'].filter(
    (file) => !existsSync(file),
  );
  return missing.length === 0 ? null : `missing: ${missing.join(', ')}; run scripts/setup test`;
}

/** The machine's own programs with another /etc and /var and a systemd of its own: a station as scripts/install makes it. */
export class NspawnMachine {
  readonly tree: string;
  #nspawn: ChildProcess | null = null;
  #said = '';
  #leader = 0;

  constructor() {
    this.tree = mkdtempSync(join(tmpdir(), 'chot-machine-'));
    // It is everybody's root folder inside.
    chmodSync(this.tree, 0o755);
  }

  /** `files`: what is put into the tree after the installation, by path. */
  async boot(files: Readonly<Record<string, string>>): Promise<void> {
    this.#makeTree();
    const root = packageRoot();
    const install = join(root, 'scripts', 'install');
    await run(install, ['--root', this.tree, '--no-kiosk']);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.tree, path)), { recursive: true });
      writeFileSync(join(this.tree, path), text);
    }
    symlinkSync('/etc/systemd/system/gate.target', join(this.tree, SYSTEM, 'default.target'));
    const nspawn = spawn(
      'systemd-nspawn',
      [
        ...['--quiet', '--boot', '--register=no', '--keep-unit', '--private-network'],
        ...['--link-journal=no', '--console=pipe', `--machine=chot-${process.pid}`],
        ...[`--directory=${this.tree}`, '--bind-ro=/usr', ...bound()],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#nspawn = nspawn;
    const hear = (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-4_000);
    };
    nspawn.stdout.on('data', hear);
    nspawn.stderr.on('data', hear);
    await this.until('its systemd', async () => {
      this.#leader = childOf(nspawn.pid ?? 0);
      return this.#leader !== 0 && (await this.run('systemctl', 'show', '-p', 'Version')) !== '';
    });
  }

  /** What a command inside prints; rejects with what it said when it fails. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const inside = ['--target', String(this.#leader), '--all', program, ...args];
    const { stdout } = await run('nsenter', inside, { timeout: COMMAND_MS_MAX });
    return stdout.trim();
  }

  async property(unit: string, name: string): Promise<string> {
    return this.run('systemctl', 'show', unit, '--property', name, '--value');
  }

  /** Waits for something that becomes so; an error counts as not yet. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const untilMs = performance.now() + COMMAND_MS_MAX;
    for (;;) {
      if (await isSo().catch(() => false)) return;
      if (performance.now() > untilMs) {
        throw new Error(
          `waited for ${what}; the machine said:\n${this.#said}\n${await this.#log()}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async off(): Promise<void> {
    const nspawn = this.#nspawn;
    if (nspawn !== null && nspawn.exitCode === null) {
      const closed = once(nspawn, 'close');
      if (this.#leader !== 0) process.kill(this.#leader, 'SIGKILL');
      nspawn.kill('SIGTERM');
      await closed;
    }
    rmSync(this.tree, { recursive: true, force: true });
  }

  async #log(): Promise<string> {
    if (this.#leader === 0) return '';
    return this.run('journalctl', '--no-pager', '-n', '40').catch(() => '');
  }

  #makeTree(): void {
    for (const folder of [
      'usr',
      'var/log/journal',
      'proc',
      'sys',
      'dev',
      'run',
      'tmp',
      'root',
      'home',
    ]) {
      mkdirSync(join(this.tree, folder), { recursive: true });
    }
    for (const link of ['bin', 'sbin', 'lib', 'lib64']) {
      if (existsSync(`/${link}`)) symlinkSync(`usr/${link}`, join(this.tree, link));
    }
    cpSync('/etc', join(this.tree, 'etc'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from) => !NOT_COPIED.test(from) && isPlain(from),
    });
    rmSync(join(this.tree, 'etc/os-release'), { force: true });
    writeFileSync(join(this.tree, 'etc/os-release'), readFileSync('/etc/os-release'));
    writeFileSync(join(this.tree, 'etc/machine-id'), '');
    mkdirSync(join(this.tree, SYSTEM), { recursive: true });
    writeFileSync(join(this.tree, SYSTEM, 'gate.target'), GATE);
  }
}

const SYSTEM = 'etc/systemd/system';
const GATE = `[Unit]
Requires=basic.target
Wants=chot-station.service
After=basic.target
AllowIsolate=yes
`;

/** Node, where it is not the system's. */
function bound(): string[] {
  const node = dirname(dirname(realpathSync(process.execPath)));
  return `${node}/`.startsWith('/usr/') ? [] : [`--bind-ro=${node}`];
}

function isPlain(path: string): boolean {
  const entry = lstatSync(path);
  return entry.isFile() || entry.isDirectory() || entry.isSymbolicLink();
}

function childOf(pid: number): number {
  try {
    return Number(
      execFileSync('pgrep', ['--parent', String(pid)], { encoding: 'utf8' }).split('\n')[0],
    );
  } catch {
    return 0;
  }
}
