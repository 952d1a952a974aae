import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { compiledEntry } from '../../../src/kernel/package-root.ts';
import { readBuildInfo } from '../../../src/station/build-info.ts';
import { openDataDirectory } from '../../../src/station/data-directory.ts';
import { enrolStation } from '../../../src/station/enrol-station.ts';
import { systemClock } from '../../../src/station/system-clock.ts';
import { parseEnrolmentCode } from '../../../src/sync/protocol/enrolment-code.ts';
import { endOf } from './children.ts';
import type { StationNews, StationOrder } from './messages.ts';

export type StationParts = {
  readonly id: string;
  readonly base: string;
  readonly fifo: string;
  readonly seed: number;
  readonly onAcked: (count: number) => void;
  /** It ended, and nobody had ended it. */
  readonly onLost: (how: string) => void;
};

/** A station of the campaign as its director sees it, over all its lives. */
export class CampaignStation {
  readonly id: string;
  readonly folder: string;
  /** Alarms over all lives, and what else its journal told of itself. */
  readonly alarms = new Map<string, number>();
  readonly #parts: StationParts;
  #child: ChildProcess | null = null;
  #lives = 0;
  kills = 0;
  /** The newest record that was acknowledged. */
  head = 0;
  #acked = 0;
  /** Records that are to be acknowledged by all lives together. */
  #wanted = 0;
  #reached: (() => void) | null = null;
  #isUp = false;

  constructor(parts: StationParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.folder = join(parts.base, parts.id);
  }

  async enrol(code: string, port: number): Promise<void> {
    const data = openDataDirectory(this.folder);
    const hub = new URL(`https://127.0.0.1:${port}`);
    await enrolStation(
      {
        ...{ data, hub, code: parseEnrolmentCode(code), again: false },
        ...{ build: readBuildInfo(), clock: systemClock },
      },
      new AbortController().signal,
    );
  }

  async start(): Promise<void> {
    const { fifo, seed } = this.#parts;
    const child = fork(compiledEntry('scripts/faults/campaign-station.ts'), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    const up = new Promise<void>((resolve, reject) => {
      child.on('message', (news: StationNews) => this.#hear(news, resolve));
      child.once('exit', (code, by) => {
        reject(new Error(`${this.id} ended before it was up: ${code ?? by}`));
        if (this.#isUp) this.#parts.onLost(`${this.id} ended by itself: ${code ?? by}`);
      });
    });
    this.#order({ kind: 'start', folder: this.folder, fifo, life: ++this.#lives, seed });
    await up;
    this.#isUp = true;
    if (this.#wanted > this.#acked) {
      this.#order({ kind: 'write', count: this.#wanted - this.#acked });
    }
  }

  /** Resolves when so many more are acknowledged, by however many lives. */
  async write(count: number): Promise<void> {
    this.#wanted += count;
    // One that is not up is told when it is.
    if (this.#isUp) this.#order({ kind: 'write', count });
    if (this.#acked >= this.#wanted) return;
    await new Promise<void>((resolve) => {
      this.#reached = resolve;
    });
  }

  hurry(): void {
    this.#order({ kind: 'hurry' });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.kills++;
    this.#isUp = false;
    child.kill('SIGKILL');
    await endOf(child);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#isUp = false;
    this.#order({ kind: 'stop' });
    await endOf(child);
    if (child.exitCode !== 0) throw new Error(`${this.id} ended with ${child.exitCode}`);
  }

  #hear(news: StationNews, up: () => void): void {
    if (news.kind === 'up') up();
    if (news.kind === 'alarm') this.alarms.set(news.code, (this.alarms.get(news.code) ?? 0) + 1);
    if (news.kind !== 'acked') return;
    this.head = news.head;
    this.#acked += news.count;
    this.#parts.onAcked(news.count);
    if (this.#acked >= this.#wanted) this.#reached?.();
  }

  /** One that is just ending does not hear; the next life is told anew. */
  #order(order: StationOrder): void {
    const child = this.#child;
    if (child?.connected === true) child.send(order, () => {});
  }
}
