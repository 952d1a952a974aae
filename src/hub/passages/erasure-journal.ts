import { closeSync, createReadStream, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import type { ErasedRange } from '../inbox/inbox-store.ts';

/** `person`: somebody's request, record by record. `retention`: whole segments of which nothing is left. */
export type ErasureCause = 'person' | 'retention';
export type Erasure = ErasedRange & { readonly cause: ErasureCause; readonly atMs: number };

const LINE_CHARS_MAX = 1_024;

/**
 * What was erased, by place and never by person: one JSON object a line, in files that outlive a restore. Every backup is
 * older than some erasure, so after a restore they are all gone through again (security J6).
 */
export class ErasureJournal {
  readonly #paths: readonly string[];

  /** The first is read; the others are copies for another disk. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** On disk in every file when it returns. */
  append(erasures: readonly Erasure[]): void {
    this.#write(
      erasures.map(({ atMs, cause, station, epoch, from, to }) =>
        JSON.stringify({ atMs, cause, station, epoch: toHex(epoch), from, to }),
      ),
    );
  }

  /** Everything so far is in force in the databases. */
  markDone(atMs: number): void {
    this.#write([JSON.stringify({ atMs, done: true })]);
  }

  /** In order. `pending`: only those behind the last mark. A line that was cut short by a crash was not in force yet. */
  async *read(which: 'all' | 'pending'): AsyncGenerator<Erasure> {
    let skip = which === 'pending' ? await this.#lastMark() : 0;
    for await (const entry of this.#entries()) {
      if (skip > 0) skip--;
      else if (entry !== 'done') yield entry;
    }
  }

  /** How many entries lead up to the last mark, with it. */
  async #lastMark(): Promise<number> {
    let count = 0;
    let mark = 0;
    for await (const entry of this.#entries()) {
      count++;
      if (entry === 'done') mark = count;
    }
    return mark;
  }

  async *#entries(): AsyncGenerator<Erasure | 'done'> {
    const [path] = this.#paths;
    if (path === undefined || !existsSync(path)) return;
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
    for await (const line of lines) {
      const entry = line.length > LINE_CHARS_MAX ? null : parse(line);
      if (entry !== null) yield entry;
    }
  }

  #write(lines: readonly string[]): void {
    if (lines.length === 0) return;
    for (const path of this.#paths) {
      const handle = openSync(path, 'a', 0o600);
      try {
        // A line before it that was cut short ends here.
        writeSync(handle, `\n${lines.join('\n')}\n`);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    }
  }
}

function parse(line: string): Erasure | 'done' | null {
  const value = fieldsOf(line);
  if (value === null) return null;
  if (value['done'] === true) return 'done';
  const { atMs, cause, station, epoch, from, to } = value;
  const bytes = typeof epoch === 'string' ? fromHex(epoch) : null;
  const isWhole =
    typeof station === 'string' &&
    bytes !== null &&
    (cause === 'person' || cause === 'retention') &&
    [atMs, from, to].every(Number.isSafeInteger);
  if (!isWhole) return null;
  return { station, epoch: bytes, cause, atMs: Number(atMs), from: Number(from), to: Number(to) };
}

function fieldsOf(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
