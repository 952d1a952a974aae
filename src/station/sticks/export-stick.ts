import { sign } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Outbox } from '../../journal/outbox.ts';
import { SEGMENT_BYTES_MAX } from '../../journal/segment.ts';
import { toHex } from '../../kernel/bytes.ts';
import { ConfigError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { encodeUpReport, segmentFileName } from '../../sync/bundle/up-report.ts';
import type { Enrolment } from '../../sync/enrolment/enrolment.ts';
import { epochProofBytes } from '../../sync/protocol/proofs.ts';
import type { DataDirectory } from '../data-directory.ts';
import { replaceFile, replaceUnsettled, syncFolder } from '../durable-file.ts';
import { readStickFile } from './stick-file.ts';

export type ExportOptions = {
  readonly data: DataDirectory;
  readonly enrolment: Enrolment;
  /** Highest manifest version seen. */
  readonly manifest: number;
  readonly folder: string;
  /** The station's best guess; nothing depends on it. */
  readonly nowMs: number;
  readonly clock: Clock;
  readonly progress: (done: number, all: number) => void;
};

/** `written`: new on the stick. `there`: the same bytes were there. */
export type Exported = {
  readonly station: string;
  readonly written: number;
  readonly there: number;
  readonly bytes: number;
};

const TELL_EVERY = 64;

/**
 * Writes what the hub still has to get into a folder, as docs/protocol.md says ("Without a line"), and reads the journal beside
 * whoever writes it. May be repeated: what is on the stick already is left. Throws ConfigError when the stick does not take
 * it, StorageFault when the journal cannot be read, with the signal's reason when it is stopped.
 */
export async function exportStick(options: ExportOptions, signal: AbortSignal): Promise<Exported> {
  const { data, enrolment, folder, progress, clock } = options;
  const { station } = enrolment;
  const outbox = new Outbox(data.journalFile, data.keys.database);
  try {
    return await onStick(folder, async () => {
      mkdirSync(folder, { recursive: true });
      // The report first: it announces the epochs of what follows, also when the stick is taken out too early.
      replaceFile(join(folder, `${station}.report`), reportOf(outbox, options));
      const unsent = outbox.unsent();
      const counts = { written: 0, there: 0, bytes: 0 };
      for (const [index, { epoch, first }] of unsent.entries()) {
        if (index % TELL_EVERY === 0) {
          progress(index, unsent.length);
          await clock.sleep(0, signal);
          signal.throwIfAborted();
        }
        const bytes = outbox.segmentBytes(first);
        if (bytes === null) continue;
        const path = join(folder, segmentFileName(station, toHex(epoch), first));
        if (isThere(path, bytes)) counts.there++;
        else {
          replaceUnsettled(path, bytes);
          counts.written++;
        }
        counts.bytes += bytes.length;
      }
      syncFolder(folder);
      progress(unsent.length, unsent.length);
      return { station, ...counts };
    });
  } finally {
    outbox.close();
  }
}

function reportOf(outbox: Outbox, { data, enrolment, manifest, nowMs }: ExportOptions): Uint8Array {
  const { region, station } = enrolment;
  const { stationSigning } = data.keys;
  const signed = (bytes: Uint8Array) => sign(null, bytes, stationSigning);
  const epochs = outbox.epochs().map(({ epoch, first, previous, reason }) => {
    const claim = { epoch, first, previous, reason };
    return { ...claim, proof: signed(epochProofBytes({ region, station, ...claim })) };
  });
  const head = outbox.head(stationSigning);
  return encodeUpReport({ region, station, atMs: nowMs, manifest, head, epochs }, signed);
}

function isThere(path: string, bytes: Uint8Array): boolean {
  const there = readStickFile(path, SEGMENT_BYTES_MAX);
  return there !== null && Buffer.compare(there, bytes) === 0;
}

async function onStick<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new ConfigError(
      `${folder} cannot be written (${code}): make room on the stick, or name another folder; nothing is lost here`,
      { cause },
    );
  }
}
