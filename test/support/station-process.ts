import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredRecord } from '../../src/journal/record.ts';
import { compiledEntry } from '../../src/kernel/package-root.ts';
import type { Readiness } from '../../src/station/http/lane-port.ts';
import { guarded } from './guarded.ts';
import { openStaffSession, type StaffSession } from './staff-session.ts';

export type LogLine = Readonly<Record<string, string | number | boolean | null>> & {
  readonly event: string;
};

export type Finished = {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

type Started = {
  /** Added to the environment, as LD_PRELOAD. */
  readonly env?: Readonly<Record<string, string>>;
};

type BenchOptions = {
  readonly id?: string;
  /** Keys of [station] besides its names. */
  readonly station?: string;
  /** Where the station's data is; made on its first start. A folder of the bench unless given. */
  readonly dataDir?: string;
  /** The TOML behind [station], [journal] and [http]; one assisted lane unless given. */
  readonly config?: string;
};

const ONE_LANE = `
[[lane]]
id = "lane-1"
name = "Làn 1"
`;

/** A folder with a configuration, a recipient's key and a data directory, where real daemons and commands run. */
export class StationBench {
  readonly folder: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly recipientKeyFile: string;
  /** TMPDIR of everything that runs here. */
  readonly tempDir: string;
  /** All that commands and daemons printed. */
  printed = '';
  readonly #children = new Set<ChildProcess>();

  private constructor(folder: string, dataDir: string | undefined) {
    this.folder = folder;
    this.dataDir = dataDir ?? join(folder, 'data');
    this.configFile = join(folder, 'station.toml');
    this.recipientKeyFile = join(folder, 'recipient.pem');
    this.tempDir = join(folder, 'temp');
  }

  static async make({
    dataDir,
    id = 'gate-1',
    station = '',
    config = ONE_LANE,
  }: BenchOptions = {}): Promise<StationBench> {
    const bench = new StationBench(mkdtempSync(join(tmpdir(), 'chot-station-')), dataDir);
    mkdirSync(bench.tempDir);
    const made = await bench.chot(['journal', 'recipient', 'test-1', bench.recipientKeyFile]);
    const head = `[station]\nid = "${id}"\nname = "Chốt"\n${station}\n[journal]\nsealTo = "${made.stdout.trim()}"\n`;
    writeFileSync(
      bench.configFile,
      `${head}${config.includes('[http]') ? '' : '[http]\nport = 0\n'}${config}`,
    );
    return bench;
  }

  /** Runs `chot ...` to its end. */
  chot(args: readonly string[], input: string | Uint8Array = ''): Promise<Finished> {
    const child = this.#spawn(args, {});
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      this.printed += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      this.printed += text;
    });
    child.stdin?.on('error', () => undefined).end(input);
    return guarded(
      `chot ${args.join(' ')}`,
      new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => resolve({ code, stdout, stderr }));
      }),
    );
  }

  /** `lines` without the header; the list is as of now unless told. */
  importRegister(register: string, lines: readonly string[], asOf?: string): Promise<Finished> {
    const csv = ['number,status,from,until,source', ...lines, ''].join('\n');
    const dated = asOf === undefined ? [] : ['--as-of', asOf];
    return this.chot(['register', 'import', '-', '--register', register, ...dated], csv);
  }

  async start({ env = {} }: Started = {}): Promise<StationProcess> {
    const child = this.#spawn(['station', '--config', this.configFile], env);
    const station = new StationProcess(this, child, (text) => {
      this.printed += text;
    });
    await station.logged(({ event }) => event === 'started');
    return station;
  }

  /** Every record in its order, opened with the recipient's key. */
  async openJournal(): Promise<readonly StoredRecord[]> {
    const opened = await this.chot(['journal', 'export', '-', '--open', this.recipientKeyFile]);
    if (opened.code !== 0) throw new Error(`the journal does not open: ${opened.stderr}`);
    // What was opened on purpose is no leak.
    this.printed = this.printed.replace(opened.stdout, '');
    return opened.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as StoredRecord);
  }

  /** Ends what still runs and removes the folder. */
  async remove(): Promise<void> {
    for (const child of this.#children) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await guarded('a killed child ends', closed);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const command = compiledEntry('src/cli/chot.ts');
    const child = spawn(process.execPath, [command.pathname, ...args], {
      cwd: this.folder,
      env: { ...process.env, CHOT_DATA: this.dataDir, TMPDIR: this.tempDir, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }
}

/** A daemon that runs. */
export class StationProcess {
  /** Everything it wrote on standard error. */
  stderr = '';
  readonly #bench: StationBench;
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  readonly #listeners = new Set<() => void>();

  constructor(bench: StationBench, child: ChildProcess, printed: (text: string) => void) {
    this.#bench = bench;
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      printed(text);
      for (const listener of this.#listeners) listener();
    });
    this.#closed = new Promise((resolve) => {
      child.once('close', (code) => {
        resolve(code);
        for (const listener of this.#listeners) listener();
      });
    });
  }

  get pid(): number {
    return Number(this.#child.pid);
  }

  get origin(): string {
    const started = this.log().find(({ event }) => event === 'started');
    return String(started?.['origin']);
  }

  /** Whole lines so far; what is no JSON is a bug and throws. */
  log(): readonly LogLine[] {
    return this.stderr
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** The first log line, past or to come, that fits. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine> {
    return guarded(
      'a log line',
      new Promise((resolve, reject) => {
        const look = () => {
          const line = this.log().find(fits);
          if (line === undefined && this.#child.exitCode === null) return;
          this.#listeners.delete(look);
          if (line !== undefined) resolve(line);
          else reject(new Error(`the daemon ended: ${this.stderr}`));
        };
        this.#listeners.add(look);
        look();
      }),
    );
  }

  token(name: 'kiosk' | 'scanner' | 'monitor'): string {
    const folder = name === 'kiosk' ? 'run' : 'keys';
    return readFileSync(join(this.#bench.dataDir, folder, `${name}.token`), 'utf8').trimEnd();
  }

  /** As a software scanner does it. */
  present(text: string, lane = 'lane-1'): Promise<Response> {
    return fetch(`${this.origin}/api/v1/lanes/${lane}/presentations`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.token('scanner')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ text }),
    });
  }

  async metrics(): Promise<string> {
    return (await this.#monitored('/metrics')).text();
  }

  /** What `/readyz` says. */
  async ready(): Promise<Readiness & { readonly status: number; readonly ready: boolean }> {
    const answer = await this.#monitored('/readyz');
    const told = (await answer.json()) as Readiness & { readonly ready: boolean };
    return { status: answer.status, ...told };
  }

  #monitored(path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token('monitor')}` };
    return fetch(`${this.origin}${path}`, { headers });
  }

  /** Signs a staff page in, with the kiosk's token. */
  enter(): Promise<StaffSession> {
    return openStaffSession(this.origin, this.token('kiosk'));
  }

  /** SIGTERM, and its exit status. */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return guarded('the daemon stops', this.#closed);
  }

  /** SIGKILL: as the power goes, but for what the kernel still holds. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await guarded('the daemon is killed', this.#closed);
  }
}
