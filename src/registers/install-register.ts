import { InputError, StorageFault } from '../kernel/errors.ts';
import { buildOverlay, buildSnapshot } from './build-snapshot.ts';
import { STATUS_IDS, STATUSES } from './canaries.ts';
import type { FetchedFiles, WantedFile } from './fetched-files.ts';
import { overlayRows, readOverlay } from './overlay.ts';
import type { Way } from './plan-install.ts';
import { decodeChunk } from './published/chunk.ts';
import { decodeDelta } from './published/delta.ts';
import type { Manifest, PublishedDelta, PublishedRegister } from './published/manifest.ts';
import { nextVersion, putInPlace, removeUnused, renewDate } from './put-in-place.ts';
import { ROW_BYTES } from './row.ts';
import { type RegisterSecrets, Snapshot, type SnapshotMeta } from './snapshot.ts';
import { applyDelta, type Content, mergedParts } from './touched.ts';

/** Where and for whom a register is installed. */
export type InstallPlace = {
  readonly folder: string;
  readonly secrets: RegisterSecrets;
  readonly manifest: Manifest;
  readonly files: FetchedFiles;
  readonly nowMs: number;
};

/** An overlay that is longer is merged into a new base. */
const OVERLAY_ROWS_MAX = 200_000;
/** So is one of more than this share of the base, when it is not short anyway. */
const OVERLAY_SHARE_MAX = 0.05;
const OVERLAY_ROWS_ALWAYS = 1_000;

/**
 * Brings one register to what the manifest says; its files are here. Throws InputError for what a publisher did wrong, else what the
 * disk throws; what was in place stays whole then.
 */
export function installRegister(
  place: InstallPlace,
  register: PublishedRegister,
  way: Way,
  held: SnapshotMeta | null,
): void {
  refuseOtherStatuses(register);
  if (way.kind === 'unchanged') return;
  if (way.kind === 'renewed') {
    if (held !== null) renewDate(place.folder, place.secrets.databaseKey, held, register.asOfMs);
    return;
  }
  try {
    const start = way.kind === 'base' ? buildBase(place, register, held) : held;
    if (start === null) throw new TypeError('deltas lead on from what is held');
    const made = applyDeltas(place, register, start, way.deltas);
    refuseOtherContent(register, made);
    putInPlace(place.folder, place.secrets, made);
  } catch (error) {
    removeUnused(place.folder, place.secrets.databaseKey, register.name);
    throw error;
  }
}

/** The base as published: on the disk, not in place yet. */
function buildBase(
  { folder, secrets, manifest, files, nowMs }: InstallPlace,
  { name, asOfMs, sources, base }: PublishedRegister,
  held: SnapshotMeta | null,
): SnapshotMeta {
  const chunks = base.chunks.length === 1 ? 1 : 256;
  function* parts(): Generator<Buffer> {
    for (const [number, chunk] of base.chunks.entries()) {
      if (chunk === null) continue;
      const rows = decodeChunk(contentOf(files, chunk), { number, chunks });
      if (rows.length / ROW_BYTES !== chunk.rows) {
        throw new InputError(`chunk ${number}: expected the ${chunk.rows} rows its manifest names`);
      }
      yield rows;
    }
  }
  const meta = {
    register: name,
    generation: manifest.generation,
    version: nextVersion(folder, secrets.databaseKey, name),
    previousVersion: held?.version ?? null,
    published: base.version,
    asOfMs,
    madeMs: nowMs,
  };
  const counts = buildSnapshot(folder, secrets.databaseKey, { meta, sources, parts: parts() });
  return { ...meta, ...counts, base: null };
}

/** What the deltas make of `start`: on the disk, not in place yet. */
function applyDeltas(
  place: InstallPlace,
  register: PublishedRegister,
  start: SnapshotMeta,
  deltas: readonly PublishedDelta[],
): SnapshotMeta {
  if (deltas.length === 0) return start;
  const { folder, secrets } = place;
  const snapshot = Snapshot.open(folder, start, secrets);
  try {
    const content = deltas.reduce(
      (before, delta) => applyPublished(place, register, snapshot, before, delta),
      contentNow(snapshot),
    );
    return buildChanged(place, register, snapshot, content);
  } finally {
    snapshot.close();
  }
}

function contentNow({ meta, overlay }: Snapshot): Content {
  return {
    touched: overlay === null ? [] : readOverlay(overlay),
    rows: meta.entries + STATUSES.length,
    subjects: meta.subjects + STATUSES.length,
    checksum: meta.checksum,
  };
}

function applyPublished(
  { manifest, files }: InstallPlace,
  { name }: PublishedRegister,
  { base }: Snapshot,
  before: Content,
  published: PublishedDelta,
): Content {
  const delta = decodeDelta(contentOf(files, published));
  const isIts =
    delta.register === name &&
    delta.generation === manifest.generation &&
    delta.from === published.from &&
    delta.to === published.to;
  if (!isIts) throw new InputError(`${name}: expected the delta that its manifest names`);
  return applyDelta(base, before, delta);
}

function buildChanged(
  { folder, secrets, manifest, nowMs }: InstallPlace,
  { name, contentVersion, asOfMs, sources }: PublishedRegister,
  snapshot: Snapshot,
  { touched, rows, subjects, checksum }: Content,
): SnapshotMeta {
  const meta = {
    register: name,
    generation: manifest.generation,
    version: nextVersion(folder, secrets.databaseKey, name),
    previousVersion: snapshot.meta.version,
    published: contentVersion,
    asOfMs,
    madeMs: nowMs,
  };
  if (overlayRows(touched) > overlayRowsMax(rows)) {
    const parts = mergedParts(snapshot.base, touched);
    const counts = buildSnapshot(folder, secrets.databaseKey, { meta, sources, parts });
    return { ...meta, ...counts, base: null };
  }
  const changed = {
    ...{ ...meta, base: snapshot.meta.base ?? snapshot.meta.version, checksum },
    entries: rows - STATUSES.length,
    subjects: subjects - STATUSES.length,
  };
  buildOverlay(folder, secrets.databaseKey, { meta: changed, sources, touched });
  return changed;
}

function overlayRowsMax(rows: number): number {
  return Math.max(OVERLAY_ROWS_ALWAYS, Math.min(OVERLAY_ROWS_MAX, rows * OVERLAY_SHARE_MAX));
}

function contentOf(files: FetchedFiles, file: WantedFile): Buffer {
  const content = files.read(file);
  if (content !== null) return content;
  throw new StorageFault('io', 'a published file is gone again: look at the disk');
}

function refuseOtherStatuses({ name, statuses }: PublishedRegister): void {
  const known = statuses.every((status) =>
    STATUSES.some((ours) => STATUS_IDS[ours] === status.id && ours === status.name),
  );
  if (known && statuses.length === STATUSES.length) return;
  throw new InputError(
    `${name}: expected the statuses ${STATUSES.join(', ')}: this station’s software knows no others, update it`,
  );
}

function refuseOtherContent(register: PublishedRegister, made: SnapshotMeta): void {
  const { name, contentVersion, entries, subjects, totals } = register;
  const isIt =
    made.published === contentVersion &&
    made.entries === entries &&
    made.subjects === subjects &&
    made.checksum === totals.checksum;
  if (!isIt) throw new InputError(`${name}: expected the rows its manifest counts, came others`);
}
