import { expect, test } from 'vitest';
import { readBitBytes, readOid, readOnly, readTime, readUnsigned, TAG, walk } from './der.ts';
import { ProtocolError } from './protocol-error.ts';
import { readTlv, writeTlv } from './tlv.ts';

const time = (tag: number, text: string) =>
  readTime(readTlv(writeTlv(tag, Buffer.from(text))), 'x');
const object = (tag: number, ...bytes: readonly number[]) =>
  readTlv(writeTlv(tag, Uint8Array.from(bytes)));

// RFC 5280, 4.1.2.5, and what older issuers write.
for (const [tag, text, iso] of [
  [TAG.utcTime, '240229120000Z', '2024-02-29T12:00:00Z'],
  [TAG.utcTime, '491231235959Z', '2049-12-31T23:59:59Z'],
  [TAG.utcTime, '500101000000Z', '1950-01-01T00:00:00Z'],
  [TAG.utcTime, '2402291200Z', '2024-02-29T12:00:00Z'],
  [TAG.utcTime, '240229120000+0700', '2024-02-29T05:00:00Z'],
  [TAG.utcTime, '240229120000-0330', '2024-02-29T15:30:00Z'],
  [TAG.generalizedTime, '20500101000000Z', '2050-01-01T00:00:00Z'],
  [TAG.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59Z'],
  [TAG.generalizedTime, '20240229120000.5Z', '2024-02-29T12:00:00Z'],
] as const) {
  test(`${text} is ${iso}`, () => expect(time(tag, text)).toBe(Date.parse(iso)));
}

for (const [tag, text] of [
  [TAG.utcTime, '230229120000Z'],
  [TAG.utcTime, '241301000000Z'],
  [TAG.utcTime, '240100000000Z'],
  [TAG.utcTime, '240101240000Z'],
  [TAG.utcTime, '240101000000'],
  [TAG.utcTime, '20240101000000Z'],
  [TAG.generalizedTime, '240101000000Z'],
  [TAG.generalizedTime, `20240101000000.${'0'.repeat(40)}Z`],
  [TAG.octetString, '240101000000Z'],
] as const) {
  test(`${text} in object ${tag} is no point in time`, () => {
    expect(() => time(tag, text)).toThrow(ProtocolError);
  });
}

for (const [what, read, code] of [
  ['a negative number', () => readUnsigned(object(TAG.integer, 0x80), 'x'), 'der.integer'],
  ['an empty number', () => readUnsigned(object(TAG.integer), 'x'), 'der.integer'],
  ['bits that are no bytes', () => readBitBytes(object(TAG.bitString, 3, 0xf8), 'x'), 'der.bits'],
  ['nothing where a number should be', () => readUnsigned(undefined, 'x'), 'der.tag'],
  ['another object', () => readOid(object(TAG.integer, 1), 'x'), 'der.tag'],
  ['what follows', () => readOnly(Uint8Array.of(0x30, 0, 0), 0x30, 'x'), 'der.trailing'],
  ['one too many', () => [...walk(Uint8Array.of(5, 0, 5, 0, 5, 0), 2, 'x')], 'der.too-many'],
] as const) {
  test(`${what} is refused with a reason`, () => {
    expect(read).toThrow(expect.objectContaining({ code }));
  });
}
