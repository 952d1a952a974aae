import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperatorRole } from '../../src/hub/operators/operator-store.ts';
import { compiledEntry } from '../../src/kernel/package-root.ts';
import { guarded } from './guarded.ts';
import type { Finished } from './station-process.ts';

type Called = {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
};
export type HubAnswer = { readonly status: number; readonly text: string };

/** A real hub as an operator runs it: commands and a daemon of their own processes, in a folder of its own. */
export class HubBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'chot-hub-'));
  readonly rootFile = join(this.folder, 'root.pem');
  readonly dataDir = join(this.folder, 'hub');
  readonly #tokens = new Map<string, string>();
  readonly #children = new Set<ChildProcess>();
  #log = '';
  #origin = '';

  /** `chot hub init` for region hcm, and a configuration; without a port one that is free. */
  static async make(port = 0): Promise<HubBench> {
    const bench = new HubBench();
    mkdirSync(join(bench.folder, 'temp'));
    const hosts = ['--host', 'localhost', '--host', '127.0.0.1'];
    await bench.done(['init', '--region', 'hcm', ...hosts, '--root', bench.rootFile]);
    writeFileSync(
      join(bench.folder, 'hub.toml'),
      `[http]\nport = ${port}\nnames = ["localhost", "127.0.0.1"]\n`,
    );
    return bench;
  }

  /** Arguments of the daemon. */
  get daemon(): readonly string[] {
    return ['--config', join(this.folder, 'hub.toml')];
  }

  get origin(): string {
    return this.#origin;
  }

  /** `chot hub ...` to its end. */
  chot(args: readonly string[]): Promise<Finished> {
    const child = this.#spawn(args);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Finished>((resolve) => {
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
    return guarded(`chot hub ${args.join(' ')}`, ended);
  }

  /** What a command printed that has to go well. */
  async done(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.chot(args);
    if (code !== 0) throw new Error(`chot hub ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = this.#spawn(this.daemon);
    const listens = new Promise<string>((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
        const origin = /"event":"hub-started".*"origin":"([^"]+)"/.exec(this.#log)?.[1];
        if (origin !== undefined) resolve(origin);
      });
      child.once('close', () => reject(new Error(`the hub ended: ${this.#log}`)));
    });
    this.#origin = await guarded('the hub listens', listens);
  }

  async operator(name: string, role: OperatorRole): Promise<void> {
    const token = await this.done(['operator', 'add', name, '--role', role]);
    writeFileSync(this.tokenFile(name), token, { mode: 0o600 });
    this.#tokens.set(name, token.trim());
  }

  tokenFile(who: string): string {
    return join(this.folder, `${who}.token`);
  }

  /** `chot hub ...` that asks the running hub, with this operator's token. */
  as(who: string, args: readonly string[]): Promise<Finished> {
    return this.chot([...args, '--hub', this.#origin, '--token-file', this.tokenFile(who)]);
  }

  /** Lines of its log so far, those that are whole. */
  get log(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.#log.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }

  /** The operators' interface, over TLS that is verified. */
  call(who: string, path: string, called: Called = {}): Promise<HubAnswer> {
    const { method = 'GET', body, type = 'application/json', headers = {} } = called;
    const answer = new Promise<HubAnswer>((resolve, reject) => {
      const sent = request(
        new URL(path, this.#origin),
        {
          ...{ method, ca: readFileSync(join(this.dataDir, 'keys/authority-1.pem')) },
          headers: {
            authorization: `Bearer ${this.#tokens.get(who)}`,
            ...(body === undefined ? {} : { 'content-type': type }),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      sent.once('error', reject).end(body);
    });
    return guarded(`${method} ${path}`, answer);
  }

  async remove(): Promise<void> {
    for (const child of this.#children) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await guarded('the hub ends', closed);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(args: readonly string[]): ChildProcess {
    const { pathname } = compiledEntry('src/cli/chot.ts');
    const child = spawn(process.execPath, [pathname, 'hub', ...args, '--data', this.dataDir], {
      cwd: this.folder,
      // Elsewhere, so that a command that does not heed --data fails.
      env: {
        ...process.env,
        CHOT_HUB_DATA: join(this.folder, 'elsewhere'),
        TMPDIR: join(this.folder, 'temp'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }
}
