import { ProtocolError } from '../protocol-error.ts';

/** A check digit's outcome; skipped: the document does not carry it. */
export type MrzOutcome = 'passed' | 'failed' | 'skipped';

/** The machine-readable zone (ICAO 9303-3 to -6), fillers at the ends taken away. */
export type Mrz = {
  readonly format: 'TD1' | 'TD2' | 'TD3';
  /** `I`, `ID`, `P`. */
  readonly documentCode: string;
  /** `VNM`, `UTO`, `D`. */
  readonly issuer: string;
  /** Whole, also where it is longer than its field; a `<` within it is kept, since keys are derived from it. */
  readonly documentNumber: string;
  /** YYMMDD, with `<<` for what is unknown. */
  readonly birth: string;
  readonly sex: 'male' | 'female' | null;
  /** YYMMDD. */
  readonly expiry: string;
  readonly nationality: string;
  readonly surname: string;
  readonly givenNames: string;
  /** The optional fields in order, less what a long document number took of them. */
  readonly optional: readonly string[];
  /** The 12 digits of a Vietnamese identity card, else null. */
  readonly personalNumber: string | null;
  readonly checks: {
    readonly documentNumber: MrzOutcome;
    readonly birth: MrzOutcome;
    readonly expiry: MrzOutcome;
    /** TD3: of the optional field. TD1 of Vietnam: of the 12-digit number in it. */
    readonly optional: MrzOutcome;
    readonly composite: MrzOutcome;
    /** Vietnam: the document number is the last 9 digits of the 12. */
    readonly numbersAgree: MrzOutcome;
  };
};

/** Positions in the lines put end to end: from, to. */
type Layout = {
  readonly format: Mrz['format'];
  readonly names: readonly [number, number];
  readonly number: number;
  readonly nationality: number;
  readonly birth: number;
  readonly expiry: number;
  readonly optional: readonly (readonly [number, number])[];
  readonly optionalCheck: number | null;
  readonly composite: readonly (readonly [number, number])[];
};

const NUMBER_CHARACTERS = 9;
const TEXT_CHARACTERS_MAX = 200;
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [
    90, // 9303-5, 4.2.2: three lines of 30.
    {
      ...{ format: 'TD1', names: [60, 90], number: 5, nationality: 45, birth: 30, expiry: 38 },
      optional: [
        [15, 30],
        [48, 59],
      ],
      optionalCheck: null,
      composite: [
        [5, 37],
        [38, 45],
        [48, 59],
      ],
    },
  ],
  [
    72, // 9303-6, 4.2.2: two lines of 36.
    {
      ...{ format: 'TD2', names: [5, 36], number: 36, nationality: 46, birth: 49, expiry: 57 },
      optional: [[64, 71]],
      optionalCheck: null,
      composite: [
        [36, 46],
        [49, 56],
        [57, 71],
      ],
    },
  ],
  [
    88, // 9303-4, 4.2.2: two lines of 44.
    {
      ...{ format: 'TD3', names: [5, 44], number: 44, nationality: 54, birth: 57, expiry: 65 },
      optional: [[72, 86]],
      optionalCheck: 86,
      composite: [
        [44, 54],
        [57, 64],
        [65, 87],
      ],
    },
  ],
]);

/**
 * Reads the lines of a TD1, TD2 or TD3 document, with or without line ends between. A wrong check digit is an outcome,
 * not an error. Throws ProtocolError `mrz.length`, `mrz.character`.
 */
export function parseMrz(text: string): Mrz {
  if (text.length > TEXT_CHARACTERS_MAX) throw lengthFault(text.length);
  const mrz = text.replace(/\s/g, '');
  const layout = LAYOUTS.get(mrz.length);
  if (layout === undefined) throw lengthFault(mrz.length);
  const odd = mrz.search(/[^0-9A-Z<]/);
  if (odd >= 0) {
    throw new ProtocolError('mrz.character', `MRZ: character ${odd + 1} is none of 0-9, A-Z, <`);
  }
  const number = readNumber(mrz, layout);
  const vietnam = readVietnam(mrz, layout);
  const { birth, expiry } = layout;
  const [surname = '', ...given] = trimmed(mrz.slice(...layout.names)).split('<<');
  return {
    format: layout.format,
    documentCode: trimmed(mrz.slice(0, 2)),
    issuer: trimmed(mrz.slice(2, 5)),
    documentNumber: number.documentNumber,
    birth: mrz.slice(birth, birth + 6),
    sex: readSex(mrz.charAt(expiry - 1)),
    expiry: mrz.slice(expiry, expiry + 6),
    nationality: trimmed(mrz.slice(layout.nationality, layout.nationality + 3)),
    surname: words(surname),
    givenNames: words(given.join('<')),
    optional: number.optional.map(trimmed),
    personalNumber: vietnam?.personalNumber ?? null,
    checks: {
      documentNumber: number.check,
      birth: dateOutcome(mrz.slice(birth, birth + 6), mrz.charAt(birth + 6)),
      expiry: dateOutcome(mrz.slice(expiry, expiry + 6), mrz.charAt(expiry + 6)),
      optional: vietnam?.check ?? optionalCheck(mrz, layout),
      composite: outcome(joined(mrz, layout.composite), mrz.charAt(compositeAt(layout))),
      numbersAgree: vietnam?.agree ?? 'skipped',
    },
  };
}

/** ICAO 9303-3, 4.9: weights 7, 3, 1; A to Z are 10 to 35, the filler is 0. */
export function mrzCheckDigit(text: string): string {
  const sum = [...text].reduce((total, character, index) => {
    const value = character === '<' ? 0 : Number.parseInt(character, 36);
    return total + value * ([7, 3, 1][index % 3] ?? 0);
  }, 0);
  return String(sum % 10);
}

/** 9303-5, 4.2.2 note j: a number longer than its field goes on in the optional field, its check digit after it. */
function readNumber(mrz: string, { number, optional, optionalCheck: own }: Layout) {
  const end = number + NUMBER_CHARACTERS;
  const field = mrz.slice(number, end);
  const digit = mrz.charAt(end);
  const [first = '', ...others] = optional.map((range) => mrz.slice(...range));
  const more = /^([0-9A-Z]+)([0-9])(?:<|$)/.exec(first);
  if (digit !== '<' || own !== null || more === null) {
    return {
      ...{ documentNumber: trimmed(field), check: outcome(field, digit) },
      optional: [first, ...others],
    };
  }
  const [, rest = '', restDigit = ''] = more;
  return {
    documentNumber: field + rest,
    check: outcome(field + rest, restDigit),
    optional: [first.slice(rest.length + 1), ...others],
  };
}

/** Vietnam's identity card: the whole number, two fillers and its check digit in the first optional field. */
function readVietnam(mrz: string, { format, number }: Layout) {
  if (format !== 'TD1' || mrz.slice(2, 5) !== 'VNM') return null;
  const match = /^([0-9]{12})<<([0-9<])$/.exec(mrz.slice(15, 30));
  if (match === null) return null;
  const [, personalNumber = '', digit = ''] = match;
  const agree: MrzOutcome =
    personalNumber.slice(-NUMBER_CHARACTERS) === mrz.slice(number, number + NUMBER_CHARACTERS)
      ? 'passed'
      : 'failed';
  return { personalNumber, check: outcome(personalNumber, digit), agree };
}

/** 9303-4, 4.2.2: an empty optional field may have a filler for its check digit. */
function optionalCheck(mrz: string, { optional, optionalCheck: at }: Layout): MrzOutcome {
  if (at === null) return 'skipped';
  const field = joined(mrz, optional);
  return /^<*$/.test(field) && mrz.charAt(at) === '<' ? 'passed' : outcome(field, mrz.charAt(at));
}

function compositeAt({ composite }: Layout): number {
  return composite.at(-1)?.[1] ?? 0;
}

function outcome(text: string, digit: string): MrzOutcome {
  return mrzCheckDigit(text) === digit ? 'passed' : 'failed';
}

/** 9303-3, 4.8: digits, and fillers for what is not known. A letter ten above its digit has the same check digit. */
function dateOutcome(date: string, digit: string): MrzOutcome {
  return /^[0-9<]*$/.test(date) ? outcome(date, digit) : 'failed';
}

function joined(mrz: string, ranges: Layout['composite']): string {
  return ranges.map((range) => mrz.slice(...range)).join('');
}

function readSex(letter: string): Mrz['sex'] {
  return letter === 'M' ? 'male' : letter === 'F' ? 'female' : null;
}

function words(text: string): string {
  return text.replaceAll('<', ' ').trim();
}

function trimmed(text: string): string {
  let end = text.length;
  while (text.charAt(end - 1) === '<') end--;
  return text.slice(0, end);
}

function lengthFault(characters: number): ProtocolError {
  const known = [...LAYOUTS].map(([length, { format }]) => `${length} (${format})`).join(', ');
  return new ProtocolError('mrz.length', `MRZ of ${characters} characters: ${known} expected`);
}
