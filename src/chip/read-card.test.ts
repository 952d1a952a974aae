import { expect, test } from 'vitest';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { put, readOnReader } from '../../test/support/card-on-reader.ts';
import { SAMPLE_ISSUER, SAMPLE_PERSON, sampleCard } from '../../test/support/sample-card.ts';
import type { CardProgress } from './card-reading.ts';
import { lanePart, resultOf } from './card-result.ts';
import { ReadManners } from './read-manners.ts';
import { parseCertificate } from './trust/certificate.ts';
import { authenticate } from './trust/passive-authentication.ts';
import { addAnchor, EMPTY_TRUST_STORE } from './trust/trust-store.ts';

const NOW_MS = Date.UTC(2026, 5, 15);
const files = (progress: readonly CardProgress[]) =>
  progress.flatMap((each) => (each.kind === 'file' ? [each.reading] : []));
const fileNames = (progress: readonly CardProgress[]) => files(progress).map(({ file }) => file);

function trust() {
  const certificate = parseCertificate(SAMPLE_ISSUER.authorityCertificate);
  const anchor = { certificate, purpose: 'cccd', source: 'test', addedDay: '2026-01-01' } as const;
  const outcome = addAnchor(EMPTY_TRUST_STORE, anchor, new Set());
  if (outcome.kind === 'refused') throw new Error(outcome.code);
  return outcome.store;
}

const judged = (reading: Parameters<typeof resultOf>[0]) =>
  authenticate(trust(), resultOf(reading).evidence, NOW_MS);

test('an identity card is opened by its number, read in order, proven and genuine', async () => {
  const { reading, progress } = await readOnReader([put(await sampleCard())]);
  expect(reading.ended).toBe('complete');
  expect(fileNames(progress)).toEqual([
    'EF.SOD',
    'EF.DG1',
    'EF.DG13',
    'EF.DG14',
    'EF.DG15',
    'EF.DG2',
  ]);
  expect(
    files(progress)
      .slice(1)
      .every(({ hash }) => hash === 'passed'),
  ).toBe(true);
  expect(reading).toMatchObject({ chipAuthentication: 'passed', activeAuthentication: 'passed' });
  expect(reading.access).toMatchObject({ method: 'pace-can', weaker: false, problem: null });
  expect(judged(reading).state).toBe('genuine');
  const { fields, photo, checks } = resultOf(reading);
  expect(fields).toEqual({
    ...{ number: SAMPLE_PERSON.number, name: SAMPLE_PERSON.name, birth: '1999-01-01' },
    ...{ sex: 'male', issued: '2024-06-15', expires: '2039-01-01' },
  });
  expect(photo?.format).toBe('jpeg');
  expect(checks).toEqual([
    { code: 'card.groups-agree', outcome: 'passed' },
    { code: 'card.access-agrees', outcome: 'passed' },
  ]);
});

/** Commands at the least: EF.CardAccess 2, PACE 5, the application 1; reads; chip authentication 2, active 1. */
function minimum(spec: CardSpec, groups: readonly number[], readBytes: number): number {
  const reads = [0x1d, ...groups].map((id) => Math.ceil(fileOf(spec, id).length / readBytes));
  return 2 + 5 + 1 + reads.reduce((sum, count) => sum + count, 0) + 2 + 1;
}

function fileOf(spec: CardSpec, id: number): Uint8Array {
  return spec.files.get(0x0100 + id) ?? new Uint8Array(0);
}

test('a card that allows short reads only is read in as few commands as there can be', async () => {
  const spec = await sampleCard({ manners: { readMax: 223, longRead: 'refused' } });
  const manners = new ReadManners();
  const first = await readOnReader([put(spec)], { manners });
  const second = await readOnReader([put(spec)], { manners });
  const least = minimum(spec, [1, 2, 13, 14, 15], 223);
  // The first card of its kind answers the probe, the others are not asked.
  expect([first.reading.apdus, second.reading.apdus]).toEqual([least + 1, least]);
  expect(judged(second.reading).state).toBe('genuine');
});

test('long reads are tried on the photograph of the first card, and used for all of the next', async () => {
  const spec = await sampleCard();
  const first = await readOnReader([put(spec)]);
  const reads = [0x1d, 1, 13, 14, 15].map((id) => Math.ceil(fileOf(spec, id).length / 223));
  const photograph = 1 + Math.ceil((fileOf(spec, 2).length - 223) / 2_048);
  const short = reads.reduce((sum, count) => sum + count, 0);
  expect(first.reading.apdus).toBe(2 + 5 + 1 + short + photograph + 2 + 1);
  const second = await readOnReader([put(spec)], { manners: first.manners });
  expect(second.reading.apdus).toBe(minimum(spec, [1, 2, 13, 14, 15], 2_048));
  expect(judged(second.reading).state).toBe('genuine');
});

test('what a card gives at most is what others of its kind are asked for', async () => {
  const spec = await sampleCard({ manners: { readMax: 1_000, longRead: 'shortened' } });
  const { manners } = await readOnReader([put(spec)]);
  const { reading } = await readOnReader([put(spec)], { manners });
  expect(reading.apdus).toBe(minimum(spec, [1, 2, 13, 14, 15], 1_000));
});

test('a card that forgets its session over a long read is read on, and its kind never asked again', async () => {
  const spec = await sampleCard({ manners: { readMax: 223, longRead: 'session-lost' } });
  const manners = new ReadManners();
  const first = await readOnReader([put(spec)], { manners });
  expect(judged(first.reading).state).toBe('genuine');
  expect(first.progress.filter(({ kind }) => kind === 'lost')).toEqual([
    { kind: 'lost', code: 'sm.unprotected' },
  ]);
  const second = await readOnReader([put(spec)], { manners });
  expect(second.reading.apdus).toBe(minimum(spec, [1, 2, 13, 14, 15], 223));
});

test('a card that knows no extended commands is read on, and its kind never asked again', async () => {
  const spec = await sampleCard({ manners: { acceptsExtended: false } });
  const manners = new ReadManners();
  expect(judged((await readOnReader([put(spec)], { manners })).reading).state).toBe('genuine');
  const { reading } = await readOnReader([put(spec)], { manners });
  expect(reading.apdus).toBe(minimum(spec, [1, 2, 13, 14, 15], 223));
});

test('a card of the same EF.CardAccess that stands less than those before is read all the same', async () => {
  const { manners } = await readOnReader([put(await sampleCard())]);
  const spec = await sampleCard({ manners: { readMax: 223, longRead: 'refused' } });
  const { reading } = await readOnReader([put(spec)], { manners });
  expect(judged(reading).state).toBe('genuine');
  const lost = await sampleCard({ manners: { readMax: 223, longRead: 'session-lost' } });
  const other = await readOnReader([put(await sampleCard())]);
  const result = await readOnReader([put(lost)], { manners: other.manners });
  expect(judged(result.reading).state).toBe('genuine');
});

test('a card that gives 112 bytes at most is read though others of its kind stand long reads', async () => {
  const { manners } = await readOnReader([put(await sampleCard())]);
  const spec = await sampleCard({ manners: { readMax: 112, longRead: 'refused' } });
  const { reading } = await readOnReader([put(spec)], { manners });
  expect(judged(reading).state).toBe('genuine');
});

test('a card of the same EF.CardAccess that knows no short identifiers is read all the same', async () => {
  const { manners } = await readOnReader([put(await sampleCard())]);
  const spec = await sampleCard({ manners: { shortFileIds: false } });
  const { reading } = await readOnReader([put(spec)], { manners });
  expect(judged(reading).state).toBe('genuine');
});

test('a card that gives 112 bytes at most, or knows no short identifiers, is read all the same', async () => {
  for (const manners of [
    { readMax: 112, longRead: 'shortened' },
    { readMax: 112, longRead: 'refused' },
    { shortFileIds: false },
  ] as const) {
    const { reading } = await readOnReader([put(await sampleCard({ manners }))]);
    expect(judged(reading).state).toBe('genuine');
  }
});

test('fingerprints are not asked for, not even when they are wanted', async () => {
  const { commands, reading } = await readOnReader([put(await sampleCard())], {
    groups: [1, 2, 3, 4, 13],
  });
  expect(commands.some((command) => /^B083|^B084/.test(command))).toBe(false);
  expect([...reading.groups.keys()]).toEqual([1, 13, 14, 15, 2]);
});

test('without a photograph to read, chip authentication is confirmed by one more read', async () => {
  const spec = await sampleCard({ activeKind: null });
  const { reading } = await readOnReader([put(spec)], { groups: [1] });
  expect(reading).toMatchObject({ ended: 'complete', chipAuthentication: 'passed' });
  expect(reading.apdus).toBe(minimum(spec, [1, 14], 223) - 1 + 1);
});

test('PACE with chip authentication mapping proves the chip without further commands', async () => {
  const spec = await sampleCard({ pace: 'chip-authentication' });
  const { reading, commands } = await readOnReader([put(spec)]);
  expect(reading.chipAuthentication).toBe('passed');
  expect(commands.filter((command) => command === '2241A4')).toEqual([]);
  expect(judged(reading).state).toBe('genuine');
});

test('3DES chips prove themselves too', async () => {
  const { reading } = await readOnReader([put(await sampleCard({ chipCipher: '3des' }))]);
  expect(judged(reading).state).toBe('genuine');
});

test('a copy without the keys is told as cloned, and read to its end', async () => {
  const spec = await sampleCard({ flaws: [{ kind: 'cloned' }] });
  const { reading } = await readOnReader([put(spec)]);
  expect(reading).toMatchObject({ ended: 'complete', chipAuthentication: 'failed' });
  expect(judged(reading).state).toBe('cloned');
  expect(resultOf(reading).photo).not.toBeNull();
});

test('a copy that only lacks the key of active authentication is cloned', async () => {
  const spec = await sampleCard({ chipCipher: null, flaws: [{ kind: 'cloned' }] });
  const { reading } = await readOnReader([put(spec)]);
  expect(reading).toMatchObject({ ended: 'complete', activeAuthentication: 'failed' });
  expect(judged(reading).state).toBe('cloned');
});

test('a group of a proof that is gone, or was altered, is the mark of a copy', async () => {
  for (const id of [14, 15]) {
    const gone = await sampleCard({ flaws: [{ kind: 'missing', fileId: 0x0100 + id }] });
    const { reading } = await readOnReader([put(gone)]);
    expect(judged(reading).state).toBe('cloned');
    const altered = await sampleCard({ flaws: [{ kind: 'altered', fileId: 0x0100 + id }] });
    const changed = (await readOnReader([put(altered)])).reading;
    expect([changed.chipAuthentication, changed.activeAuthentication]).toContain('unusable');
    expect(judged(changed).state).toBe('altered');
  }
});

test('a photograph that was altered is never handed to a lane', async () => {
  const spec = await sampleCard({ flaws: [{ kind: 'altered', fileId: 0x0102 }] });
  const { reading, progress } = await readOnReader([put(spec)]);
  expect(
    files(progress)
      .map(lanePart)
      .filter((part) => part?.kind === 'photo'),
  ).toEqual([]);
  expect(resultOf(reading).photo).toBeNull();
  expect(judged(reading).state).toBe('altered');
});

test('a signed group of which something comes that is no such file leaves the card unverifiable', async () => {
  for (const fileId of [0x0102, 0x010d]) {
    for (const flaw of [
      { kind: 'hostile-tlv', fileId, shape: 'endless-length' },
      { kind: 'wrong-length', fileId, by: 9 },
    ] as const) {
      const { reading } = await readOnReader([put(await sampleCard({ flaws: [flaw] }))]);
      expect(reading).toMatchObject({ ended: 'complete', chipAuthentication: 'passed' });
      expect(judged(reading).state).toBe('unverifiable');
    }
  }
});

test('an EF.SOD that is gone leaves the card unverifiable and nothing to believe', async () => {
  const spec = await sampleCard({ flaws: [{ kind: 'missing', fileId: 0x011d }] });
  const { reading } = await readOnReader([put(spec)]);
  expect(reading).toMatchObject({ ended: 'complete', sod: { problem: 'sod.refused' } });
  expect([...reading.groups.keys()]).toEqual([1, 13, 2]);
  expect(resultOf(reading)).toMatchObject({ fields: null, photo: null });
  expect(judged(reading).state).toBe('unverifiable');
});

test('what a lane is told has six fields and nothing more of EF.DG13', async () => {
  const { progress, reading } = await readOnReader([put(await sampleCard())]);
  const told = JSON.stringify([
    files(progress)
      .map(lanePart)
      .filter((part) => part?.kind === 'fields'),
    resultOf(reading).fields,
  ]);
  expect(told).toContain(SAMPLE_PERSON.name);
  for (const secret of [SAMPLE_PERSON.residence, SAMPLE_PERSON.father, SAMPLE_PERSON.oldNumber]) {
    expect(told).not.toContain(secret);
  }
});

test('progress tells bytes of bytes, and each file as soon as it is there', async () => {
  const spec = await sampleCard();
  const { progress } = await readOnReader([put(spec)]);
  const photo = progress.flatMap((each) =>
    each.kind === 'bytes' && each.group === 2 ? [[each.bytes, each.of]] : [],
  );
  const total = fileOf(spec, 2).length;
  expect(photo[0]).toEqual([223, total]);
  expect(photo.at(-1)).toEqual([total, total]);
  const phases = progress.flatMap((each) => (each.kind === 'phase' ? [each.phase] : []));
  expect(phases).toEqual([
    ...['access', 'files', 'chip-authentication', 'files', 'active-authentication', 'files'],
  ]);
});

test('the deadline ends a read between two commands, with what was read until then', async () => {
  let asked = 0;
  const msLeft = () => (asked++ < 20 ? 1 : 0);
  const { reading, commands } = await readOnReader([put(await sampleCard())], { msLeft });
  expect(reading).toMatchObject({ ended: 'deadline', activeAuthentication: 'not-tried' });
  expect(commands).toHaveLength(20);
  expect(reading.groups.has(1)).toBe(true);
  expect(judged(reading).state).not.toBe('genuine');
});

test('a copy that speaks chip authentication mapping without the key is found out', async () => {
  const spec = await sampleCard({ pace: 'chip-authentication', flaws: [{ kind: 'cloned' }] });
  const { reading } = await readOnReader([put(spec)]);
  expect(reading).toMatchObject({ ended: 'complete', chipAuthentication: 'failed' });
  expect(judged(reading).state).toBe('cloned');
});

test('an EF.DG14 without a key offers no proof: active authentication alone makes the card genuine', async () => {
  const { reading } = await readOnReader([put(await sampleCard({ chipCipher: null }))]);
  expect(reading).toMatchObject({
    ...{ chipAuthentication: 'not-offered', activeAuthentication: 'passed' },
  });
  expect(judged(reading).state).toBe('genuine');
});

test('a chip that owes no proof gives none: its data is genuine, the chip is not proven', async () => {
  const { reading } = await readOnReader([
    put(await sampleCard({ chipCipher: null, activeKind: null })),
  ]);
  expect(reading).toMatchObject({
    ...{ chipAuthentication: 'not-offered', activeAuthentication: 'not-tried' },
  });
  expect(judged(reading).state).toBe('chip-not-proven');
});

test('a chip that refuses the proof it owes is no better than a copy', async () => {
  const spec = await sampleCard();
  const { reading } = await readOnReader([put({ ...spec, chipKeys: [], activeKey: null })]);
  expect(reading).toMatchObject({ chipAuthentication: 'failed', activeAuthentication: 'failed' });
  expect(judged(reading).state).toBe('cloned');
});
