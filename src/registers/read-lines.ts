import { TextDecoder } from 'node:util';
import { InputError } from '../kernel/errors.ts';

/** One line of a register file, longer ones included, cut after this many characters: see `isOverlong`. */
export const LINE_CHARS_MAX = 4_096;

/** Lines that arrived together; `first` is the number of the first one, counted from 1. */
export type LineBatch = { readonly first: number; readonly lines: readonly string[] };

const LINE_END = /\r\n|\n|\r/;

/**
 * Strict UTF-8 in chunks of any size, as batches of lines. Line ends may be mixed; a byte order mark is dropped. Memory is
 * bounded by one chunk and one line. Throws InputError at bytes that are no UTF-8.
 */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<LineBatch> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let first = 1;
  let started = false;
  for await (const chunk of input) {
    if (!started && chunk.length > 0) {
      refuseForeign(chunk);
      started = true;
    }
    const text = rest + decoded(decoder, chunk, first);
    // A carriage return at the very end may be half of a line end.
    const held = text.endsWith('\r') ? '\r' : '';
    const lines = text.slice(0, text.length - held.length).split(LINE_END);
    rest = cut(lines.pop() ?? '') + held;
    if (lines.length > 0) yield { first, lines };
    first += lines.length;
  }
  const last = (rest + decoded(decoder, null, first)).split(LINE_END);
  if (last.at(-1) === '') last.pop();
  if (last.length > 0) yield { first, lines: last };
}

export function isOverlong(line: string): boolean {
  return line.length > LINE_CHARS_MAX;
}

/** What is dropped here is read by nobody: the line is refused for its length. */
function cut(line: string): string {
  return isOverlong(line) ? line.slice(0, LINE_CHARS_MAX + 1) : line;
}

function decoded(decoder: TextDecoder, chunk: Uint8Array | null, line: number): string {
  try {
    return chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (error) {
    const before = new TextDecoder().decode(chunk ?? undefined).split('\uFFFD', 1)[0] ?? '';
    const wrongLine = line + before.split(LINE_END).length - 1;
    throw new InputError(
      `line ${wrongLine}: expected UTF-8, came other bytes: save the file as "CSV UTF-8"`,
      { cause: error },
    );
  }
}

/** Files that are often sent by mistake, told by their first bytes. */
function refuseForeign(chunk: Uint8Array): void {
  const [a, b] = chunk;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new InputError('expected UTF-8, came UTF-16: save the file as "CSV UTF-8"');
  }
  if (a === 0x50 && b === 0x4b) {
    throw new InputError(
      'expected CSV or NDJSON, came a spreadsheet or zip file: export it as "CSV UTF-8"',
    );
  }
  if (a === 0x1f && b === 0x8b) {
    throw new InputError('expected CSV or NDJSON, came a gzip file: unpack it first');
  }
}
