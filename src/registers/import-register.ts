import { instantToIso } from '../kernel/calendar.ts';
import { InputError } from '../kernel/errors.ts';
import { buildSnapshot } from './build-snapshot.ts';
import type { BadLine } from './import-lines.ts';
import { ImportLines } from './import-lines.ts';
import type { RegisterFormat } from './parse-line.ts';
import { metaInPlace, nextVersion, putInPlace } from './put-in-place.ts';
import type { RegisterSecrets, SnapshotMeta } from './snapshot.ts';
import { isRegisterName } from './snapshot-name.ts';
import { Staging } from './staging.ts';
import { deriveRegisterKey, subjectDigest } from './subject-key.ts';

export type ImportRequest = {
  readonly input: AsyncIterable<Uint8Array>;
  readonly format: RegisterFormat;
  readonly register: string;
  /** When what the list says was so. Not later than `nowMs`. */
  readonly asOfMs: number;
  readonly nowMs: number;
  /** How long a status lasts whose `until` is empty; null: it may not be. */
  readonly defaultDays: number | null;
  /** Takes a list without entries, which is nearly always a broken export. */
  readonly allowEmpty: boolean;
  /** Takes a list that is older than the one in place. */
  readonly allowOlder: boolean;
  readonly folder: string;
  readonly secrets: RegisterSecrets;
  readonly signal: AbortSignal;
};

export type ImportOutcome =
  | {
      readonly kind: 'imported';
      readonly meta: SnapshotMeta;
      /** Lines with an entry; `untilDefaulted` of them had no `until`. */
      readonly lines: number;
      readonly untilDefaulted: number;
      /** Earlier numbers and QIDs that those persons are listed by besides. */
      readonly others: number;
      readonly previous: SnapshotMeta | null;
    }
  | {
      readonly kind: 'refused';
      /** The first ones, in the file's order. */
      readonly badLines: readonly BadLine[];
      readonly badTotal: number;
    };

/**
 * Replaces one register by what a file says, whole or not at all, while look-ups go on in this or another process. Throws
 * InputError for a file that is none, StorageFault for the disk; bad lines are an outcome.
 */
export async function importRegister(request: ImportRequest): Promise<ImportOutcome> {
  const { folder, secrets, register } = request;
  if (!isRegisterName(register)) {
    throw new InputError('expected a register name of 1 to 16 small letters and digits, as f0');
  }
  if (request.asOfMs > request.nowMs) {
    throw new InputError(
      `the list cannot be of ${instantToIso(request.asOfMs)}, later than this machine’s time ${instantToIso(request.nowMs)}: check the clock, then the date given`,
    );
  }
  const staging = new Staging(folder, secrets.databaseKey);
  try {
    const previous = metaInPlace(folder, register, secrets);
    refuseOlder(request, previous);
    const { format, defaultDays } = request;
    const lines = new ImportLines(format, { defaultDays, attributes: null });
    const registerKey = deriveRegisterKey(secrets.region.key, register);
    await lines.read(request.input, request.signal, ({ kind, value }, fields) => {
      staging.add(subjectDigest(registerKey, kind, value), fields);
    });
    if (lines.badTotal > 0) {
      return { kind: 'refused', badLines: lines.badLines, badTotal: lines.badTotal };
    }
    if (lines.count === 0 && !request.allowEmpty) {
      throw new InputError(
        'the file has no entries: if nobody is on the list any more, say so with --allow-empty',
      );
    }
    const meta = publish(request, staging, lines.sources, registerKey, previous);
    return {
      kind: 'imported',
      meta,
      lines: lines.count,
      untilDefaulted: lines.untilDefaulted,
      others: lines.others,
      previous,
    };
  } finally {
    staging.close();
  }
}

function publish(
  { folder, secrets, register, asOfMs, nowMs }: ImportRequest,
  staging: Staging,
  sources: readonly string[],
  registerKey: Uint8Array,
  previous: SnapshotMeta | null,
): SnapshotMeta {
  staging.addCanaries(registerKey);
  const meta = {
    register,
    generation: secrets.region.generation,
    version: nextVersion(folder, secrets.databaseKey, register),
    previousVersion: previous?.version ?? null,
    published: null,
    asOfMs,
    madeMs: nowMs,
  };
  const content = { meta, sources, parts: staging.sorted() };
  const counts = buildSnapshot(folder, secrets.databaseKey, content);
  const made = { ...meta, ...counts, base: null };
  putInPlace(folder, secrets, made);
  return made;
}

function refuseOlder({ allowOlder, asOfMs }: ImportRequest, previous: SnapshotMeta | null): void {
  if (previous === null || allowOlder || asOfMs >= previous.asOfMs) return;
  throw new InputError(
    `the list is of ${instantToIso(asOfMs)}, the one in place of ${instantToIso(previous.asOfMs)}: take the newer file, or say --allow-older`,
  );
}
