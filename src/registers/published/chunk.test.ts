import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsOf, someRows } from '../../../test/support/register-rows.ts';
import { canonicalBytes } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import { ROW_BYTES } from '../row.ts';
import { chunksFor, chunksOf, decodeChunk, encodeChunk, fileName } from './chunk.ts';
import { encodeRows } from './row-coding.ts';

const WHOLE = { number: 0, chunks: 1 } as const;

test('rows come back from one chunk and from 256, whatever they are and however they are cut into parts', () => {
  fc.assert(
    fc.property(someRows({ maxLength: 300 }), fc.integer({ min: 1, max: 90 }), (rows, cut) => {
      expect(decodeChunk(encodeChunk(rows, WHOLE), WHOLE)).toEqual(rows);
      const parts: Buffer[] = [];
      for (let at = 0; at < rows.length; at += cut * ROW_BYTES) {
        parts.push(rows.subarray(at, at + cut * ROW_BYTES));
      }
      const chunks = [...chunksOf(parts, 256)];
      for (const { content, sha256, bytes } of chunks) {
        expect([fileName(content), content.length]).toEqual([sha256, bytes]);
      }
      expect(Buffer.concat(chunks.map((chunk) => decodeChunk(chunk.content, chunk)))).toEqual(rows);
      expect(new Set(chunks.map(({ number }) => number)).size).toBe(chunks.length);
    }),
    { numRuns: 150 },
  );
});

test('more than 255 kinds of rows come back', () => {
  const rows = rowsOf(
    Array.from({ length: 2_000 }, (_, index) => ({
      key: BigInt(index) << 50n,
      attribute: index % 700,
    })),
  );
  expect(decodeChunk(encodeChunk(rows, WHOLE), WHOLE)).toEqual(rows);
});

/** Published in docs/registers.md; made by another implementation (Python, its columns stored uncompressed). */
const THREE_ROWS =
  '0000000d63686f742f6368756e6b2f7631000000000000000000000000000000010000000000000003000000000000003e' +
  '00000018d8fa81f0d530f0f056988ddf2b807e9294909842df626dd00000000000000043' +
  '00000048014300bcff000200018000000080005118000000030101028000000080000000800000008002657d80000015' +
  '8002657d000000000000000000000000000100010001000100000102';

test('the chunk of three rows that the format page shows is read, and its keys are coded so', () => {
  const rows = rowsOf([
    { key: 0x2c7d40f86a987878n, fromDay: 0, untilDay: 157_053 },
    { key: 0xc315ced79618f70an, fromDay: 20_760, untilDay: 20_781, source: 1 },
    { key: 0xcd5e1af905ca2df2n, status: 2, fromDay: 0, untilDay: 157_053 },
  ]);
  expect(decodeChunk(Buffer.from(THREE_ROWS, 'hex'), WHOLE)).toEqual(rows);
  const [count, k, gaps] = encodeRows(rows, 0);
  expect([count, k]).toEqual([3, 62]);
  expect(Buffer.from(gaps as Uint8Array).toString('hex')).toBe(
    'd8fa81f0d530f0f056988ddf2b807e9294909842df626dd0',
  );
});

test('a short list is one chunk, a long one 256', () => {
  expect([chunksFor(0), chunksFor(50_000), chunksFor(50_001)]).toEqual([1, 1, 256]);
});

test('a chunk in another place, or with keys of another range, is refused', () => {
  const rows = rowsOf([{ key: 5n << 56n }]);
  const chunk = encodeChunk(rows, { number: 5, chunks: 256 });
  expect(() => decodeChunk(chunk, { number: 6, chunks: 256 })).toThrow(/its own place/);
  expect(() => decodeChunk(chunk, WHOLE)).toThrow(/its own place/);
  const beyond = encodeChunk(rows, { number: 4, chunks: 256 });
  expect(() => decodeChunk(beyond, { number: 4, chunks: 256 })).toThrow(/its own range/);
});

test('a chunk altered, cut or lengthened anywhere gives rows in order or an InputError, nothing else', () => {
  fc.assert(
    fc.property(
      someRows({ minLength: 1, maxLength: 60 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom('flip', 'cut', 'add'),
      (rows, place, mask, how) => {
        const chunk = Buffer.from(encodeChunk(rows, WHOLE));
        const at = place % chunk.length;
        chunk[at] = (chunk[at] ?? 0) ^ (how === 'flip' ? mask : 0);
        const bytes =
          how === 'cut'
            ? chunk.subarray(0, at)
            : how === 'add'
              ? Buffer.concat([chunk, Buffer.of(mask)])
              : chunk;
        try {
          expect(decodeChunk(bytes, WHOLE).length % ROW_BYTES).toBe(0);
          expect(how).toBe('flip');
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      },
    ),
    { numRuns: 1_500 },
  );
});

test('columns that inflate without end take no memory', async () => {
  const { deflateRawSync } = await import('node:zlib');
  const bomb = deflateRawSync(Buffer.alloc(50_000_000));
  const bytes = canonicalBytes(['chot/chunk/v1', 0, 1, 1, 0, Buffer.of(0x80), 1_000, bomb]);
  expect(() => decodeChunk(bytes, WHOLE)).toThrow(/field of at most/);
  const short = canonicalBytes([
    ...['chot/chunk/v1', 0, 1, 1, 0, Buffer.of(0x80), 1_000],
    deflateRawSync(Buffer.alloc(1_001)),
  ]);
  expect(() => decodeChunk(short, WHOLE)).toThrow(/inflate to 1000/);
});

test('a row count beyond the bound is refused before anything is made for it', () => {
  const bytes = canonicalBytes(['chot/chunk/v1', 0, 1, 262_145, 0, Buffer.alloc(0), 0]);
  expect(() => decodeChunk(bytes, WHOLE)).toThrow(/at most 262144/);
});
