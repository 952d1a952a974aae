// The list that registers-published.ts measures with, as its publisher makes it: 200 sources of equal size, each of one week; from-days
// at most 5 days before the source's (50, 25, 13, 7, 3, 2 %); 85 % for 21 days, 10 % for 14, 3 % for 28, 2 % others; 5 % ended; 2 % came
// twice. Every hundredth person has a number that is looked up.
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canaryNumber, STATUS_IDS, STATUSES } from '../../src/registers/canaries.ts';
import { chunksOf, fileName, type PublishedFile } from '../../src/registers/published/chunk.ts';
import { encodeDelta } from '../../src/registers/published/delta.ts';
import { diffRows } from '../../src/registers/published/diff-rows.ts';
import type {
  Manifest,
  PublishedDelta,
  PublishedRegister,
} from '../../src/registers/published/manifest.ts';
import { compareRows, ROW_BYTES, writeRow } from '../../src/registers/row.ts';
import { RowChecksum } from '../../src/registers/row-checksum.ts';
import { deriveRegisterKey, subjectDigest } from '../../src/registers/subject-key.ts';

export const ENTRIES = Number(process.argv[2] ?? 1_000) * 1_000;
export const CHANGES = 42_000;
const RANGES = 256;
const REGION = { generation: 1, key: createHash('sha256').update('bench region').digest() };
export const SECRETS = {
  databaseKey: createHash('sha256').update('bench database').digest(),
  region: REGION,
};
const REGISTER_KEY = deriveRegisterKey(REGION.key, 'f0');
export const LISTED = Math.floor(ENTRIES / 100);

let seed = 7;
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

function pick(shares: readonly (readonly [number, number])[]): number {
  let left = random();
  for (const [value, share] of shares) {
    left -= share;
    if (left < 0) return value;
  }
  return shares[0]?.[0] ?? 0;
}

export const numberOf = (index: number) => `001${String(index).padStart(9, '0')}`;

function someRow(key: Uint8Array): Buffer {
  const source = 1 + Math.floor(random() * 200);
  const fromDay =
    20_500 +
    source -
    pick([
      [0, 0.5],
      [1, 0.25],
      [2, 0.13],
      [3, 0.07],
      [4, 0.03],
      [5, 0.02],
    ]);
  const days = pick([
    [21, 0.85],
    [14, 0.1],
    [28, 0.03],
    [10, 0.01],
    [45, 0.01],
  ]);
  const row = Buffer.alloc(ROW_BYTES);
  const status = random() < 0.05 ? STATUS_IDS.ended : STATUS_IDS.active;
  const fields = { status, fromDay, untilDay: fromDay + days, source, attribute: 0 };
  writeRow(row, 0, key, { ...fields, count: random() < 0.02 ? 2 : 1 });
  return row;
}

/** Sorted, one part a first byte. */
export function makeParts(): Buffer[] {
  const parts: Buffer[][] = Array.from({ length: RANGES }, () => []);
  const add = (row: Buffer) => parts[row[0] ?? 0]?.push(row);
  for (const status of STATUSES) {
    const row = Buffer.alloc(ROW_BYTES);
    const fields = { status: STATUS_IDS[status], fromDay: 0, untilDay: 157_053, source: 0 };
    const key = subjectDigest(REGISTER_KEY, 'number', canaryNumber(status));
    writeRow(row, 0, key, { ...fields, attribute: 0, count: 1 });
    add(row);
  }
  for (let index = 0; index < LISTED; index++) {
    add(someRow(subjectDigest(REGISTER_KEY, 'number', numberOf(index))));
  }
  const key = Buffer.alloc(8);
  for (let index = LISTED; index < ENTRIES; index++) {
    for (let at = 0; at < 8; at++) key[at] = random() * 256;
    add(someRow(key));
  }
  return parts.map((rows) => Buffer.concat(rows.sort((a, b) => compareRows(a, 0, b, 0))));
}

/** Half of the changes removed, half added, everywhere. */
function changedParts(parts: readonly Buffer[]): Buffer[] {
  const each = Math.round(CHANGES / 2 / RANGES);
  return parts.map((part, first) => {
    const rows = Array.from({ length: part.length / ROW_BYTES }, (_, at) =>
      part.subarray(at * ROW_BYTES, (at + 1) * ROW_BYTES),
    );
    rows.splice(Math.floor(rows.length / 3), each);
    for (let added = 0; added < each; added++) {
      const key = Buffer.alloc(8);
      key[0] = first;
      for (let at = 1; at < 8; at++) key[at] = random() * 256;
      rows.push(someRow(key));
    }
    return Buffer.concat(rows.sort((a, b) => compareRows(a, 0, b, 0)));
  });
}

export const published = mkdtempSync(join(tmpdir(), 'chot-bench-published-'));

function save(content: Uint8Array): string {
  const sha256 = fileName(content);
  writeFileSync(join(published, sha256), content);
  return sha256;
}

function register(
  version: number,
  parts: readonly Buffer[],
  base: PublishedRegister['base'],
  deltas: readonly PublishedDelta[],
): Manifest {
  const checksum = new RowChecksum();
  for (const part of parts) checksum.add(part);
  const rows = parts.reduce((sum, part) => sum + part.length / ROW_BYTES, 0);
  const entries = rows - STATUSES.length;
  const f0: PublishedRegister = {
    ...{ name: 'f0', contentVersion: version, asOfMs: version, entries, subjects: entries },
    totals: { rows, checksum: checksum.hex },
    statuses: STATUSES.map((name) => ({ id: STATUS_IDS[name], name })),
    sources: ['canary', ...Array.from({ length: 200 }, (_, at) => `batch ${at}`)],
    ...{ base, deltas },
  };
  const lists = { notices: null, attributes: null, officers: null };
  const head = { region: 'bench', generation: 1, version, previous: '0'.repeat(64) };
  return { ...head, issuedMs: 0, notAfterMs: 1, registers: [f0], lists };
}

export function publishBase(
  version: number,
  parts: readonly Buffer[],
): { manifest: Manifest; base: PublishedRegister['base']; bytes: number } {
  const chunks = new Array<PublishedFile | null>(RANGES).fill(null);
  let bytes = 0;
  for (const { number, content, ...file } of chunksOf(parts, 256)) {
    save(content);
    chunks[number] = { sha256: file.sha256, bytes: file.bytes, rows: file.rows };
    bytes += file.bytes;
  }
  const base = { version, chunks };
  return { manifest: register(version, parts, base, []), base, bytes };
}

/** What leads from version `from`, of these parts and published whole as `base`, to the next. */
export function publishChange(
  from: number,
  parts: readonly Buffer[],
  base: PublishedRegister['base'],
): { manifest: Manifest; bytes: number } {
  const now = changedParts(parts);
  const difference = diffRows(parts, now);
  if (difference === null) throw new Error('expected a change that fits a delta');
  const to = from + 1;
  const bytes = encodeDelta({ register: 'f0', generation: 1, from, to, ...difference });
  const delta = { from, to, sha256: save(bytes), bytes: bytes.length };
  return { manifest: register(to, now, base, [delta]), bytes: bytes.length };
}
