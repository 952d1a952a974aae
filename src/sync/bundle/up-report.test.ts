import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawPublicKey } from '../protocol/raw-keys.ts';
import { BundleError } from './bundle-error.ts';
import {
  decodeUpReport,
  encodeUpReport,
  isReportSigned,
  readSegmentFileName,
  segmentFileName,
  type UpReport,
} from './up-report.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = rawPublicKey(publicKey);
const by = (bytes: Uint8Array) => sign(null, bytes, privateKey);
const REPORT: UpReport = {
  ...{ region: 'hcm', station: 'cua-1', atMs: 1_764_000_000_000, manifest: 7 },
  head: {
    ...{ station: 'cua-1', epoch: Buffer.alloc(16, 1), sequence: 9, link: Buffer.alloc(32, 2) },
    ...{ segment: 1, keyId: 'r-1', enc: Buffer.alloc(32, 3), signature: Buffer.alloc(64, 4) },
  },
  epochs: [
    {
      ...{ epoch: Buffer.alloc(16, 1), first: 1, previous: Buffer.alloc(32) },
      ...{ reason: 'first', proof: Buffer.alloc(64, 5) },
    },
  ],
};

test('a report is read as it was written, with a head and without', () => {
  for (const report of [REPORT, { ...REPORT, head: null, epochs: [] }]) {
    const bytes = encodeUpReport(report, by);
    expect(decodeUpReport(bytes)).toEqual(report);
    expect(isReportSigned(bytes, key)).toBe(true);
  }
});

test('no byte of it can be altered, and it cannot be cut', () => {
  const bytes = encodeUpReport(REPORT, by);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      expect(isGood(Buffer.from(bytes).with(at, (bytes[at] ?? 0) ^ change))).toBe(false);
      expect(isGood(bytes.subarray(0, at))).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('noise is refused as a report, and nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(isGood(bytes)).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('names of segments sort as their numbers, and other files are none', () => {
  const epoch = 'ab'.repeat(16);
  const name = segmentFileName('cua-1', epoch, 257);
  expect(readSegmentFileName(name)).toEqual({ station: 'cua-1', epoch, first: 257 });
  expect([segmentFileName('cua-1', epoch, 1_000), name].sort()[0]).toBe(name);
  for (const other of ['x', `../${name}`, `${name}.new`, name.toUpperCase()]) {
    expect(readSegmentFileName(other)).toBeNull();
  }
});

function isGood(bytes: Uint8Array): boolean {
  try {
    decodeUpReport(bytes);
    return isReportSigned(bytes, key);
  } catch (error) {
    expect(error).toBeInstanceOf(BundleError);
    return false;
  }
}
