import { oidText } from './lds/values.ts';
import { ProtocolError } from './protocol-error.ts';
import { readTlv, readTlvs, type Tlv, writeTlv } from './tlv.ts';

/** Values of X.690 as certificates hold them. All throw ProtocolError, naming `what` was being read. */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const INTEGER_BYTES_MAX = 2_048;

/** The one object of that tag which fills `bytes`: what follows it is refused, for it would be signed by nobody. */
export function readOnly(bytes: Uint8Array, tag: number, what: string): Tlv {
  const object = readTlv(bytes);
  need(object, tag, what);
  if (object.raw.length !== bytes.length) {
    throw new ProtocolError(
      'der.trailing',
      `${what}: ${bytes.length - object.raw.length} bytes follow its end`,
    );
  }
  return object;
}

/** The members of a SEQUENCE or SET. */
export function members(object: Tlv | undefined, tag: number, what: string): readonly Tlv[] {
  return readTlvs(need(object, tag, what).value);
}

export function need(object: Tlv | undefined, tag: number, what: string): Tlv {
  if (object?.tag === tag) return object;
  const came = object === undefined ? 'nothing' : object.tag.toString(16);
  throw new ProtocolError('der.tag', `${what}: object ${tag.toString(16)} expected, came ${came}`);
}

/** Objects one after another in `bytes`, of which no more than `most` are looked at: more is refused. */
export function* walk(bytes: Uint8Array, most: number, what: string): Generator<Tlv> {
  let count = 0;
  for (let rest = bytes; rest.length > 0; count++) {
    if (count >= most) throw new ProtocolError('der.too-many', `${what}: more than ${most}`);
    const next = readTlv(rest);
    yield next;
    rest = rest.subarray(next.raw.length);
  }
}

/** Dotted decimals. */
export function readOid(object: Tlv | undefined, what: string): string {
  return oidText(need(object, TAG.oid, what));
}

/** OBJECT IDENTIFIER with its head, from dotted decimals. */
export function encodeOid(oid: string): Uint8Array {
  const [root = 0n, second = 0n, ...rest] = oid.split('.').map(BigInt);
  const bytes = [root * 40n + second, ...rest].flatMap((arc) => {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    return groups;
  });
  return writeTlv(TAG.oid, Uint8Array.from(bytes));
}

/** INTEGER, not negative. */
export function readUnsigned(object: Tlv | undefined, what: string): bigint {
  const { value } = need(object, TAG.integer, what);
  const negative = (value[0] ?? 0) >= 0x80;
  if (value.length === 0 || value.length > INTEGER_BYTES_MAX || negative) {
    throw new ProtocolError('der.integer', `${what}: a number of 0 or more expected`);
  }
  return bigUnsigned(value);
}

export function bigUnsigned(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** BIT STRING of whole bytes. */
export function readBitBytes(object: Tlv | undefined, what: string): Uint8Array {
  const { value } = need(object, TAG.bitString, what);
  if (value[0] !== 0) throw new ProtocolError('der.bits', `${what}: whole bytes expected`);
  return value.subarray(1);
}

const TIME_BYTES_MAX = 32;
const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:Z|([+-])(\d{2})(\d{2}))$/;
const GENERALIZED_TIME =
  /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.\d+)?(?:Z|([+-])(\d{2})(\d{2}))$/;

/** UTCTime or GeneralizedTime in milliseconds since 1970 UTC. */
export function readTime(object: Tlv | undefined, what: string): number {
  const wide = object?.tag === TAG.generalizedTime;
  const { value } = need(object, wide ? TAG.generalizedTime : TAG.utcTime, what);
  const text = value.length > TIME_BYTES_MAX ? '' : Buffer.from(value).toString('latin1');
  const parts = (wide ? GENERALIZED_TIME : UTC_TIME).exec(text);
  const instantMs = parts === null ? null : instantOf(parts, wide);
  if (instantMs === null) {
    throw new ProtocolError('der.time', `${what}: a point in time expected`);
  }
  return instantMs;
}

function instantOf(parts: RegExpExecArray, wide: boolean): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  // RFC 5280, 4.1.2.5.1: two digits of 50 and more are of the last century.
  const fullYear = wide ? year : year + (year >= 50 ? 1_900 : 2_000);
  const instant = new Date(0);
  instant.setUTCFullYear(fullYear, month - 1, day);
  const dayExists = instant.getUTCMonth() === month - 1 && instant.getUTCDate() === day;
  if (!dayExists || hour > 23 || minute > 59 || second > 60) return null;
  instant.setUTCHours(hour, minute, second);
  const offsetMinutes = Number(parts[8] ?? 0) * 60 + Number(parts[9] ?? 0);
  return instant.getTime() - (parts[7] === '-' ? -1 : 1) * offsetMinutes * 60_000;
}
