import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CSCA, NOW_MS, pin, sodFile } from '../../test/support/identity-card-evidence.ts';
import { DATA_GROUP_FILES, EF_COM, EF_SOD, type LdsFile } from './lds/files.ts';
import { savedFile, verifyFiles } from './verify-files.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 10_000 : 200;
const STORE = pin(CSCA.certificate);
const FILES = [EF_COM, EF_SOD, ...DATA_GROUP_FILES];

test.each([
  ['EF_SOD.bin', 'EF.SOD'],
  ['ef.sod', 'EF.SOD'],
  ['SOD.BIN', 'EF.SOD'],
  ['011D.bin', 'EF.SOD'],
  ['011e.bin', 'EF.COM'],
  ['DG1.bin', 'EF.DG1'],
  ['EF_DG01.bin', 'EF.DG1'],
  ['0110.bin', 'EF.DG16'],
  ['DG17.bin', null],
  ['DG0.bin', null],
  ['DG1.bin.old', null],
  ['0111.bin', null],
  ['011D', null],
])('%s is %s', (name, file) => {
  expect(savedFile(name)?.name ?? null).toBe(file);
});

test('without a security object there is nothing to verify', () => {
  expect(verifyFiles(STORE, new Map([[EF_COM, new Uint8Array(0)]]), NOW_MS)).toBe(null);
});

test('no bytes in any file make a saved card genuine, or throw', () => {
  const contents = fc.dictionary(
    fc.constantFrom(...FILES.map(({ name }) => name)),
    fc.uint8Array({ maxLength: 80 }),
  );
  fc.assert(
    fc.property(contents, fc.boolean(), (bytes, signed) => {
      const saved = new Map<LdsFile, Uint8Array>(
        FILES.flatMap((file) => {
          const own = bytes[file.name];
          return own === undefined ? [] : [[file, own] as const];
        }),
      );
      saved.set(EF_SOD, signed ? sodFile() : (bytes['EF.SOD'] ?? new Uint8Array(0)));
      const groups = [...saved.keys()].filter(({ group }) => group !== null);
      const expected = !signed ? 'unverifiable' : groups.length > 0 ? 'altered' : 'chip-not-proven';
      expect(verifyFiles(STORE, saved, NOW_MS)?.state).toBe(expected);
    }),
    { numRuns: RUNS, seed: 11 },
  );
});
