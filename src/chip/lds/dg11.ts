import { Details } from './details.ts';

/** EF.DG11 (ICAO 9303-10, 4.7.11): more about the person. Null: not there, empty or no UTF-8. */
export type Dg11 = {
  /** As written: `<<` between primary and secondary identifiers, `<` for blanks, like `SMITH<<JOHN<J`. */
  readonly fullName: string | null;
  readonly otherNames: readonly string[];
  readonly personalNumber: string | null;
  /** ISO 8601, reduced where day or month are unknown. */
  readonly birth: string | null;
  readonly birthPlace: readonly string[];
  readonly address: readonly string[];
  readonly telephone: string | null;
  readonly profession: string | null;
  readonly title: string | null;
  readonly personalSummary: string | null;
  /** A picture of a paper, compressed as its own first bytes say. */
  readonly proofOfCitizenship: Uint8Array | null;
  readonly otherDocuments: readonly string[];
  readonly custody: string | null;
  /** Objects of other tags, as they came. */
  readonly unknown: readonly Uint8Array[];
};

const OTHER_NAMES = 0xa0;

/** Throws ProtocolError. */
export function parseDg11(bytes: Uint8Array): Dg11 {
  const details = new Details(11, bytes);
  return {
    fullName: details.text(0x5f0e),
    otherNames: details.repeated(OTHER_NAMES, 0x5f0f),
    personalNumber: details.text(0x5f10),
    birth: details.date(0x5f2b),
    birthPlace: details.components(0x5f11),
    address: details.components(0x5f42),
    telephone: details.text(0x5f12),
    profession: details.text(0x5f13),
    title: details.text(0x5f14),
    personalSummary: details.text(0x5f15),
    proofOfCitizenship: details.bytes(0x5f16),
    otherDocuments: details.components(0x5f17),
    custody: details.text(0x5f18),
    unknown: details.unknown(),
  };
}
