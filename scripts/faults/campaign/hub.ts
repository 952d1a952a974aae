import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubDirectory } from '../../../src/hub/hub-directory.ts';
import { chot, endOf, startChot } from './children.ts';
import { REGION } from './messages.ts';

/** Backups that are kept, the oldest first; an older one was thrown away. */
const BACKUPS_KEPT = 3;

type HubLine = {
  readonly event?: string;
  readonly code?: string;
  readonly origin?: string;
  readonly where?: string;
};

/** The hub of the campaign: the real daemon on a directory, its opener, and the commands beside it. */
export class CampaignHub {
  /** What the daemon told that nobody caused: incidents and bugs, over all its lives. */
  readonly complaints: string[] = [];
  readonly #base: string;
  readonly #config: string;
  readonly #backups: string[] = [];
  #serial = 0;
  #data: string;
  #child: ChildProcess | null = null;
  #isUp = false;
  readonly #onLost: (how: string) => void;
  starts = 0;
  restores = 0;
  backups = 0;
  openerKills = 0;

  private constructor(base: string, onLost: (how: string) => void) {
    this.#base = base;
    this.#onLost = onLost;
    this.#data = join(base, 'hub-0');
    this.#config = join(base, 'hub.toml');
  }

  /** `onLost`: the daemon ended, and nobody had ended it. */
  static async make(base: string, onLost: (how: string) => void): Promise<CampaignHub> {
    const hub = new CampaignHub(base, onLost);
    writeFileSync(hub.#config, '[http]\nport = 0\nnames = ["localhost", "127.0.0.1"]\n');
    const hosts = ['--host', 'localhost', '--host', '127.0.0.1'];
    const root = join(base, 'root.pem');
    await chot('hub', 'init', '--data', hub.#data, '--region', REGION, ...hosts, '--root', root);
    return hub;
  }

  get directory(): HubDirectory {
    return new HubDirectory(this.#data);
  }

  /** The port that it listens on, once it does. */
  async start(): Promise<number> {
    this.starts++;
    const port = await new Promise<number>((resolve, reject) => {
      const told: string[] = [];
      const child = startChot(['hub', '--config', this.#config, '--data', this.#data], (text) => {
        told.push(text);
        const line = parsed(text);
        if (line.event === 'hub-started') resolve(Number(new URL(line.origin ?? '').port));
        if (line.event === 'incident') this.complaints.push(`incident ${line.code}`);
        if (line.event === 'bug') this.complaints.push(`bug ${text}`);
      });
      this.#child = child;
      child.once('exit', (code) => {
        const how = `the hub ended by itself with ${code}: ${told.slice(-5).join(' ')}`;
        reject(new Error(how));
        if (this.#isUp) this.#onLost(how);
      });
    });
    this.#isUp = true;
    return port;
  }

  /** The opener goes by itself when it notices; a new hub may come before it did. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#isUp = false;
    child.kill('SIGKILL');
    await endOf(child);
  }

  killOpener(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    for (const opener of openersOf(pid)) {
      process.kill(opener, 'SIGKILL');
      this.openerKills++;
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#isUp = false;
    child.kill('SIGTERM');
    await endOf(child);
  }

  async invite(station: string): Promise<string> {
    const place = ['--region', REGION, '--data', this.#data, '--json'];
    const out = await chot('hub', 'station', 'add', station, ...place);
    return (JSON.parse(out) as { readonly code: string }).code;
  }

  /** Beside the running daemon. */
  async backUp(): Promise<void> {
    const to = join(this.#base, `backup-${this.backups++}`);
    await chot('hub', 'backup', to, '--data', this.#data);
    this.#backups.push(to);
    const old = this.#backups.length > BACKUPS_KEPT ? this.#backups.shift() : undefined;
    if (old !== undefined) rmSync(old, { recursive: true });
  }

  /** The hub's directory is lost, killed as it was, and a backup put in its place; `share` of 0 is the oldest one. */
  async restore(share: number): Promise<void> {
    await this.kill();
    const from = this.#backups[Math.floor(share * this.#backups.length)];
    if (from === undefined) throw new Error('no backup was taken before a restore');
    const lost = this.#data;
    this.#data = join(this.#base, `hub-${++this.#serial}`);
    mkdirSync(this.#data, { mode: 0o700 });
    for (const name of ['keys', 'recipients']) {
      cpSync(join(lost, name), join(this.#data, name), { recursive: true });
    }
    await chot('hub', 'restore', from, '--data', this.#data);
    this.restores++;
    rmSync(lost, { recursive: true, force: true, maxRetries: 5 });
  }
}

function parsed(text: string): HubLine {
  try {
    return JSON.parse(text) as HubLine;
  } catch {
    return {};
  }
}

/** Linux only: the children of a process by what they run; none of one that has ended. */
function openersOf(pid: number): readonly number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .map(Number)
    .filter((child) => child > 0 && textOf(`/proc/${child}/cmdline`).includes('opener-main'));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
