import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionRecord } from '../../test/support/journal-records.ts';
import { type ReceivedSegment, receiveSegment } from '../../test/support/received-segment.ts';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { NO_LINK } from './chain.ts';
import { type EpochEvidence, proveCompleteness, type SegmentEvidence } from './completeness.ts';
import { generateRecipient } from './recipient.ts';
import { encodeRecord } from './record-codec.ts';
import { encodeSegment } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';

const { recipient } = generateRecipient('hub-2026-11');
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const verifyingKey = createPublicKey(signingKey);

/** What a hub received of an epoch: `sizes` are the records of its segments. */
function received(sizes: readonly number[], first = 1, previous: Uint8Array = NO_LINK) {
  const epoch = { id: 1, epoch: randomBytes(16), station: 'station-1' };
  const writer = new SegmentWriter(epoch, recipient, signingKey);
  let end = { sequence: first - 1, link: previous };
  const segments = sizes.map((size) => {
    const record = actionRecord(null);
    const place = { station: 'station-1', sequence: 1 };
    const encoded = { record, bytes: encodeRecord({ ...record, ...place }) };
    const before = end.link;
    const sealed = writer.seal(Array(size).fill(encoded), end, 0);
    end = sealed.records.at(-1) ?? end;
    const [closed] = sealed.closed.length > 0 ? sealed.closed : [writer.close(end)];
    const [row] = sealed.opened;
    if (closed === undefined || row === undefined) throw new Error('no segment');
    const bytes = encodeSegment({
      ...{ ...epoch, first: row.first, keyId: row.keyId, enc: row.enc, previous: before },
      ...{ signature: closed.signature, sealed: sealed.records.map((each) => each.sealed) },
    });
    const segment = receiveSegment(bytes, verifyingKey);
    if (segment === null) throw new Error('not signed');
    return segment;
  });
  return { epoch, first, previous, segments, end };
}

function evidence(
  { epoch, first, previous, segments }: ReturnType<typeof received>,
  changes: Partial<EpochEvidence> = {},
): EpochEvidence {
  return {
    ...{ station: 'station-1', epoch: epoch.epoch, first, previous, reason: 'first', verifyingKey },
    segments: segments.map(kept),
    heads: segments.map(({ head }) => head),
    ...changes,
  };
}

const kept = ({ segment, leaves }: ReceivedSegment): SegmentEvidence => {
  const { first, keyId, enc, previous, signature } = segment;
  return { first, keyId, enc, previous, signature, leaves };
};

const prove = (...epochs: readonly EpochEvidence[]) => proveCompleteness(epochs);

test('what is there from first to last is proven up to the last receipted head, bodies or not', () => {
  const all = received([3, 5, 1, 4]);
  expect(prove(evidence(all))).toEqual([
    {
      epoch: toHex(all.epoch.epoch),
      joint: { reason: 'first', follows: 'nothing', after: null },
      ...{ records: 13, through: 13, gaps: [], gapCount: 0, misfits: [], misfitCount: 0 },
      provenHead: { sequence: 13, link: toHex(all.end.link) },
    },
  ]);
  const heads = all.segments.slice(0, 2).map(({ head }) => head);
  expect(prove(evidence(all, { heads }))[0]).toMatchObject({
    ...{ through: 13, provenHead: { sequence: 8 } },
  });
  expect(prove(evidence(all, { heads: [] }))[0]).toMatchObject({ through: 13, provenHead: null });
});

test('every segment that is missing is a gap, at the start, between and, by its receipt, at the end', () => {
  const all = received([2, 2, 2, 2, 2]);
  const segments = all.segments.map(kept).filter((_, index) => index === 1 || index === 3);
  expect(prove(evidence(all, { segments }))[0]).toMatchObject({
    ...{ records: 4, through: 0, provenHead: null, gapCount: 3, misfits: [] },
    gaps: [
      { from: 1, to: 2 },
      { from: 5, to: 6 },
      { from: 9, to: 10 },
    ],
  });
  expect(prove(evidence(all, { segments: [] }))[0]).toMatchObject({
    gaps: [
      { from: 1, to: 2 },
      { from: 3, to: 4 },
      { from: 5, to: 6 },
      { from: 7, to: 8 },
      { from: 9, to: 10 },
    ],
  });
});

test('what was not receipted and cut off at the end is not seen: nothing else claims it', () => {
  const all = received([2, 2]);
  const [one] = all.segments;
  if (one === undefined) throw new Error('no segment');
  const cut = evidence(all, { segments: [kept(one)], heads: [one.head] });
  expect(prove(cut)[0]).toMatchObject({ through: 2, gapCount: 0, provenHead: { sequence: 2 } });
});

test('no changed byte of leaves, header or signature leaves the proof as it was', () => {
  const all = received([3, 4, 2]);
  const honest = evidence(all);
  const places = fc.record({
    segment: fc.nat(2),
    field: fc.constantFrom('leaves', 'enc', 'previous', 'signature'),
    at: fc.nat(),
    bit: fc.nat(7),
  });
  fc.assert(
    fc.property(places, ({ segment, field, at, bit }) => {
      const segments = [...honest.segments].map((each, index) => {
        if (index !== segment) return each;
        const bytes = Uint8Array.from(each[field as 'leaves']);
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit);
        return { ...each, [field]: bytes };
      });
      const [proof] = prove({ ...honest, segments });
      const first = [1, 4, 8][segment] ?? 0;
      expect(proof?.misfitCount).toBeGreaterThan(0);
      expect(proof?.through).toBe(first - 1);
      expect(proof?.misfits.some(({ kind }) => kind === 'signature')).toBe(true);
    }),
    { numRuns: 150, seed: 21 },
  );
  const other = [...honest.segments].map((each) => ({ ...each, keyId: 'hub-2026-12' }));
  expect(prove({ ...honest, segments: other })[0]).toMatchObject({ through: 0, misfitCount: 3 });
});

test('swapped leaves, a segment of another epoch, one twice, and one of another branch are each named', () => {
  const all = received([2, 2, 2]);
  const [one, two, three] = all.segments.map(kept);
  if (one === undefined || two === undefined || three === undefined) throw new Error('three');
  const kinds = (segments: readonly SegmentEvidence[]) =>
    prove(evidence(all, { segments, heads: [] }))[0]?.misfits.map(({ kind, from }) => [kind, from]);
  const turned = Buffer.concat([two.leaves.subarray(32), two.leaves.subarray(0, 32)]);
  expect(kinds([one, { ...two, leaves: turned }, three])).toEqual([
    ['signature', 3],
    ['link', 5],
  ]);
  expect(kinds([one, one, two])).toEqual([['overlap', 1]]);
  const [, foreign] = received([2, 2]).segments.map(kept);
  expect(kinds([one, foreign ?? one])).toEqual([
    ['link', 3],
    ['signature', 3],
  ]);
  expect(kinds([one, { ...two, leaves: new Uint8Array(33) }])).toEqual([['leaves', 3]]);
  expect(kinds([one, { ...two, leaves: new Uint8Array(0) }])).toEqual([['leaves', 3]]);
});

test('a chain other than the receipted one is named at the head', () => {
  const all = received([2, 2]);
  const heads = [
    { sequence: 2, link: all.segments[0]?.head.link ?? NO_LINK },
    { sequence: 3, link: randomBytes(32) },
  ];
  expect(prove(evidence(all, { heads }))[0]).toMatchObject({
    misfits: [{ kind: 'head', from: 3, to: 3 }],
    ...{ through: 2, provenHead: { sequence: 2 } },
  });
});

test('epochs hang on a receipted head, on nothing, or on what the hub does not know, each with its reason', () => {
  const old = received([2, 2, 2]);
  const [, second] = old.segments;
  const link = second?.head.link ?? NO_LINK;
  const conflict = received([1], 7, link);
  const lost = received([1], 8);
  const strange = received([1], 9, randomBytes(32));
  const joints = prove(
    evidence(old),
    evidence(conflict, { reason: 'conflict' }),
    evidence(lost, { reason: 'lost' }),
    evidence(strange, { reason: 'behind' }),
  ).map(({ joint, through }) => [joint.reason, joint.follows, joint.after?.sequence, through]);
  expect(joints).toEqual([
    ['first', 'nothing', undefined, 6],
    ['conflict', 'receipt', 4, 7],
    ['lost', 'nothing', undefined, 8],
    ['behind', 'unknown', undefined, 9],
  ]);
});

test('only so many findings are listed, all are counted', () => {
  const heads = Array.from({ length: 3_000 }, (_, index) => ({
    sequence: index + 1,
    link: fromHex('00'.repeat(32)) ?? NO_LINK,
  }));
  const [proof] = prove(evidence(received([1]), { segments: [], heads }));
  expect(proof?.gapCount).toBe(3_000);
  expect(proof?.gaps).toHaveLength(1_000);
});
