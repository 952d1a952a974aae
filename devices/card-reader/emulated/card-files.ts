import { writeTlv } from '../../../src/chip/tlv.ts';
import { type CardPerson, mrzLines } from './card-person.ts';
import { der } from './der.ts';

/** Tags of the data groups by number (ICAO 9303-10, table 38). */
export const GROUP_TAGS: Readonly<Record<number, number>> = {
  ...{ 1: 0x61, 2: 0x75, 3: 0x63, 13: 0x6d, 14: 0x6e, 15: 0x6f },
};
export const FILE_ID = { com: 0x011e, sod: 0x011d, cardAccess: 0x011c } as const;

export function groupFileId(group: number): number {
  return 0x0100 + group;
}

/** EF.COM: versions 1.7 and 4.0.0, and the groups that are there. */
export function comFile(groups: readonly number[]): Uint8Array {
  return writeTlv(
    0x60,
    writeTlv(0x5f01, Buffer.from('0107')),
    writeTlv(0x5f36, Buffer.from('040000')),
    writeTlv(0x5c, Uint8Array.from(groups.map((group) => GROUP_TAGS[group] ?? 0))),
  );
}

export function dg1File(person: CardPerson): Uint8Array {
  return writeTlv(0x61, writeTlv(0x5f1f, Buffer.from(mrzLines(person).join(''), 'latin1')));
}

/** One face in ISO/IEC 19794-5:2005 within a CBEFF template (ICAO 9303-10, 4.7.2). */
export function dg2File(picture: Uint8Array, size: { width: number; height: number }): Uint8Array {
  const header = writeTlv(
    0xa1,
    writeTlv(0x80, Uint8Array.of(0x01, 0x01)),
    writeTlv(0x81, Uint8Array.of(0x02)),
    writeTlv(0x87, Uint8Array.of(0x01, 0x01)),
    writeTlv(0x88, Uint8Array.of(0x00, 0x08)),
  );
  const block = writeTlv(0x5f2e, facialRecord(picture, size));
  const count = writeTlv(0x02, Uint8Array.of(0x01));
  return writeTlv(0x75, writeTlv(0x7f61, count, writeTlv(0x7f60, header, block)));
}

/** 5.4: header of 14 bytes; 5.5: facial information of 20; 5.7: image information of 12. */
function facialRecord(picture: Uint8Array, { width, height }: { width: number; height: number }) {
  const heads = Buffer.alloc(14 + 20 + 12);
  heads.write('FAC\x00010\0', 'latin1');
  heads.writeUInt32BE(heads.length + picture.length, 8);
  heads.writeUInt16BE(1, 12);
  heads.writeUInt32BE(20 + 12 + picture.length, 14);
  const image = 34;
  // A full frontal portrait; JPEG is 0, JPEG 2000 is 1.
  heads[image] = 0x01;
  heads[image + 1] = picture[0] === 0xff ? 0 : 1;
  heads.writeUInt16BE(width, image + 2);
  heads.writeUInt16BE(height, image + 4);
  return Buffer.concat([heads, picture]);
}

/** Fingerprints that nobody is let read: the file has to be there, what is in it does not matter. */
export function dg3File(): Uint8Array {
  return writeTlv(0x63, writeTlv(0x7f61, writeTlv(0x02, Uint8Array.of(0x00))));
}

/** Seen are both forms of the parents' field: a SEQUENCE for each, and one SEQUENCE with two strings. */
export type Dg13Layout = '2021' | '2024';

/** Vietnam's own: numbered fields in a SET; printable strings for 1, 3, 11, 15 and 16, UTF-8 for the others. */
export function dg13File(person: CardPerson, layout: Dg13Layout): Uint8Array {
  const { number, name, birth, sex, ethnicity, religion, origin, residence, features } = person;
  const { issued, expires, oldNumber } = person;
  const texts: readonly (readonly [number, string | null])[] = [
    [1, number],
    [2, name],
    [3, dayFirst(birth)],
    [4, sex === 'male' ? 'Nam' : 'Nữ'],
    [5, 'Việt Nam'],
    [6, ethnicity],
    [7, religion],
    [8, origin],
    [9, residence],
    [10, features],
    [11, dayFirst(issued)],
    [12, expires === null ? 'Không thời hạn' : dayFirst(expires)],
    [15, oldNumber],
    [16, '00AA11BB22CC33DD'],
  ];
  const fields = texts.map(([field, text]) =>
    der.sequence(der.integer(field), ...(text === null ? [] : [textOf(field, text)])),
  );
  fields.splice(12, 0, parentsField(person, layout), spouseField(person));
  return writeTlv(
    0x6d,
    der.sequence(
      der.integer(1),
      writeTlv(0x06, Buffer.from('28d316010008', 'hex')),
      // Its members stand in the order of their numbers, which is not DER's.
      writeTlv(0x31, ...fields),
    ),
  );
}

function textOf(field: number, text: string): Uint8Array {
  return [1, 3, 11, 15, 16].includes(field) ? der.printable(text) : der.utf8(text);
}

function parentsField({ father, mother }: CardPerson, layout: Dg13Layout): Uint8Array {
  const names = [father, mother].map((name) => (name === null ? [] : [der.utf8(name)]));
  const parents =
    layout === '2024'
      ? [der.sequence(...names.flat())]
      : names.map((name) => der.sequence(...name));
  return der.sequence(der.integer(13), ...parents);
}

function spouseField({ spouse }: CardPerson): Uint8Array {
  const names = spouse === null ? [] : [der.sequence(der.utf8(spouse))];
  return der.sequence(der.integer(14), ...names);
}

export function dg14File(securityInfos: readonly Uint8Array[]): Uint8Array {
  return writeTlv(0x6e, der.set(...securityInfos));
}

export function dg15File(publicKeyInfo: Uint8Array): Uint8Array {
  return writeTlv(0x6f, publicKeyInfo);
}

function dayFirst(isoDay: string): string {
  return isoDay.split('-').reverse().join('/');
}
