import { Details } from './details.ts';
import { isoDate } from './values.ts';

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

const OTHER_PEOPLE = 0xa0;

/** Throws ProtocolError. */
export function parseDg12(bytes: Uint8Array): Dg12 {
  const details = new Details(12, bytes);
  return {
    issuingAuthority: details.text(0x5f19),
    issued: details.date(0x5f26),
    otherPeople: details.repeated(OTHER_PEOPLE, 0x5f1a),
    endorsements: details.text(0x5f1b),
    taxOrExit: details.text(0x5f1c),
    frontImage: details.bytes(0x5f1d),
    rearImage: details.bytes(0x5f1e),
    personalized: timestamp(details.bytes(0x5f55) ?? new Uint8Array(0)),
    personalizationSystem: details.text(0x5f56),
    unknown: details.unknown(),
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
