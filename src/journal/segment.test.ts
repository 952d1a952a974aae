import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyStoredRecord, passageRecord } from '../../test/support/journal-records.ts';
import { receiveSegment } from '../../test/support/received-segment.ts';
import { toHex } from '../kernel/bytes.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { EPOCH_BYTES, hashOfSealed, linkOf, NO_LINK } from './chain.ts';
import { keyPairFromPem, newKeyPair } from './hpke.ts';
import { formatSealTo, generateRecipient, parseRecipientKey, parseSealTo } from './recipient.ts';
import type { StoredRecord } from './record.ts';
import { encodeRecord } from './record-codec.ts';
import { pad, unpad } from './sealing.ts';
import {
  decodeSegment,
  encodeSegment,
  headOf,
  isSegmentSigned,
  openSegment,
  type Segment,
} from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';

const { recipient, privateKeyPem, sealTo } = generateRecipient('hub-2026-11');
const { privateKey } = keyPairFromPem(privateKeyPem);
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const verifyingKey = createPublicKey(signingKey);
const epoch = {
  id: 1,
  epoch: randomBytes(EPOCH_BYTES),
  station: 'station-1',
  first: 1,
  previous: NO_LINK,
};

function segmentOf(
  records: readonly StoredRecord[],
  first = 1,
): Segment & { signature: Uint8Array } {
  const writer = new SegmentWriter(epoch, recipient, signingKey);
  const encoded = records.map((record, index) => {
    const sequence = first + index;
    const placed = { ...record, station: 'station-1', sequence };
    const fit = placed.type === 'passage' ? { ...placed, passage: sequence } : placed;
    return { record: fit, bytes: encodeRecord(fit) };
  });
  const sealed = writer.seal(encoded, { sequence: first - 1, link: NO_LINK }, 0);
  const last = sealed.records.at(-1);
  if (last === undefined) throw new Error('no record');
  const { signature } = sealed.closed[0] ?? writer.close(last);
  const [row] = sealed.opened;
  if (row === undefined) throw new Error('no segment');
  const { keyId, enc } = row;
  return {
    ...{ station: epoch.station, epoch: epoch.epoch, first, keyId, enc, previous: NO_LINK },
    ...{ signature, sealed: sealed.records.map((record) => record.sealed) },
  };
}

const segments = fc
  .tuple(
    fc.array(anyStoredRecord, { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 1, max: 2 ** 47 }),
  )
  .map(([records, first]) => segmentOf(records, first));

test('a segment comes back from its bytes as it was, signed and opened alike', () => {
  fc.assert(
    fc.property(segments, (segment) => {
      const bytes = encodeSegment(segment);
      const decoded = decodeSegment(bytes);
      expect(toHex(encodeSegment(decoded))).toBe(toHex(bytes));
      expect(toHex(headOf(decoded).link)).toBe(toHex(headOf(segment).link));
      expect(isSegmentSigned(decoded, verifyingKey)).toBe(true);
      expect(openSegment(decoded, privateKey)).toHaveLength(segment.sealed.length);
    }),
    { numRuns: 60, seed: 11 },
  );
});

test('a received segment has the head and leaves that chain and signature say, or is none', () => {
  fc.assert(
    fc.property(segments, fc.nat(), (segment, at) => {
      const bytes = encodeSegment(segment);
      const received = receiveSegment(bytes, verifyingKey);
      let link: Uint8Array = segment.previous;
      const leaves = segment.sealed.map(hashOfSealed);
      leaves.forEach((leaf, index) => {
        link = linkOf({ ...segment, sequence: segment.first + index }, link, leaf);
      });
      expect(toHex(received?.head.link ?? NO_LINK)).toBe(toHex(link));
      expect(received?.head.sequence).toBe(segment.first + leaves.length - 1);
      expect(toHex(received?.leaves ?? NO_LINK)).toBe(toHex(Buffer.concat(leaves)));
      const changed = Uint8Array.from(bytes);
      changed[at % bytes.length] = (changed[at % bytes.length] ?? 0) ^ 1;
      try {
        expect(receiveSegment(changed, verifyingKey)).toBeNull();
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 60, seed: 13 },
  );
});

test('no changed byte leaves a segment readable, signed and openable', () => {
  const bytes = encodeSegment(segmentOf([record(), record()]));
  for (let at = 0; at < bytes.length; at += 5) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x21;
    let survived = false;
    try {
      const segment = decodeSegment(changed);
      survived =
        isSegmentSigned(segment, verifyingKey) && openSegment(segment, privateKey).length > 0;
    } catch (error) {
      expect(error, `byte ${at}`).toBeInstanceOf(InputError);
    }
    expect(survived, `byte ${at}`).toBe(false);
  }
});

test('hostile bytes are refused within bounds', () => {
  const real = encodeSegment(segmentOf([record()]));
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 3_000 }),
    fc.nat(real.length - 1).map((length) => real.subarray(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((tail) => Buffer.concat([real, tail])),
  );
  fc.assert(
    fc.property(hostile, (bytes) => {
      expect(() => decodeSegment(bytes)).toThrow(InputError);
    }),
    { numRuns: 500, seed: 12 },
  );
});

test('records of another place, order or key do not open', () => {
  const segment = segmentOf([record(), record(), record()]);
  const [one, two, three] = segment.sealed;
  if (one === undefined || two === undefined || three === undefined) throw new Error('three');
  const opens = (changes: Partial<Segment>) => openSegment({ ...segment, ...changes }, privateKey);
  expect(opens({})).toHaveLength(3);
  expect(() => opens({ sealed: [two, one, three] })).toThrow(/record 1 does not open/);
  expect(() => opens({ sealed: [one, three] })).toThrow(/record 2 does not open/);
  expect(() => opens({ first: 2 })).toThrow(/record 2 does not open/);
  expect(() => opens({ station: 'station-2' })).toThrow(/does not open/);
  expect(() => opens({ epoch: randomBytes(EPOCH_BYTES) })).toThrow(/does not open/);
  expect(() => opens({ previous: randomBytes(32) })).toThrow(/does not open/);
  expect(() => opens({ keyId: 'hub-2026-12' })).toThrow(/another key than "hub-2026-12"/);
  expect(() => openSegment(segment, newKeyPair().privateKey)).toThrow(/does not open/);
});

test('padding hides the length and is checked whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4_000 }), (bytes) => {
      const padded = pad(bytes);
      expect(padded.length % 768).toBe(0);
      expect(padded.length - bytes.length).toBeLessThan(768 + 4);
      expect(toHex(unpad(padded))).toBe(toHex(bytes));
    }),
  );
  const padded = pad(Uint8Array.of(1, 2, 3));
  const dirty = Uint8Array.from(padded);
  dirty[767] = 1;
  for (const wrong of [
    dirty,
    padded.subarray(0, 767),
    Buffer.concat([padded, padded]),
    new Uint8Array(0),
    new Uint8Array(768).fill(255),
  ]) {
    expect(() => unpad(wrong)).toThrow(InputError);
  }
});

test('sealTo comes back from its line', () => {
  expect(parseSealTo(`  ${sealTo}\n`)).toEqual({
    id: recipient.id,
    publicKey: Uint8Array.from(recipient.publicKey),
  });
  expect(sealTo.length).toBeLessThanOrEqual(200);
});

test('every mistake in copying sealTo is found', () => {
  const [prefix, id, key = '', check] = sealTo.split('.');
  const changed = (key.startsWith('A') ? 'B' : 'A') + key.slice(1);
  const line = (...parts: readonly (string | undefined)[]) => parts.join('.');
  expect(() => parseSealTo('')).toThrow(/expected "chot-seal-to-v1.<id>.<key>.<check>"/);
  expect(() => parseSealTo(line(prefix, id, key))).toThrow(ConfigError);
  expect(() => parseSealTo(line(prefix, 'Hub', key, check))).toThrow(/the id may hold/);
  expect(() => parseSealTo(line(prefix, id, key.slice(1), check))).toThrow(
    /43 characters.*came 42/,
  );
  expect(() => parseSealTo(line(prefix, id, changed, check))).toThrow(/copy the whole line again/);
  expect(() => parseSealTo(line(prefix, `${id}x`, key, check))).toThrow(
    /copy the whole line again/,
  );
  for (let at = 0; at < sealTo.length; at++) {
    const other = sealTo[at] === '0' ? '1' : '0';
    const typo = sealTo.slice(0, at) + other + sealTo.slice(at + 1);
    expect(() => parseSealTo(typo), typo).toThrow(ConfigError);
  }
});

test('a recipient needs an id and a key of the right kind', () => {
  expect(() => formatSealTo({ ...recipient, id: 'Tháng 11' })).toThrow(/recipient id/);
  const { privateKey: other } = generateKeyPairSync('ed25519');
  const pem = other.export({ format: 'pem', type: 'pkcs8' }) as string;
  expect(() => parseRecipientKey(pem)).toThrow(ConfigError);
  expect(() => parseRecipientKey('nothing')).toThrow(/recipient key: expected the X25519 key/);
  expect(parseRecipientKey(privateKeyPem).asymmetricKeyType).toBe('x25519');
});

function record(): StoredRecord {
  return { ...passageRecord(1), station: 'station-1', sequence: 1 };
}
