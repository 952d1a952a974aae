import { writeTlv } from '../../../src/chip/tlv.ts';

/** DER as an issuer writes it (X.690): nothing is read here, and nothing checked. */
export const der = {
  sequence: (...members: readonly Uint8Array[]) => writeTlv(0x30, ...members),
  /** SET OF: DER sorts its members. */
  set: (...members: readonly Uint8Array[]) =>
    writeTlv(0x31, ...[...members].sort((one, other) => Buffer.compare(one, other))),
  integer: (value: bigint | number) => writeTlv(0x02, signedBytes(BigInt(value))),
  octets: (bytes: Uint8Array) => writeTlv(0x04, bytes),
  bits: (bytes: Uint8Array, unused = 0) => writeTlv(0x03, Uint8Array.of(unused), bytes),
  boolean: (value: boolean) => writeTlv(0x01, Uint8Array.of(value ? 0xff : 0)),
  none: () => writeTlv(0x05),
  oid: (dotted: string) => writeTlv(0x06, oidBytes(dotted)),
  utf8: (text: string) => writeTlv(0x0c, Buffer.from(text, 'utf8')),
  printable: (text: string) => writeTlv(0x13, Buffer.from(text, 'latin1')),
  /** RFC 5280, 4.1.2.5: two digits of the year until 2049. */
  day: (isoDay: string) => {
    const digits = `${isoDay.replaceAll('-', '')}000000Z`;
    return isoDay < '2050'
      ? writeTlv(0x17, Buffer.from(digits.slice(2), 'latin1'))
      : writeTlv(0x18, Buffer.from(digits, 'latin1'));
  },
  /** [number], constructed. */
  context: (number: number, ...members: readonly Uint8Array[]) =>
    writeTlv(0xa0 + number, ...members),
  /** [number], primitive. */
  contextBytes: (number: number, bytes: Uint8Array) => writeTlv(0x80 + number, bytes),
} as const;

/** The contents of an OBJECT IDENTIFIER: the first two numbers in one, each in groups of seven bits. */
export function oidBytes(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return Uint8Array.from([first * 40 + second, ...rest].flatMap(sevenBitGroups));
}

function sevenBitGroups(value: number): number[] {
  const groups = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) groups.unshift(0x80 | (rest & 0x7f));
  return groups;
}

/** Of a number that is not negative. */
function signedBytes(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const padded = Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even;
  return Uint8Array.from(Buffer.from(padded, 'hex'));
}
