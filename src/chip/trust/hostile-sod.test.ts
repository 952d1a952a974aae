import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  judge,
  SIGNER_CERTIFICATE,
  sodFile,
} from '../../../test/support/identity-card-evidence.ts';
import { parseSod } from '../lds/sod.ts';

const SOD = sodFile({ signedAt: '2024-06-15' });
const RUNS = process.env['CHOT_SOAK'] === '1' ? 20_000 : 400;

const change = fc.record({ at: fc.nat(SOD.length - 1), value: fc.integer({ min: 1, max: 255 }) });

test('a security object with any bytes changed is genuine only if nothing signed was changed', () => {
  const original = parseSod(SOD);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = Uint8Array.from(SOD);
      for (const { at, value } of changes) bytes[at] = (bytes[at] ?? 0) ^ value;
      const found = judge({ sod: bytes });
      if (found.state !== 'genuine') return;
      // Versions and the list of digest algorithms are signed by nobody, and nothing follows from them.
      const { content, signer } = parseSod(bytes);
      expect(Buffer.compare(content, original.content)).toBe(0);
      expect(Buffer.compare(signer.signedBytes, original.signer.signedBytes)).toBe(0);
      expect(Buffer.compare(found.signerCertificate?.der ?? content, SIGNER_CERTIFICATE)).toBe(0);
    }),
    { numRuns: RUNS, seed: 7 },
  );
});

test('a security object cut anywhere is genuine nowhere', () => {
  for (let length = 0; length < SOD.length; length += 7) {
    expect(judge({ sod: SOD.subarray(0, length) }).state).toBe('unverifiable');
  }
});
