import { CANARY_SOURCE, STATUS_IDS, STATUSES } from '../../registers/canaries.ts';
import { rowsOfRecords } from '../../registers/entry-record.ts';
import { chunksFor, chunksOf, type PublishedFile } from '../../registers/published/chunk.ts';
import {
  DELTA_BYTES_MAX,
  DELTA_ROWS_MAX,
  encodeDelta,
  type RowTotals,
} from '../../registers/published/delta.ts';
import type { PublishedRegister } from '../../registers/published/manifest.ts';
import { ROW_BYTES } from '../../registers/row.ts';
import { RowChecksum } from '../../registers/row-checksum.ts';
import type { PublishedFiles } from './published-files.ts';
import { type Applied, applyChange, countSubjects, type Records } from './register-records.ts';
import type { BatchSource } from './register-store.ts';

/** A longer chain costs a station that was away more requests than a new base. */
const DELTAS_MAX = 32;
/** Deltas of so much of the base's bytes are made into a new base. */
const DELTA_SHARE_MAX = 0.05;
const UNUSED_SOURCE = 'unused';
const SOURCE_CHARACTERS_MAX = 64;

export type RegisterChange = {
  readonly name: string;
  readonly generation: number;
  readonly version: number;
  readonly asOfMs: number;
  /** As the last manifest has it; null for a new one, or where a new base is wanted. */
  readonly before: PublishedRegister | null;
  /** Of `before`; empty for a new one. */
  readonly records: Records;
  readonly removeSources: ReadonlySet<number>;
  /** Sorted; with the canaries where `records` is empty. */
  readonly added: Records;
  readonly sources: readonly BatchSource[];
};

/** What a manifest says of a register after a change, its files written, and its rows. */
export function publishRegister(
  files: PublishedFiles,
  change: RegisterChange,
): { readonly published: PublishedRegister; readonly records: Records } {
  const { name, version, asOfMs, before } = change;
  const applied = applyChange(change.records, change.removeSources, change.added);
  // Of a chain that lost a file to the disk no station can get over the hole.
  const chain = before !== null && files.holds(before) ? before : null;
  const step = chain === null ? null : putDelta(files, change, chain, applied);
  // All rows are copied only for a new base: of ten million that takes most of a small change's time.
  const { totals, ...put } = step ?? putBase(files, rowsOfRecords(applied.records), version);
  const entries = totals.rows - STATUSES.length;
  const published = {
    ...{ name, contentVersion: version, asOfMs, totals, entries },
    subjects: countSubjects(applied.records) - STATUSES.length,
    statuses: STATUSES.map((status) => ({ id: STATUS_IDS[status], name: status })),
    sources: sourceNames(change.sources),
    ...put,
  };
  return { published, records: applied.records };
}

type Put = Pick<PublishedRegister, 'base' | 'deltas' | 'totals'>;

/** Null where a new base is better. */
function putDelta(
  files: PublishedFiles,
  { name, generation, version, added }: RegisterChange,
  before: PublishedRegister,
  applied: Applied,
): Put | null {
  const addedRows = rowsOfRecords(added);
  const most = Math.max(applied.removed.length, addedRows.length / ROW_BYTES);
  if (most > DELTA_ROWS_MAX || before.deltas.length >= DELTAS_MAX) return null;
  const totals = totalsAfter(before.totals, applied, addedRows);
  const content = encodeDelta({
    ...{ register: name, generation, from: before.contentVersion, to: version },
    ...{ before: before.totals, after: totals, removed: applied.removed, added: addedRows },
  });
  const chain = before.deltas.reduce((sum, { bytes }) => sum + bytes, content.length);
  const base = before.base.chunks.reduce((sum, chunk) => sum + (chunk?.bytes ?? 0), 0);
  if (
    content.length > DELTA_BYTES_MAX ||
    chain > Math.max(base * DELTA_SHARE_MAX, SMALL_CHAIN_BYTES)
  ) {
    return null;
  }
  const delta = { from: before.contentVersion, to: version, ...files.put(content) };
  return { totals, base: before.base, deltas: [...before.deltas, delta] };
}

/** Below this no chain is worth a new base. */
const SMALL_CHAIN_BYTES = 65_536;

function putBase(files: PublishedFiles, rows: Buffer, version: number): Put {
  const many = chunksFor(rows.length / ROW_BYTES);
  const chunks: (PublishedFile | null)[] = Array.from({ length: many }, () => null);
  for (const { number, content, rows: count } of chunksOf([rows], many)) {
    chunks[number] = { ...files.put(content), rows: count };
  }
  return { totals: totalsOf(rows), base: { version, chunks }, deltas: [] };
}

function totalsOf(rows: Buffer): RowTotals {
  return { rows: rows.length / ROW_BYTES, checksum: new RowChecksum().add(rows).hex };
}

function totalsAfter(
  before: RowTotals,
  { removed, removedRecords }: Applied,
  addedRows: Buffer,
): RowTotals {
  const checksum = RowChecksum.of(before.checksum)
    .subtract(rowsOfRecords(removedRecords))
    .add(addedRows);
  const rows = before.rows - removed.length + addedRows.length / ROW_BYTES;
  return { rows, checksum: checksum.hex };
}

/** By id. A batch is told by its number before the name of who reported (security R5). */
function sourceNames(sources: readonly BatchSource[]): readonly string[] {
  const highest = Math.max(0, ...sources.map(({ id }) => id));
  const names = Array.from({ length: highest + 1 }, () => UNUSED_SOURCE);
  names[0] = CANARY_SOURCE;
  for (const { id, batch, name } of sources) {
    names[id] = [...`b${batch} ${name}`].slice(0, SOURCE_CHARACTERS_MAX).join('').trimEnd();
  }
  return names;
}
