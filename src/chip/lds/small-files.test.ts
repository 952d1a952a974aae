import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { writeTlv } from '../tlv.ts';
import { parseCom } from './com.ts';
import { parseDg1 } from './dg1.ts';
import { parseDg11 } from './dg11.ts';
import { parseDg12 } from './dg12.ts';
import { parseDg14 } from './dg14.ts';
import { parseDg15 } from './dg15.ts';
import { DATA_GROUP_FILES, dataGroupFile, EF_COM, EF_SOD } from './files.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const utf8 = (tag: number, text: string) => writeTlv(tag, Buffer.from(text));
const same = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []);

test('ICAO 9303-10, table 38: identifiers and tags', () => {
  const row = ({ fileId, sfi, tag }: typeof EF_COM) =>
    [fileId, sfi, tag].map((value) => value.toString(16));
  expect(row(EF_COM)).toEqual(['11e', '1e', '60']);
  expect(row(EF_SOD)).toEqual(['11d', '1d', '77']);
  expect(row(dataGroupFile(1))).toEqual(['101', '1', '61']);
  expect(row(dataGroupFile(2))).toEqual(['102', '2', '75']);
  expect(row(dataGroupFile(13))).toEqual(['10d', 'd', '6d']);
  expect(row(dataGroupFile(16))).toEqual(['110', '10', '70']);
  expect(DATA_GROUP_FILES.map(({ group }) => group)).toEqual([
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  ]);
});

test('ICAO 9303-10, 4.6.1: the EF.COM of the example', () => {
  expect(parseCom(hex('60145F0104303130365F36063034303030305C026175'))).toEqual({
    ...{ ldsVersion: '0106', unicodeVersion: '040000', groups: [1, 2], unknownTags: [] },
  });
});

test("an EF.COM as Vietnam's cards have it, and a tag that is no data group's", () => {
  const { groups, unknownTags } = parseCom(
    hex('60195F0104303130375F36063034303030305C076175636D6F6E7A'),
  );
  expect(groups).toEqual([1, 2, 3, 13, 15, 14]);
  expect(unknownTags).toEqual([0x7a]);
});

// The composite check digit printed there, 4, is a known misprint: it would be 8.
test('ICAO 9303-10, A.2.1: the DG1 of a TD1 card', () => {
  const dg1 = parseDg1(
    hex(
      '615D5F1F5A493C4E4C44584938353933354638363939393939393939303C3C3C3C3C3C3732303831343846313130383236384E4C443C3C3C3C3C3C3C3C3C3C3C3456414E3C4445523C535445454E3C3C4D415249414E4E453C4C4F55495345',
    ),
  );
  expect(dg1).toMatchObject({
    ...{ documentNumber: 'XI85935F8', issuer: 'NLD', optional: ['999999990', ''] },
    ...{ surname: 'VAN DER STEEN', givenNames: 'MARIANNE LOUISE', personalNumber: null },
    checks: { documentNumber: 'passed', birth: 'passed', expiry: 'passed', composite: 'failed' },
  });
});

test("the DG1 of Vietnam's card, synthetic", () => {
  const dg1 = parseDg1(
    hex(
      '615D5F1F5A4944564E4D303939303030303031373030313039393030303030313C3C38393930313031384D33393031303136564E4D3C3C3C3C3C3C3C3C3C3C3C344E475559454E3C3C56414E3C414E3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C',
    ),
  );
  expect(dg1.personalNumber).toBe('001099000001');
  expect(new Set(Object.values(dg1.checks))).toEqual(new Set(['passed']));
});

test('DG11: every field of 9303-10, 4.7.11, and one it does not know', () => {
  const unknown = utf8(0x5f7d, 'new');
  const dg11 = parseDg11(
    writeTlv(
      0x6b,
      hex('5C 04 5F0E5F10'),
      ...[utf8(0x5f0e, 'NGUYỄN<<VĂN<AN'), utf8(0x5f10, '001099000001')],
      writeTlv(0xa0, hex('020102'), utf8(0x5f0f, 'AN<CŨ'), utf8(0x5f0f, 'AN<KHÁC')),
      ...[utf8(0x5f2b, '19990101'), utf8(0x5f11, 'HÀ NỘI<VNM'), utf8(0x5f42, 'SỐ 1<<HÀ NỘI')],
      ...[utf8(0x5f12, '0'), utf8(0x5f13, 'THỢ'), utf8(0x5f14, 'ÔNG'), utf8(0x5f15, 'KHÔNG')],
      ...[writeTlv(0x5f16, hex('FFD8FF')), utf8(0x5f17, 'A1<B2'), utf8(0x5f18, ''), unknown],
    ),
  );
  expect(dg11).toEqual({
    ...{ fullName: 'NGUYỄN<<VĂN<AN', otherNames: ['AN<CŨ', 'AN<KHÁC'], birth: '1999-01-01' },
    ...{ personalNumber: '001099000001', birthPlace: ['HÀ NỘI', 'VNM'], telephone: '0' },
    ...{ address: ['SỐ 1', 'HÀ NỘI'], profession: 'THỢ', title: 'ÔNG', personalSummary: 'KHÔNG' },
    ...{ proofOfCitizenship: expect.anything(), otherDocuments: ['A1', 'B2'], custody: null },
    unknown: [expect.anything()],
  });
  expect(dg11.unknown.map(same)).toEqual([same(unknown)]);
});

for (const [given, birth] of [
  ['19990101', '1999-01-01'],
  ['3139393930313031', '1999-01-01'],
  ['19990100', '1999-01'],
  ['313939393C3C3C3C', '1999'],
  ['19991301', null],
  ['19990230', null],
  ['1999', null],
  ['', null],
] as const) {
  test(`a birth date in DG11 of bytes "${given}" is ${birth}`, () => {
    expect(parseDg11(writeTlv(0x6b, writeTlv(0x5f2b, hex(given)))).birth).toBe(birth);
  });
}

test('other names without their template, as some issuers write them', () => {
  const dg11 = parseDg11(writeTlv(0x6b, utf8(0x5f0f, 'AN<CŨ'), utf8(0x5f0f, 'AN<KHÁC')));
  expect(dg11).toMatchObject({ otherNames: ['AN<CŨ', 'AN<KHÁC'], unknown: [] });
  expect(parseDg12(writeTlv(0x6c, utf8(0x5f1a, 'BÌNH'))).otherPeople).toEqual(['BÌNH']);
});

test('text that is no UTF-8 is null, never guessed', () => {
  expect(parseDg11(writeTlv(0x6b, writeTlv(0x5f0e, hex('4EC3')))).fullName).toBeNull();
});

test('DG12: every field of 9303-10, 4.7.12', () => {
  const dg12 = parseDg12(
    writeTlv(
      0x6c,
      hex('5C 02 5F19'),
      ...[utf8(0x5f19, 'CỤC CẢNH SÁT'), writeTlv(0x5f26, hex('20210601'))],
      writeTlv(0xa0, hex('020101'), utf8(0x5f1a, 'NGUYỄN<<BÌNH')),
      ...[utf8(0x5f1b, 'NONE'), utf8(0x5f1c, 'TAX'), writeTlv(0x5f1d, hex('FFD8FF'))],
      ...[writeTlv(0x5f1e, hex('FFD8')), utf8(0x5f55, '20210601102030'), utf8(0x5f56, 'S1')],
    ),
  );
  expect(dg12).toEqual({
    ...{ issuingAuthority: 'CỤC CẢNH SÁT', issued: '2021-06-01', otherPeople: ['NGUYỄN<<BÌNH'] },
    ...{ endorsements: 'NONE', taxOrExit: 'TAX', personalized: '2021-06-01T10:20:30' },
    ...{ frontImage: expect.anything(), rearImage: expect.anything() },
    ...{ personalizationSystem: 'S1', unknown: [] },
  });
});

for (const [given, personalized] of [
  ['20210601102030', '2021-06-01T10:20:30'],
  ['20210601250000', null],
  ['20210001102030', null],
] as const) {
  test(`personalised at BCD ${given} is ${personalized}`, () => {
    expect(parseDg12(writeTlv(0x6c, writeTlv(0x5f55, hex(given)))).personalized).toBe(personalized);
  });
}

test('DG14: its SecurityInfos, byte for byte', () => {
  const infos = hex('31 0F 300D 0608 04007F0007020202 020101');
  expect(same(parseDg14(writeTlv(0x6e, infos)))).toEqual(same(infos));
});

for (const [algorithm, key] of [
  ['1.2.840.113549.1.1.1', generateKeyPairSync('rsa', { modulusLength: 1024 })],
  ['1.2.840.10045.2.1', generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' })],
] as const) {
  test(`DG15: a key of algorithm ${algorithm}, byte for byte`, () => {
    const der = key.publicKey.export({ type: 'spki', format: 'der' });
    const dg15 = parseDg15(writeTlv(0x6f, der));
    expect(dg15.algorithm).toBe(algorithm);
    expect(same(dg15.publicKeyInfo)).toEqual(der);
  });
}

for (const [name, read, code] of [
  ['an EF.COM without a list', () => parseCom(hex('60075F010430313037')), 'tlv.missing'],
  ['a DG1 without a zone', () => parseDg1(hex('61020400')), 'tlv.missing'],
  ['a DG1 with bytes behind', () => parseDg1(hex('610000')), 'lds.trailing'],
  ['a DG14 that is no set', () => parseDg14(hex('6E023000')), 'tlv.missing'],
  ['a DG15 without a key', () => parseDg15(hex('6F0730053003060155')), 'tlv.missing'],
  ['a DG15 of no algorithm', () => parseDg15(hex('6F093007300302010103 00')), 'asn1.oid'],
  ['a DG15 of 5,000 bytes', () => parseDg15(new Uint8Array(5_000)), 'lds.too-large'],
  ['another file', () => parseDg12(hex('6B00')), 'lds.tag'],
] as const) {
  test(`${name} is refused with a reason`, () => {
    expect(read).toThrow(expect.objectContaining({ code }));
  });
}
