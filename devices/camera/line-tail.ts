const LINES_MAX = 20;
const LINE_CHARS_MAX = 300;
/** Terminal sequences and marks that turn the writing direction: a camera's answer may carry them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}]/gu;
/** ffmpeg's `[tcp @ 0x561a31b4c4c0]`: tells nobody anything and differs each time. */
const MEMORY_ADDRESS = / @ 0x[0-9a-f]+/g;

/** The last lines of a child's stderr, masked and printable, however much it prints. */
export class LineTail {
  readonly #mask: (line: string) => string;
  readonly #decoder = new TextDecoder();
  #lines: string[] = [];
  #open = '';

  constructor(mask: (line: string) => string) {
    this.#mask = mask;
  }

  push(chunk: Uint8Array): void {
    const pieces = (this.#open + this.#decoder.decode(chunk, { stream: true })).split(/[\r\n]+/);
    // A line longer than any message loses its end: a credential cut in two would not be recognised.
    this.#open = (pieces.pop() ?? '').slice(0, 8 * LINE_CHARS_MAX);
    for (const piece of pieces) this.add(piece);
  }

  add(line: string): void {
    const plain = this.#mask(line.slice(0, 8 * LINE_CHARS_MAX))
      .replace(UNPRINTABLE, ' ')
      .replace(MEMORY_ADDRESS, '');
    const short = plain.trim().slice(0, LINE_CHARS_MAX);
    if (short === '' || short === this.#lines.at(-1)) return;
    this.#lines = [...this.#lines.slice(1 - LINES_MAX), short];
  }

  lines(): readonly string[] {
    if (this.#open === '') return this.#lines;
    const tail = new LineTail(this.#mask);
    tail.add(this.#open);
    return [...this.#lines, ...tail.lines()];
  }
}
