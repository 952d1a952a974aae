import { findTlv, readTlvs, type Tlv } from '../tlv.ts';
import { dataGroupFile, readWholeFile } from './files.ts';
import { compactDate, textOrNull } from './values.ts';

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

const TAG_LIST = 0x5c;
const OTHER_NAMES = 0xa0;
const KNOWN: readonly number[] = [
  ...[
    TAG_LIST,
    OTHER_NAMES,
    0x5f0e,
    0x5f0f,
    0x5f10,
    0x5f2b,
    0x5f11,
    0x5f42,
    0x5f12,
    0x5f13,
    0x5f14,
  ],
  ...[0x5f15, 0x5f16, 0x5f17, 0x5f18],
];

/** Throws ProtocolError. */
export function parseDg11(bytes: Uint8Array): Dg11 {
  const objects = readTlvs(readWholeFile(dataGroupFile(11), bytes).value);
  const text = (tag: number) => textOf(objects, tag);
  const date = findTlv(objects, 0x5f2b);
  return {
    fullName: text(0x5f0e),
    otherNames: repeated(objects, OTHER_NAMES, 0x5f0f),
    personalNumber: text(0x5f10),
    birth: date === null ? null : compactDate(date.value),
    birthPlace: components(text(0x5f11)),
    address: components(text(0x5f42)),
    telephone: text(0x5f12),
    profession: text(0x5f13),
    title: text(0x5f14),
    personalSummary: text(0x5f15),
    proofOfCitizenship: findTlv(objects, 0x5f16)?.value ?? null,
    otherDocuments: components(text(0x5f17)),
    custody: text(0x5f18),
    unknown: objects.filter(({ tag }) => !KNOWN.includes(tag)).map(({ raw }) => raw),
  };
}

/** The text of the first object with that tag. */
export function textOf(objects: readonly Tlv[], tag: number): string | null {
  const found = findTlv(objects, tag);
  return found === null ? null : textOrNull(found.value);
}

/** The texts in a template that begins with their count, and, as some issuers have them, beside it. The count is not relied on. */
export function repeated(objects: readonly Tlv[], template: number, tag: number): string[] {
  const found = findTlv(objects, template);
  return [...(found === null ? [] : readTlvs(found.value)), ...objects]
    .filter((object) => object.tag === tag)
    .map(({ value }) => textOrNull(value))
    .filter((text) => text !== null);
}

/** `HA<NOI<<VNM`: components with a filler between. */
function components(text: string | null): string[] {
  return (text ?? '').split('<').filter((part) => part !== '');
}
