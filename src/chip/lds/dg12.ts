import { findTlv, readTlvs } from '../tlv.ts';
import { repeated, textOf } from './dg11.ts';
import { dataGroupFile, readWholeFile } from './files.ts';
import { compactDate, isoDate } from './values.ts';

/** EF.DG12 (ICAO 9303-10, 4.7.12): more about the document. Null: not there, empty or not understood. */
export type Dg12 = {
  readonly issuingAuthority: string | null;
  /** ISO 8601. */
  readonly issued: string | null;
  readonly otherPeople: readonly string[];
  readonly endorsements: string | null;
  readonly taxOrExit: string | null;
  /** Pictures of the document, compressed as their own first bytes say. */
  readonly frontImage: Uint8Array | null;
  readonly rearImage: Uint8Array | null;
  /** When it was personalised, without a zone: `2021-06-01T10:20:30`. */
  readonly personalized: string | null;
  readonly personalizationSystem: string | null;
  /** Objects of other tags, as they came. */
  readonly unknown: readonly Uint8Array[];
};

const TAG_LIST = 0x5c;
const OTHER_PEOPLE = 0xa0;
const KNOWN: readonly number[] = [
  ...[
    TAG_LIST,
    OTHER_PEOPLE,
    0x5f19,
    0x5f1a,
    0x5f26,
    0x5f1b,
    0x5f1c,
    0x5f1d,
    0x5f1e,
    0x5f55,
    0x5f56,
  ],
];

/** Throws ProtocolError. */
export function parseDg12(bytes: Uint8Array): Dg12 {
  const objects = readTlvs(readWholeFile(dataGroupFile(12), bytes).value);
  const bytesOf = (tag: number) => findTlv(objects, tag)?.value ?? null;
  return {
    issuingAuthority: textOf(objects, 0x5f19),
    issued: compactDate(bytesOf(0x5f26) ?? new Uint8Array(0)),
    otherPeople: repeated(objects, OTHER_PEOPLE, 0x5f1a),
    endorsements: textOf(objects, 0x5f1b),
    taxOrExit: textOf(objects, 0x5f1c),
    frontImage: bytesOf(0x5f1d),
    rearImage: bytesOf(0x5f1e),
    personalized: timestamp(bytesOf(0x5f55) ?? new Uint8Array(0)),
    personalizationSystem: textOf(objects, 0x5f56),
    unknown: objects.filter(({ tag }) => !KNOWN.includes(tag)).map(({ raw }) => raw),
  };
}

/** CCYYMMDDhhmmss in 14 ASCII characters or 7 BCD bytes. */
function timestamp(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString(bytes.length === 7 ? 'hex' : 'latin1');
  const match = /^(\d{4})(\d\d)(\d\d)([01]\d|2[0-3])([0-5]\d)([0-5]\d)$/.exec(text);
  if (match === null) return null;
  const [, year, month, day, ...time] = match;
  const date = isoDate(Number(year), Number(month), Number(day));
  return date?.length === 10 ? `${date}T${time.join(':')}` : null;
}
