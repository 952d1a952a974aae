import { members, need, readOid, TAG } from '../der.ts';
import type { Tlv } from '../tlv.ts';

/** A distinguished name. */
export type Name = {
  /** Two letters, upper case: ICAO 9303-12, 7.1 wants them so, issuers write both. Null when there is not exactly one. */
  readonly country: string | null;
  /** The same for names that differ only in string type, case and spaces (RFC 5280, 7.1). */
  readonly comparable: string;
  /** For people: `CN=..., O=..., C=...`, in the order written. */
  readonly text: string;
};

const COUNTRY = '2.5.4.6';
const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  [COUNTRY]: 'C',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
};
const BMP_STRING = 0x1e;
const UNIVERSAL_STRING = 0x1c;
const TELETEX_STRING = 0x14;

export function readName(name: Tlv | undefined, what: string): Name {
  const parts = members(name, TAG.sequence, what).map((set) =>
    members(set, TAG.set, what).map((pair) => {
      const [type, value] = members(pair, TAG.sequence, what);
      return { oid: readOid(type, what), value: readText(value) };
    }),
  );
  const all = parts.flat();
  const countries = new Set(
    all.filter(({ oid }) => oid === COUNTRY).map(({ value }) => value.trim().toUpperCase()),
  );
  const [country] = countries;
  return {
    country: countries.size === 1 && /^[A-Z]{2}$/.test(country ?? '') ? (country ?? null) : null,
    comparable: JSON.stringify(
      parts.map((set) => set.map(({ oid, value }) => [oid, folded(value)].join('=')).sort()),
    ),
    text: all.map(({ oid, value }) => `${SHORT[oid] ?? oid}=${printable(value)}`).join(', '),
  };
}

function readText(value: Tlv | undefined): string {
  const bytes = Buffer.from(need(value, value?.tag ?? TAG.null, 'name').value);
  switch (value?.tag) {
    case BMP_STRING:
      return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : bytes.toString('latin1');
    case UNIVERSAL_STRING:
    case TELETEX_STRING:
      return bytes.toString('latin1');
    default:
      return bytes.toString('utf8');
  }
}

function folded(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** Control characters could dress one name up as another on a terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?').slice(0, 200);
}
