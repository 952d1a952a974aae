import { InputError } from '../kernel/errors.ts';
import { CANARY_SOURCE, CANARY_SOURCE_ID, STATUS_IDS } from './canaries.ts';
import type { RecordFields } from './entry-record.ts';
import type { Subject } from './lookup.ts';
import { checkHeader, parseLine, type RegisterFormat } from './parse-line.ts';
import { readLines } from './read-lines.ts';
import {
  type Column,
  judgeEntry,
  type LineProblem,
  type LineRules,
  type RegisterEntry,
} from './register-line.ts';

/** Counted from 1, the header included. */
export type BadLine = LineProblem & { readonly line: number };

/** A row: of a person's number, of each earlier one, of a QID. */
type Take = (subject: Subject, fields: RecordFields) => void;

const ROWS_MAX = 20_000_000;
const BAD_LINES_LISTED_MAX = 1_000;
/** Its id is one byte; the canaries' own takes one place. */
const SOURCES_MAX = 256;

/** The lines of one file: gives its good entries, keeps account of the bad ones. For one use. */
export class ImportLines {
  readonly #format: RegisterFormat;
  readonly #rules: LineRules;
  readonly #sources = new Map<string, number>([[CANARY_SOURCE, CANARY_SOURCE_ID]]);
  readonly #badLines: BadLine[] = [];
  #columns: readonly Column[] | undefined;
  #badTotal = 0;
  #count = 0;
  #others = 0;
  #untilDefaulted = 0;

  constructor(format: RegisterFormat, rules: LineRules) {
    this.#format = format;
    this.#rules = rules;
  }

  /** Names by their id. */
  get sources(): readonly string[] {
    return [...this.#sources.keys()];
  }

  /** The first problems, at most 1,000. */
  get badLines(): readonly BadLine[] {
    return this.#badLines;
  }

  /** Lines with a problem, listed or not. */
  get badTotal(): number {
    return this.#badTotal;
  }

  get count(): number {
    return this.#count;
  }

  /** Rows that were given besides, one for each earlier number and QID. */
  get others(): number {
    return this.#others;
  }

  get untilDefaulted(): number {
    return this.#untilDefaulted;
  }

  /** Gives each entry until the first bad line. Throws InputError for what makes the whole file none. */
  async read(input: AsyncIterable<Uint8Array>, signal: AbortSignal, take: Take): Promise<void> {
    let header = this.#format === 'csv';
    for await (const { first, lines } of readLines(input)) {
      signal.throwIfAborted();
      for (const [index, line] of lines.entries()) {
        if (header) this.#columns = checkHeader(line);
        else this.#readLine(line, first + index, take);
        header = false;
      }
    }
    if (header) throw new InputError('the file is empty: expected a header and entries');
  }

  #readLine(line: string, number: number, take: Take): void {
    const entry = this.#entryOf(line, number);
    // One bad line and nothing is imported: the others are only judged.
    if (entry === null || this.#badTotal > 0) return;
    const fields = this.#fieldsOf(entry);
    take({ kind: 'number', value: entry.number }, fields);
    for (const other of entry.others) take(other, fields);
  }

  #entryOf(line: string, number: number): RegisterEntry | null {
    const parsed = parseLine(line, this.#format, this.#columns);
    if (parsed.kind === 'blank') return null;
    if (parsed.kind === 'bad') return this.#refuse(number, [parsed.problem]);
    const judged = judgeEntry(parsed.raw, this.#rules);
    if (judged.kind === 'bad') return this.#refuse(number, judged.problems);
    this.#count++;
    this.#others += judged.entry.others.length;
    if (this.#count + this.#others > ROWS_MAX) {
      throw new InputError(
        `more than ${ROWS_MAX} numbers and QIDs: one station holds no longer list`,
      );
    }
    if (judged.entry.untilDefaulted) this.#untilDefaulted++;
    return judged.entry;
  }

  #refuse(line: number, problems: readonly LineProblem[]): null {
    this.#badTotal++;
    for (const { column, problem } of problems) {
      if (this.#badLines.length < BAD_LINES_LISTED_MAX) {
        this.#badLines.push({ line, column, problem });
      }
    }
    return null;
  }

  #fieldsOf({ status, fromDay, untilDay, source, attribute }: RegisterEntry): RecordFields {
    const id = this.#sources.get(source) ?? this.#sources.size;
    if (id === SOURCES_MAX) {
      throw new InputError(
        `more than ${SOURCES_MAX - 1} different sources: expected who reported it, or the batch`,
      );
    }
    this.#sources.set(source, id);
    return { status: STATUS_IDS[status], fromDay, untilDay, source: id, attribute };
  }
}
