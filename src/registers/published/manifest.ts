import { createHash } from 'node:crypto';
import { type CanonicalField, canonicalBytes, fromHex, toHex } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { isRegisterName } from '../snapshot-name.ts';
import { CHUNK_BYTES_MAX, CHUNK_ROWS_MAX, CHUNKS_MANY, type PublishedFile } from './chunk.ts';
import { DELTA_BYTES_MAX, type RowTotals } from './delta.ts';
import { LIST_BYTES_MAX, LIST_NAMES, LIST_ROWS_MAX, type ListName } from './list-codec.ts';

/** What a hub publishes for a region, all of it (security R2). Its bytes are the body of a statement of a `manifest` key. */
export type Manifest = {
  readonly region: string;
  /** Of the region's register key. */
  readonly generation: number;
  readonly version: number;
  /** SHA-256 of the manifest before, hexadecimal; 64 zeros for the first. */
  readonly previous: string;
  readonly issuedMs: number;
  readonly notAfterMs: number;
  /** By name. A register that is not named is absent, which is not empty. */
  readonly registers: readonly PublishedRegister[];
  readonly lists: Readonly<Record<ListName, PublishedList | null>>;
};

export type PublishedRegister = {
  readonly name: string;
  /** Manifest version at which its content last changed. */
  readonly contentVersion: number;
  /** What the list says was so then; moves also when an unchanged list is confirmed. */
  readonly asOfMs: number;
  /** Different rows and different subjects, canaries apart. */
  readonly entries: number;
  readonly subjects: number;
  /** All rows at `contentVersion`, canaries too. */
  readonly totals: RowTotals;
  readonly statuses: readonly { readonly id: number; readonly name: string }[];
  /** Names by their id; an id in use keeps its name. */
  readonly sources: readonly string[];
  readonly base: PublishedBase;
  /** Lead from the base's version to `contentVersion`, one after another. */
  readonly deltas: readonly PublishedDelta[];
};

export type PublishedBase = {
  readonly version: number;
  /** One, or 256 in order; null where a key range has no rows. */
  readonly chunks: readonly (PublishedFile | null)[];
};

export type PublishedDelta = {
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
  readonly bytes: number;
};

export type PublishedList = PublishedFile & { readonly contentVersion: number };

const LABEL = 'chot/manifest/v1';
const HASH_BYTES = 32;
const CHUNK_ENTRY_BYTES = 40;
const CHECKSUM_BYTES = 8;
const ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
const ID_BYTES_MAX = 32;
const NAME_BYTES_MAX = 16;
const REGISTERS_MAX = 32;
const STATUSES_MAX = 255;
const SOURCES_MAX = 256;
const SOURCE_CHARACTERS_MAX = 64;
const SOURCE_BYTES_MAX = 4 * SOURCE_CHARACTERS_MAX;
const DELTAS_MAX = 512;
const ROWS_MAX = CHUNKS_MANY * CHUNK_ROWS_MAX;
const NO_CHUNK = Buffer.alloc(CHUNK_ENTRY_BYTES);
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;

/** Longer ones are refused before they are read. */
export const MANIFEST_BYTES_MAX = 2 * 1024 * 1024;

export function encodeManifest(manifest: Manifest): Uint8Array {
  const { region, generation, version, previous, issuedMs, notAfterMs, registers, lists } =
    manifest;
  return canonicalBytes([
    ...[LABEL, region, generation, version, bytesOf(previous), issuedMs, notAfterMs],
    registers.length,
    ...registers.flatMap(registerFields),
    ...LIST_NAMES.flatMap((name) => listFields(lists[name])),
  ]);
}

/** SHA-256 of a manifest's bytes, by which the next one names it. */
export function manifestHash(bytes: Uint8Array): string {
  return toHex(createHash('sha256').update(bytes).digest());
}

/** Throws InputError for anything that `encodeManifest` would not have written, or that contradicts itself. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = new CanonicalReader(bytes, 'manifest');
  if (bytes.length > MANIFEST_BYTES_MAX) throw reader.unfit(`at most ${MANIFEST_BYTES_MAX} bytes`);
  reader.label(LABEL);
  const region = reader.text(ID_BYTES_MAX);
  const generation = reader.uint64();
  const version = reader.uint64();
  const previous = toHex(reader.exactly(HASH_BYTES));
  const issuedMs = reader.uint64();
  const notAfterMs = reader.uint64();
  const registers = reader.list(REGISTERS_MAX, () => readRegister(reader, version));
  const lists = {
    notices: readList(reader, version),
    attributes: readList(reader, version),
    officers: readList(reader, version),
  };
  reader.end();
  if (!ID.test(region)) throw reader.unfit('a region of a-z, 0-9 and -');
  if (generation < 1 || generation > 999_999_999 || version < 1) {
    throw reader.unfit('a generation and a version from 1 on');
  }
  if (notAfterMs <= issuedMs) throw reader.unfit('an end after the time of issue');
  if (!ascending(registers.map(({ name }) => name))) {
    throw reader.unfit('registers by name, once each');
  }
  return { region, generation, version, previous, issuedMs, notAfterMs, registers, lists };
}

function registerFields(register: PublishedRegister): CanonicalField[] {
  const { name, contentVersion, asOfMs, entries, subjects, totals } = register;
  const { statuses, sources, base, deltas } = register;
  return [
    ...[name, contentVersion, asOfMs, entries, subjects],
    ...[totals.rows, bytesOf(totals.checksum)],
    statuses.length,
    ...statuses.flatMap((status) => [status.id, status.name]),
    sources.length,
    ...sources,
    base.version,
    Buffer.concat(base.chunks.map(chunkEntry)),
    deltas.length,
    ...deltas.flatMap(({ from, to, sha256, bytes }) => [from, to, bytesOf(sha256), bytes]),
  ];
}

function readRegister(reader: CanonicalReader, version: number): PublishedRegister {
  const name = reader.text(NAME_BYTES_MAX);
  const contentVersion = reader.uint64();
  const asOfMs = reader.uint64();
  const entries = reader.count(ROWS_MAX);
  const subjects = reader.count(ROWS_MAX);
  const totals = {
    rows: reader.count(ROWS_MAX),
    checksum: toHex(reader.exactly(CHECKSUM_BYTES)),
  };
  const statuses = reader.list(STATUSES_MAX, () => ({
    id: reader.count(STATUSES_MAX),
    name: reader.text(NAME_BYTES_MAX),
  }));
  const sources = reader.list(SOURCES_MAX, () => reader.text(SOURCE_BYTES_MAX));
  const base = { version: reader.uint64(), chunks: readChunks(reader) };
  const deltas = reader.list(DELTAS_MAX, () => ({
    from: reader.uint64(),
    to: reader.uint64(),
    sha256: toHex(reader.exactly(HASH_BYTES)),
    bytes: reader.count(DELTA_BYTES_MAX),
  }));
  if (!isRegisterName(name)) throw reader.unfit('register names of a-z and 0-9');
  if (contentVersion > version || base.version < 1) {
    throw reader.unfit('no content later than the manifest');
  }
  refuseTables(reader, statuses, sources);
  refuseGaps(reader, base.version, deltas, contentVersion);
  if (subjects > entries || entries + statuses.length !== totals.rows) {
    throw reader.unfit('rows for every entry and one canary a status');
  }
  return {
    ...{ name, contentVersion, asOfMs, entries, subjects, totals },
    ...{ statuses, sources, base, deltas },
  };
}

function refuseTables(
  reader: CanonicalReader,
  statuses: PublishedRegister['statuses'],
  sources: readonly string[],
): void {
  const ids = statuses.map(({ id }) => id);
  const rise = ids.every((id, index) => id > (ids[index - 1] ?? 0));
  if (!rise || ids.length === 0) throw reader.unfit('statuses by id, from 1 on');
  const named = sources.every(
    (source) => PRINTABLE.test(source) && [...source].length <= SOURCE_CHARACTERS_MAX,
  );
  if (!named || sources.length === 0) throw reader.unfit('printable names of sources');
}

function refuseGaps(
  reader: CanonicalReader,
  base: number,
  deltas: readonly PublishedDelta[],
  contentVersion: number,
): void {
  let at = base;
  for (const { from, to } of deltas) {
    if (from !== at || to <= from) throw reader.unfit('deltas that follow one another');
    at = to;
  }
  if (at !== contentVersion) throw reader.unfit('deltas that lead to the content’s version');
}

function chunkEntry(chunk: PublishedFile | null): Buffer {
  if (chunk === null) return NO_CHUNK;
  const entry = Buffer.alloc(CHUNK_ENTRY_BYTES);
  entry.set(bytesOf(chunk.sha256));
  entry.writeUInt32BE(chunk.bytes, HASH_BYTES);
  entry.writeUInt32BE(chunk.rows, HASH_BYTES + 4);
  return entry;
}

function readChunks(reader: CanonicalReader): (PublishedFile | null)[] {
  const field = reader.field(CHUNKS_MANY * CHUNK_ENTRY_BYTES);
  const table = Buffer.from(field.buffer, field.byteOffset, field.byteLength);
  const count = table.length / CHUNK_ENTRY_BYTES;
  if (count !== 1 && count !== CHUNKS_MANY) throw reader.unfit('1 or 256 chunks');
  return Array.from({ length: count }, (_, index) => {
    const entry = table.subarray(index * CHUNK_ENTRY_BYTES, (index + 1) * CHUNK_ENTRY_BYTES);
    if (entry.equals(NO_CHUNK)) return null;
    const bytes = entry.readUInt32BE(HASH_BYTES);
    const rows = entry.readUInt32BE(HASH_BYTES + 4);
    const fits = bytes > 0 && bytes <= CHUNK_BYTES_MAX && rows > 0 && rows <= CHUNK_ROWS_MAX;
    if (!fits) throw reader.unfit('chunks within their bounds');
    return { sha256: toHex(entry.subarray(0, HASH_BYTES)), bytes, rows };
  });
}

function listFields(list: PublishedList | null): CanonicalField[] {
  if (list === null) return [0];
  return [1, bytesOf(list.sha256), list.bytes, list.rows, list.contentVersion];
}

function readList(reader: CanonicalReader, version: number): PublishedList | null {
  if (reader.count(1) === 0) return null;
  const list = {
    sha256: toHex(reader.exactly(HASH_BYTES)),
    bytes: reader.count(LIST_BYTES_MAX),
    rows: reader.count(LIST_ROWS_MAX),
    contentVersion: reader.uint64(),
  };
  if (list.contentVersion > version) throw reader.unfit('no list later than the manifest');
  return list;
}

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === null) throw new TypeError(`expected hexadecimal digits, came ${hex.length} others`);
  return bytes;
}

function ascending(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
}
