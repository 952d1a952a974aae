import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, DeviceFault } from '../../../src/kernel/errors.ts';
import { packageRoot } from '../../../src/kernel/package-root.ts';
import { VpcdCard, type VpcdOptions } from '../emulated/vpcd-client.ts';

const DRIVER = join(packageRoot(), '.cache/vpcd/libifdvpcd.so');
const PROGRAMS = ['pcscd', 'unshare', 'nsenter', 'setpriv', 'mount', 'ip'];
const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** vpcd's two slots listen on this port and the next. */
const PORT = 0x8c7b;
const OTHER_PORT = 0x8d00;
const READER = readerConfig('Virtual PCD', PORT);
const OTHER_READER = readerConfig('Other PCD', OTHER_PORT);
const CONNECT_SCRIPT = 'devices/card-reader/sim/vpcd-connect.mjs';
/**
 * vpcd writes length and body apart, so each APDU would wait 44 ms for a delayed acknowledgement: the route gives it at
 * once. Ends with its standard input, which is this process's.
 */
const HOLDER = `set -e
mount -t tmpfs tmpfs /run
mkdir /run/pcscd
ip link set lo up
ip route change local 127.0.0.1 dev lo quickack 1 table local
echo ready
exec cat`;

/** What keeps a real pcscd with virtual readers from running here, else null. */
export function virtualPcscdObstacle(): string | null {
  if (process.getuid?.() !== 0) return 'namespaces and pcscd need root';
  const missing = PROGRAMS.filter(
    (name) => !FOLDERS.some((folder) => existsSync(`${folder}/${name}`)),
  );
  if (missing.length > 0) return `missing: ${missing.join(', ')}; run scripts/setup`;
  const { status } = spawnSync('unshare', ['--mount', '--net', 'true']);
  if (status !== 0) return 'namespaces may not be made here (CAP_SYS_ADMIN)';
  return existsSync(DRIVER) ? null : `missing: ${DRIVER}; run scripts/setup`;
}

/**
 * A real pcscd of its own, in its own mount and network namespaces, with vpcd's two slots `Virtual PCD 00 00` and `00 01`.
 * Whatever it starts ends with this process.
 */
export class VirtualPcscd {
  /** Where its clients connect, from outside of the namespaces. */
  readonly socketPath: string;
  readonly #holder: ChildProcess;
  readonly #inside: readonly string[];
  readonly #folder: string;
  #daemon: ChildProcess | undefined;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    const proc = `/proc/${holder.pid}`;
    this.socketPath = `${proc}/root/run/pcscd/pcscd.comm`;
    this.#inside = [`--mount=${proc}/ns/mnt`, `--net=${proc}/ns/net`];
    this.#folder = mkdtempSync(join(tmpdir(), 'chot-pcscd-'));
    mkdirSync(join(this.#folder, 'readers'));
    this.setReader(true);
  }

  /** The namespaces, with no pcscd in them yet. Rejects with ConfigError where that cannot be. */
  static async open(): Promise<VirtualPcscd> {
    const obstacle = virtualPcscdObstacle();
    if (obstacle !== null) throw new ConfigError(obstacle);
    const holder = spawn('unshare', ['--mount', '--net', 'sh', '-c', HOLDER], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    holder.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const ready = once(holder.stdout, 'data');
    const failed = once(holder, 'close').then(() => {
      throw new ConfigError(`no namespaces can be made here: ${said.trim()}`);
    });
    await Promise.race([ready, failed]);
    failed.catch(() => {});
    return new VirtualPcscd(holder);
  }

  /** Resolves once it takes clients. */
  async start(): Promise<void> {
    const config = join(this.#folder, 'readers');
    const command = ['setpriv', '--pdeathsig', 'KILL', 'pcscd', '--foreground', '--info'];
    const daemon = spawn('nsenter', [...this.#inside, ...command, '--config', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#daemon = daemon;
    const listening = new Promise<void>((resolve, reject) => {
      let said = '';
      daemon.stdout.on('data', (text: Buffer) => {
        said = `${said}${text.toString()}`.slice(-4_000);
        if (said.includes('daemon ready')) resolve();
      });
      daemon.once('close', () => reject(new ConfigError(`pcscd does not start: ${said.trim()}`)));
    });
    await listening;
  }

  /** Kills it, as a crash does. */
  async kill(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon === undefined || daemon.exitCode !== null) return;
    const closed = once(daemon, 'close');
    daemon.kill('SIGKILL');
    await closed;
    rmSync(`/proc/${this.#holder.pid}/root/run/pcscd/pcscd.comm`, { force: true });
  }

  /**
   * Whether `Virtual PCD` or an `Other PCD` is there. Takes effect at the next start: Debian's pcscd finds USB readers while it
   * runs, configured ones never.
   */
  setReader(isThere: boolean): void {
    const readers = isThere ? READER : OTHER_READER;
    writeFileSync(join(this.#folder, 'readers/vpcd'), readers);
  }

  /** SIGSTOP and SIGCONT. */
  freeze(isFrozen: boolean): void {
    this.#daemon?.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Puts a card into one of the two slots. */
  async insert(card: VpcdOptions['card'], atr: Uint8Array, slot: 0 | 1 = 0): Promise<VpcdCard> {
    return new VpcdCard(await this.#connect(PORT + slot), { card, atr });
  }

  async close(): Promise<void> {
    await this.kill();
    const closed = once(this.#holder, 'close');
    this.#holder.kill('SIGKILL');
    await closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A socket belongs to the network where it was made: a helper in there makes it and hands it out. */
  async #connect(port: number): Promise<Socket> {
    const helper = fork(join(packageRoot(), CONNECT_SCRIPT), [String(port)], {
      execPath: 'nsenter',
      execArgv: [...this.#inside.slice(1), process.execPath],
    });
    try {
      const connected = once(helper, 'message') as Promise<[unknown, Socket]>;
      const ended = once(helper, 'exit').then(() => {
        throw new DeviceFault(`vpcd on port ${port} cannot be reached: does its pcscd run?`);
      });
      ended.catch(() => {});
      const [, socket] = await Promise.race([connected, ended]);
      return socket;
    } finally {
      helper.kill();
    }
  }
}

function readerConfig(name: string, port: number): string {
  const hexadecimal = `0x${port.toString(16).toUpperCase()}`;
  return `FRIENDLYNAME "${name}"
DEVICENAME /dev/null:${hexadecimal}
LIBPATH ${DRIVER}
CHANNELID ${hexadecimal}
`;
}
