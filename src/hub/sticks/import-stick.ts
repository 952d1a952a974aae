import { opendirSync } from 'node:fs';
import { join } from 'node:path';
import { SEGMENT_BYTES_MAX } from '../../journal/segment.ts';
import { fromHex } from '../../kernel/bytes.ts';
import { ConfigError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { readStickFile } from '../../station/sticks/stick-file.ts';
import { REPORT_BYTES_MAX, REPORT_NAME, readSegmentFileName } from '../../sync/bundle/up-report.ts';
import type { StickPort, StickSegmentOutcome } from './stick-desk.ts';

/** What lies in one folder: two months of a station at one segment a minute, or a week of ten. */
const FILES_MAX = 200_000;
/** As many as a station may have under way. */
const AT_ONCE = 8;
const REFUSALS_MAX = 100;

export type StickRefusal = {
  readonly file: string;
  readonly code: string;
  readonly message: string;
};

export type Imported = {
  readonly stored: number;
  readonly known: number;
  /** The first hundred, and how many there are. */
  readonly refused: readonly StickRefusal[];
  readonly refusedCount: number;
  /** By station: the newest record of its journal when the stick was written. */
  readonly heads: Readonly<Record<string, number>>;
};

export type ImportStickOptions = {
  readonly folder: string;
  readonly port: StickPort;
  readonly clock: Clock;
  readonly progress: (done: number, all: number) => void;
};

/**
 * Gives every report and segment in a folder to the inbox. What is refused is named and stops nothing; may be repeated. Throws
 * ConfigError when the folder cannot be read, and the signal's reason.
 */
export async function importStick(
  { folder, port, clock, progress }: ImportStickOptions,
  signal: AbortSignal,
): Promise<Imported> {
  const { reports, segments } = namesIn(folder);
  const tally = new Tally();
  for (const name of reports) {
    const bytes = readStickFile(join(folder, name), REPORT_BYTES_MAX);
    if (bytes === null) {
      tally.refuse(name, 'report.malformed', 'expected a plain file of at most half a megabyte');
      continue;
    }
    const said = await port.report(bytes);
    if (said.kind === 'refused') tally.refuse(name, said.code, said.message);
    else tally.report(name, said.head, said.refusedEpochs);
  }
  for (let at = 0; at < segments.length; at += AT_ONCE) {
    progress(at, segments.length);
    const some = segments.slice(at, at + AT_ONCE);
    await Promise.all(
      some.map(async (name) => tally.segment(name, await give(join(folder, name), name))),
    );
  }
  progress(segments.length, segments.length);
  return tally.result();

  async function give(path: string, name: string): Promise<StickSegmentOutcome> {
    const place = readSegmentFileName(name);
    const epoch = fromHex(place?.epoch ?? '');
    const bytes = readStickFile(path, SEGMENT_BYTES_MAX);
    if (place === null || epoch === null || bytes === null) {
      const message = `expected a plain file of at most ${SEGMENT_BYTES_MAX} bytes`;
      return { kind: 'refused', code: 'segment.malformed', message };
    }
    for (;;) {
      signal.throwIfAborted();
      const said = await port.segment({ ...place, epoch }, bytes);
      if (said.kind !== 'busy') return said;
      await clock.sleep(said.retryAfterS * 1_000, signal);
    }
  }
}

class Tally {
  #stored = 0;
  #known = 0;
  #refusedCount = 0;
  readonly #refused: StickRefusal[] = [];
  readonly #heads: Record<string, number> = {};

  report(file: string, head: number, refusedEpochs: number): void {
    const [, station = ''] = REPORT_NAME.exec(file) ?? [];
    this.#heads[station] = head;
    if (refusedEpochs === 0) return;
    this.refuse(
      file,
      'epoch.conflict',
      `${refusedEpochs} epoch(s) are not proved, or were announced otherwise`,
    );
  }

  segment(file: string, said: StickSegmentOutcome): void {
    if (said.kind === 'stored') this.#stored++;
    else if (said.kind === 'known') this.#known++;
    else if (said.kind === 'refused') this.refuse(file, said.code, said.message);
  }

  refuse(file: string, code: string, message: string): void {
    this.#refusedCount++;
    if (this.#refused.length < REFUSALS_MAX) this.#refused.push({ file, code, message });
  }

  result(): Imported {
    return {
      ...{ stored: this.#stored, known: this.#known, heads: this.#heads },
      ...{ refused: this.#refused, refusedCount: this.#refusedCount },
    };
  }
}

/** Segments in the order of their numbers: then each is linked as it comes. */
function namesIn(folder: string) {
  const reports: string[] = [];
  const segments: string[] = [];
  try {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        if (REPORT_NAME.test(entry.name)) reports.push(entry.name);
        else if (readSegmentFileName(entry.name) !== null) segments.push(entry.name);
        if (reports.length + segments.length > FILES_MAX) {
          throw new ConfigError(`${folder} holds more than ${FILES_MAX} files: import it in parts`);
        }
      }
    } finally {
      entries.closeSync();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${folder} cannot be read (${code}): name the folder of the stick`, {
      cause,
    });
  }
  return { reports: reports.sort(), segments: segments.sort() };
}
