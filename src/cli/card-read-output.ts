import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { AccessMethod, NoAccess } from '../chip/access.ts';
import type { CardProgress, CardReading, FileReading } from '../chip/card-reading.ts';
import { parseDg1 } from '../chip/lds/dg1.ts';
import { parseDg2 } from '../chip/lds/dg2.ts';
import { parseDg11 } from '../chip/lds/dg11.ts';
import { parseDg12 } from '../chip/lds/dg12.ts';
import { parseDg13 } from '../chip/lds/dg13.ts';
import { ProtocolError } from '../chip/protocol-error.ts';
import { ConfigError } from '../kernel/errors.ts';
import { fileRow, row } from './card-output.ts';

/** What `chot card read` shows of a card while it is read: all of it, unlike a lane (security C5), and only as it was signed. */

const METHODS: Readonly<Record<AccessMethod, string>> = {
  'pace-can': 'by PACE, with the card access number',
  'pace-mrz': 'by PACE, with the machine-readable zone',
  bac: 'by BAC',
};
export const PROBLEMS: Readonly<Record<NoAccess['kind'], string>> = {
  'number-does-not-open': 'the number does not open this card: compare it with what is printed',
  'more-needed': 'this card needs birth and expiry too: --number - --birth - --expiry -',
  'no-application': 'this is no travel document, or no identity card',
  refused: 'the card refused every way of opening it: see --trace -',
  spent: 'two attempts have failed: take the card away and lay it down again',
};
const LABELS: Readonly<Record<string, string>> = {
  documentCode: 'kind',
  documentNumber: 'document',
  givenNames: 'given names',
  personalNumber: 'number',
  oldNumber: 'old number',
};
/** Not for people: bytes, and what follows from other fields. */
const LEFT_OUT = [
  ...['unknown', 'checks', 'proofOfCitizenship', 'frontImage', 'rearImage', 'format', 'optional'],
];

export type Fields = Readonly<Record<string, string | readonly string[]>>;

/** Each line as it comes. The photograph goes to `photo` alone. */
export function progressLines(
  progress: CardProgress,
  photo: PhotoFile | null,
  json: boolean,
): readonly string[] {
  switch (progress.kind) {
    case 'file':
      return fileLines(progress.reading, photo, json);
    case 'open':
      if (json) return [];
      return row('opened', METHODS[progress.method] + (progress.weaker ? ', which is weaker' : ''));
    case 'lost':
      return json ? [] : row('lost', `the session (${progress.code}); it is made anew`);
    case 'started-over':
      photo?.forget();
      return json
        ? [JSON.stringify({ startedOver: true })]
        : row('another card', 'what stands above is not of this one');
    case 'phase':
    case 'bytes':
      return [];
    default:
      return progress satisfies never;
  }
}

function fileLines(reading: FileReading, photo: PhotoFile | null, json: boolean): string[] {
  const { file, outcome, hash, group } = reading;
  if (outcome.kind !== 'read') {
    const why = outcome.kind === 'refused' ? outcome.sw.toString(16).toUpperCase() : outcome.code;
    if (json) return [JSON.stringify({ file, bytes: null, hash: null, [outcome.kind]: why })];
    return row(file, `not read: ${outcome.kind} (${why})`);
  }
  const trusted = hash === 'passed' ? outcome.bytes : null;
  const fields = trusted === null ? null : fieldsOf(group, trusted);
  if (group === 2 && trusted !== null) photo?.write(trusted);
  const bytes = outcome.bytes.length;
  if (json) return [JSON.stringify({ file, bytes, hash, ...(fields && { fields }) })];
  return [
    fileRow(file, bytes, hash),
    ...Object.entries(fields ?? {}).flatMap(([name, value]) =>
      row(`  ${LABELS[name] ?? name}`, [value].flat().join('; ')),
    ),
  ];
}

/** Null: a group without fields, or not understood. */
function fieldsOf(group: number | null, bytes: Uint8Array): Fields | null {
  try {
    switch (group) {
      case 1:
        return present(parseDg1(bytes));
      case 2: {
        const [picture] = parseDg2(bytes);
        if (picture === undefined) return null;
        return { picture: `${picture.format}, ${picture.width} by ${picture.height} pixels` };
      }
      case 11:
        return present(parseDg11(bytes));
      case 12:
        return present(parseDg12(bytes));
      case 13:
        return present(parseDg13(bytes));
      default:
        return null;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { problem: error.code };
  }
}

function present(parsed: object): Fields {
  return Object.fromEntries(
    Object.entries(parsed).flatMap(([name, value]): [string, string | readonly string[]][] => {
      if (LEFT_OUT.includes(name)) return [];
      if (typeof value === 'string' && value !== '') return [[name, value]];
      const texts = Array.isArray(value) ? value.filter((each) => each !== '') : [];
      return texts.length > 0 ? [[name, texts]] : [];
    }),
  );
}

/** Why a reading ended before everything was read, in words; null when it did not. */
export function endText({ ended, access }: CardReading): string | null {
  switch (ended) {
    case 'complete':
      return null;
    case 'no-access':
      return access.problem === null ? 'the card could not be opened' : PROBLEMS[access.problem];
    case 'gone':
      return 'the card was taken away before all of it was read';
    case 'lost':
      return 'the card does not keep a session: lay it down again, see --trace -';
    case 'deadline':
      return 'the card took too long';
    default:
      return ended satisfies never;
  }
}

/** A new file for a photograph, for its owner's eyes; made before the card is read, and away again if there was none. */
export class PhotoFile {
  readonly #path: string;
  readonly #handle: number;
  #written = false;

  /** Throws ConfigError where there is such a file. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#handle = openSync(path, 'wx', 0o600);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigError(`${path} cannot be made (${code}): name a new file`, { cause: error });
    }
  }

  /** From an EF.DG2 that is as it was signed. */
  write(dg2: Uint8Array): void {
    try {
      const [picture] = parseDg2(dg2);
      if (picture === undefined || this.#written) return;
      writeSync(this.#handle, picture.bytes, 0, picture.bytes.length, 0);
      this.#written = true;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  /** It was another card's. */
  forget(): void {
    ftruncateSync(this.#handle);
    this.#written = false;
  }

  close(): void {
    closeSync(this.#handle);
    if (!this.#written) unlinkSync(this.#path);
  }
}
