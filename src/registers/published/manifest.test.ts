import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../kernel/errors.ts';
import { judgeManifest } from './judge-manifest.ts';
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  manifestHash,
  type PublishedRegister,
} from './manifest.ts';

const HASH = (digit: string) => digit.repeat(64);
const CHECKSUM = '0123456789abcdef';
const FILE = { sha256: HASH('a'), bytes: 300, rows: 12 };

const F0: PublishedRegister = {
  name: 'f0',
  contentVersion: 7,
  asOfMs: 1_000,
  entries: 10,
  subjects: 9,
  totals: { rows: 12, checksum: CHECKSUM },
  statuses: [
    { id: 1, name: 'active' },
    { id: 2, name: 'ended' },
  ],
  sources: ['canary', 'CDC Hà Nội'],
  base: { version: 4, chunks: [FILE] },
  deltas: [
    { from: 4, to: 6, sha256: HASH('b'), bytes: 90 },
    { from: 6, to: 7, sha256: HASH('c'), bytes: 80 },
  ],
};

const MANIFEST: Manifest = {
  region: 'ha-noi',
  generation: 2,
  version: 8,
  previous: HASH('d'),
  issuedMs: 5_000,
  notAfterMs: 9_000,
  registers: [F0],
  lists: { notices: { ...FILE, contentVersion: 8 }, attributes: null, officers: null },
};

const changed = (over: Partial<Manifest>): Manifest => ({ ...MANIFEST, ...over });
const changedF0 = (over: Partial<PublishedRegister>): Manifest =>
  changed({ registers: [{ ...F0, ...over }] });

test('a manifest is read as it was written, with one chunk and with 256', () => {
  const many = Array.from({ length: 256 }, (_, number) => (number % 3 === 0 ? null : FILE));
  const other = { ...F0, name: 'f1', base: { version: 7, chunks: many }, deltas: [] };
  for (const manifest of [
    MANIFEST,
    changed({ registers: [F0, other] }),
    changed({ registers: [] }),
  ]) {
    expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
  }
});

test('a manifest altered in any byte is another one or refused, and always has another hash', () => {
  const bytes = encodeManifest(MANIFEST);
  const hash = manifestHash(bytes);
  for (let at = 0; at < bytes.length; at++) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 0x11;
    expect(manifestHash(altered)).not.toBe(hash);
    try {
      expect(decodeManifest(altered)).not.toEqual(MANIFEST);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
  }
});

test('cut short or lengthened it is refused', () => {
  const bytes = encodeManifest(MANIFEST);
  for (let end = 0; end < bytes.length; end++) {
    expect(() => decodeManifest(bytes.subarray(0, end))).toThrow(InputError);
  }
  expect(() => decodeManifest(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(/nothing after/);
});

test.each<[string, Manifest, RegExp]>([
  ['a region of capitals', changed({ region: 'Hanoi' }), /region/],
  ['an end before its issue', changed({ notAfterMs: 5_000 }), /end after/],
  ['version 0', changed({ version: 0 }), /version|content/],
  ['a register twice', changed({ registers: [F0, F0] }), /once each/],
  ['registers out of order', changed({ registers: [{ ...F0, name: 'f1' }, F0] }), /by name/],
  ['a name that leaves the folder', changedF0({ name: '../f0' }), /register names/],
  ['content of a later version', changedF0({ contentVersion: 9 }), /later than the manifest/],
  ['a gap in the chain', changedF0({ deltas: [{ ...F0.deltas[0], from: 5 } as never] }), /follow/],
  ['a chain that ends early', changedF0({ deltas: F0.deltas.slice(0, 1) }), /lead to/],
  ['rows without canaries', changedF0({ entries: 12 }), /one canary a status/],
  ['more subjects than entries', changedF0({ subjects: 11 }), /canary|rows/],
  ['status 0', changedF0({ statuses: [{ id: 0, name: 'x' }, ...F0.statuses] }), /statuses by id/],
  ['no sources', changedF0({ sources: [] }), /names of sources/],
  ['a source that draws', changedF0({ sources: ['canary', 'a\u001b[31m'] }), /names of sources/],
  ['two chunks', changedF0({ base: { version: 4, chunks: [FILE, FILE] } }), /1 or 256/],
  [
    'a chunk without bytes',
    changedF0({ base: { version: 4, chunks: [{ ...FILE, bytes: 0 }] } }),
    /bounds/,
  ],
])('%s is refused', (_, manifest, message) => {
  expect(() => decodeManifest(encodeManifest(manifest))).toThrow(message);
});

const TIME = { earliestMs: 6_000, latestMs: 7_000, trust: 'vouched' } as const;
const HELD = { version: 7, hash: HASH('d'), generation: 2 };
const judged = (manifest: Manifest, over: Partial<Parameters<typeof judgeManifest>[2]> = {}) =>
  judgeManifest(manifest, HASH('e'), { region: 'ha-noi', held: HELD, time: TIME, ...over });

test('the manifest after the one held is accepted, also by who holds none or missed some', () => {
  expect(judged(MANIFEST)).toEqual({ kind: 'accepted' });
  expect(judged(MANIFEST, { held: null })).toEqual({ kind: 'accepted' });
  expect(judged(changed({ version: 30, previous: HASH('f') }))).toEqual({ kind: 'accepted' });
  expect(judged(changed({ generation: 3 }))).toEqual({ kind: 'accepted' });
});

test('the one that is held is no news', () => {
  const held = { ...HELD, version: 8, hash: HASH('e') };
  expect(judged(MANIFEST, { held })).toEqual({ kind: 'unchanged' });
});

test.each([
  ['of another region', changed({ region: 'da-nang' }), {}, 'manifest.region', true],
  ['of a lower version', changed({ version: 6 }), {}, 'manifest.older', true],
  ['of the same version with other bytes', changed({ version: 7 }), {}, 'manifest.conflict', true],
  ['that follows another', changed({ previous: HASH('f') }), {}, 'manifest.previous', true],
  ['of an earlier generation', changed({ generation: 1 }), {}, 'manifest.generation', true],
  ['past its end', MANIFEST, { time: { ...TIME, latestMs: 9_000 } }, 'manifest.expired', false],
])('a manifest %s is refused', (_, manifest, over, code, alarm) => {
  expect(judged(manifest, over)).toMatchObject({ kind: 'refused', code, alarm });
});

test('below a ceiling that the root signed, a lower version is taken once more', () => {
  const held = { version: 5, hash: null, generation: 2 };
  expect(judged(changed({ version: 5 }), { held })).toEqual({ kind: 'accepted' });
  expect(judged(changed({ version: 6 }), { held })).toEqual({ kind: 'accepted' });
  expect(judged(changed({ version: 4 }), { held })).toMatchObject({ code: 'manifest.older' });
});

test('noise is refused in bounded time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
      const bytes = Buffer.concat([encodeManifest(MANIFEST).subarray(0, 60), noise]);
      expect(() => decodeManifest(bytes)).toThrow(InputError);
    }),
    { numRuns: 300 },
  );
});
