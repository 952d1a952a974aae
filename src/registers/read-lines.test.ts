import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOverlong, LINE_CHARS_MAX, readLines } from './read-lines.ts';

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let chunk = 0; at < bytes.length; chunk++) {
    const size = sizes[chunk % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function linesOf(
  content: string | Uint8Array,
  sizes: readonly number[] = [65_536],
): Promise<string[]> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const lines: string[] = [];
  for await (const batch of readLines(inChunks(bytes, sizes))) {
    expect(batch.first).toBe(lines.length + 1);
    lines.push(...batch.lines);
  }
  return lines;
}

test('lines end in LF, CRLF or CR, also mixed, and the last one needs no end', async () => {
  expect(await linesOf('a\nb\r\nc\rd\n\ne')).toEqual(['a', 'b', 'c', 'd', '', 'e']);
  expect(await linesOf('a\r\n')).toEqual(['a']);
  expect(await linesOf('a\r')).toEqual(['a']);
  expect(await linesOf('')).toEqual([]);
});

test('a byte order mark is dropped', async () => {
  expect(await linesOf('\uFEFFnumber,status')).toEqual(['number,status']);
});

test('chunks of any size give the same lines', async () => {
  const text = fc
    .array(fc.constantFrom('a', 'Nguyễn', '\r', '\n', '\r\n', '𝒳', ','), { maxLength: 60 })
    .map((pieces) => pieces.join(''));
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(text, sizes, async (content, chunkSizes) => {
      expect(await linesOf(content, chunkSizes)).toEqual(await linesOf(content));
    }),
  );
});

test('a line without an end takes no more memory than one line may', async () => {
  const endless = (async function* () {
    for (let chunk = 0; chunk < 1_000; chunk++) yield Buffer.alloc(65_536, 0x61);
    yield Buffer.from('\nnext\n');
  })();
  const lines: string[] = [];
  for await (const batch of readLines(endless)) lines.push(...batch.lines);
  expect(lines.map((line) => line.length)).toEqual([LINE_CHARS_MAX + 1, 4]);
  expect(lines.map(isOverlong)).toEqual([true, false]);
});

test.each([
  ['UTF-16', Buffer.from('\uFEFFnumber,status', 'utf16le'), /UTF-16/],
  ['a spreadsheet', Buffer.from('PK\x03\x04rest'), /spreadsheet/],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), /gzip/],
  ['Windows-1258', Buffer.from([0x61, 0x0a, 0xd0, 0x0a]), /line 2: expected UTF-8/],
  ['a cut-off character', Buffer.from('a\nễ').subarray(0, 4), /expected UTF-8/],
])('%s is told from UTF-8', async (_, bytes, message) => {
  await expect(linesOf(bytes)).rejects.toThrow(message);
  await expect(linesOf(bytes, [2])).rejects.toThrow(message);
});

test('any bytes give lines or an error that says what was expected, never anything else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      await linesOf(bytes, [3, 11]).catch((error: unknown) => {
        expect(String(error)).toMatch(/InputError: (line \d+: )?expected/);
      });
    }),
  );
});
