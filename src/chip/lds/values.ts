import { dayFromParts } from '../../kernel/calendar.ts';
import { ProtocolError } from '../protocol-error.ts';
import { needTlv, type Tlv } from '../tlv.ts';

/** What the files of a chip are made of: text, dates, small numbers, object identifiers. */

const INTEGER_BYTES_MAX = 4;
const OID_BYTES_MAX = 64;

/** UTF-8 (ASCII is part of it) without surrounding blanks; null when it is none, or empty. */
export function textOrNull(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
    return text === '' ? null : text;
  } catch {
    return null;
  }
}

/** ISO 8601, reduced where day or month are 0 (unknown): `2000-02-01`, `2000-02`, `2000`. Null for no date of 1900 to 2399. */
export function isoDate(year: number, month: number, day: number): string | null {
  if (dayFromParts(year, month === 0 ? 1 : month, month === 0 || day === 0 ? 1 : day) === null) {
    return null;
  }
  const parts = [month, day].slice(0, month === 0 ? 0 : day === 0 ? 1 : 2);
  return [year, ...parts.map((part) => String(part).padStart(2, '0'))].join('-');
}

/** CCYYMMDD in 8 ASCII characters or, as early chips have it, in 4 BCD bytes (ICAO 9303-10, 4.7.11); ISO 8601 or null. */
export function compactDate(bytes: Uint8Array): string | null {
  const text =
    bytes.length === 4 ? Buffer.from(bytes).toString('hex') : Buffer.from(bytes).toString('latin1');
  const match = /^(\d{4})(\d{2}|<<)(\d{2}|<<)$/.exec(text);
  if (match === null) return null;
  const [year, month, day] = match.slice(1).map((part) => (part === '<<' ? 0 : Number(part)));
  return isoDate(year ?? 0, month ?? 0, day ?? 0);
}

/** The object, which must be there and have that tag. Throws ProtocolError `tlv.missing` naming `what`. */
export function expectTlv(object: Tlv | undefined, tag: number, what: string): Tlv {
  return needTlv(object === undefined ? [] : [object], tag, what);
}

/** An INTEGER from 0 to 2^31-1. Throws ProtocolError `asn1.integer`. */
export function smallInteger({ tag, value }: Tlv): number {
  const number = value.reduce((sum, byte) => sum * 256 + byte, 0);
  const [first] = value;
  if (tag !== 0x02 || first === undefined || first >= 0x80 || value.length > INTEGER_BYTES_MAX) {
    throw new ProtocolError('asn1.integer', `a small INTEGER expected, came object ${tag}`);
  }
  return number;
}

/** An OBJECT IDENTIFIER as `2.23.136.1.1.1`. Throws ProtocolError `asn1.oid`. */
export function oidText({ tag, value }: Tlv): string {
  const last = value.at(-1);
  if (tag !== 0x06 || last === undefined || last >= 0x80 || value.length > OID_BYTES_MAX) {
    throw new ProtocolError('asn1.oid', `an OBJECT IDENTIFIER expected, came object ${tag}`);
  }
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of value) {
    arc = arc * 128n + BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [head = 0n, ...rest] = arcs;
  const top = head < 80n ? head / 40n : 2n;
  return [top, head - top * 40n, ...rest].join('.');
}
