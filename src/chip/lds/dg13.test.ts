import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeTlv } from '../tlv.ts';
import { type Dg13, laneFields, parseDg13 } from './dg13.ts';

/** Synthetic, in the layout of cards issued from 2021 on. */
const OF_2021 = [
  '6D82020F3082020B020101060628D316010008318201FC3011020101130C303031303939303030303031301502',
  '01020C104E677579E1BB856E2056C4836E20416E300F020103130A30312F30312F3139393930080201040C034E',
  '616D300F0201050C0A5669E1BB8774204E616D30090201060C044B696E68300B0201070C064B68C3B46E673034',
  '0201080C2F58C3A32056C3AD2044E1BBA52C20487579E1BB876E205468E1BBAD204E676869E1BB876D2C2048C3',
  'A0204EE1BB99693081A20201090C819C53E1BB91203120C490C6B0E1BB9D6E67204DE1BAAB752C205068C6B0E1',
  'BB9D6E672056C3AD2044E1BBA52C205175E1BAAD6E205468E1BBAD204E676869E1BB876D2C205468C3A06E6820',
  '7068E1BB912048C3A0204EE1BB99692C20C491E1BB8B61206368E1BB89206BC3A96F2064C3A06920C491E1BB83',
  '207468E1BBAD20C491E1BB992064C3A069206CE1BB9B6E2068C6A16E203132372062797465303202010A0C2D4E',
  'E1BB9174207275E1BB936920633A31636D207472C3AA6E207361752063C3A16E68206DC5A969207472C3A16930',
  '0F02010B130A30312F30362F32303231300F02010C0C0A30312F30312F32303339302F02010D30150C134E6775',
  '79E1BB856E2056C4836E2042C3AC6E6830130C115472E1BAA76E205468E1BB8B2043C3BA63300302010E300E02',
  '010F13093031323334353637383015020110131030304141313142423232434333334444',
].join('');
/** Synthetic: fields 10 and 15 empty, no father named, a term in words. */
const WITH_EMPTY_FIELDS = [
  '6D82015E3082015A020101060628D3160100083182014B3011020101130C303739333030303030303032301702',
  '01020C125472E1BAA76E205468E1BB8B20C490C3A06F300F020103130A33312F31322F3230303030090201040C',
  '044EE1BBAF300F0201050C0A5669E1BB8774204E616D30080201060C03486F6130110201070C0C5068E1BAAD74',
  '206769C3A16F30200201080C1B5468C3A06E68207068E1BB912048E1BB93204368C3AD204D696E683031020109',
  '0C2C5068C6B0E1BB9D6E67204DE1BAAB752C205468C3A06E68207068E1BB912048E1BB93204368C3AD204D696E',
  '68300302010A300F02010B130A30312F30392F32303234301802010C0C134B68C3B46E67207468E1BB9D692068',
  'E1BAA16E301802010D300030110C0F4CC3AA205468E1BB8B204769616E67301802010E30130C115068E1BAA16D',
  '2056C4836E2048E1BAA369300302010F3015020110131046464545444443434242414139393838',
].join('');

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const utf8 = (text: string) => writeTlv(0x0c, Buffer.from(text));
const printable = (text: string) => writeTlv(0x13, Buffer.from(text));
const field = (number: number, ...values: readonly Uint8Array[]) =>
  writeTlv(0x30, writeTlv(0x02, Uint8Array.of(number)), ...values);
const file = (...fields: readonly Uint8Array[]) =>
  writeTlv(0x6d, writeTlv(0x30, hex('020101'), hex('060628D316010008'), writeTlv(0x31, ...fields)));
const NOTHING: Dg13 = {
  ...{ number: null, name: null, birth: null, sex: null, nationality: null, ethnicity: null },
  ...{ religion: null, origin: null, residence: null, features: null, issued: null, expires: null },
  ...{ father: null, mother: null, spouse: null, oldNumber: null, code: null, unknown: [] },
};

test('a card as issued from 2021 on', () => {
  expect(parseDg13(hex(OF_2021))).toEqual({
    ...{ number: '001099000001', name: 'Nguyễn Văn An', birth: '01/01/1999', sex: 'Nam' },
    ...{ nationality: 'Việt Nam', ethnicity: 'Kinh', religion: 'Không' },
    origin: 'Xã Ví Dụ, Huyện Thử Nghiệm, Hà Nội',
    residence:
      'Số 1 Đường Mẫu, Phường Ví Dụ, Quận Thử Nghiệm, Thành phố Hà Nội, địa chỉ kéo dài để thử độ dài lớn hơn 127 byte',
    features: 'Nốt ruồi c:1cm trên sau cánh mũi trái',
    ...{ issued: '01/06/2021', expires: '01/01/2039', father: 'Nguyễn Văn Bình' },
    ...{ mother: 'Trần Thị Cúc', spouse: null, oldNumber: '012345678', code: '00AA11BB22CC33DD' },
    unknown: [],
  });
});

test('a card with empty fields, a mother alone, a spouse and no end', () => {
  expect(parseDg13(hex(WITH_EMPTY_FIELDS))).toMatchObject({
    ...{ number: '079300000002', name: 'Trần Thị Đào', features: null, oldNumber: null },
    ...{ expires: 'Không thời hạn', father: null, mother: 'Lê Thị Giang', spouse: 'Phạm Văn Hải' },
    unknown: [],
  });
});

test('six fields, and no other, are for the lane', () => {
  expect(laneFields(parseDg13(hex(OF_2021)))).toEqual({
    ...{ number: '001099000001', name: 'Nguyễn Văn An', birth: '1999-01-01', sex: 'male' },
    ...{ issued: '2021-06-01', expires: '2039-01-01' },
  });
  expect(laneFields(parseDg13(hex(WITH_EMPTY_FIELDS)))).toMatchObject({
    ...{ sex: 'female', issued: '2024-09-01', expires: 'never' },
  });
});

test('parents in one sequence with two strings are the same parents', () => {
  const together = field(13, writeTlv(0x30, utf8('Nguyễn Văn Bình'), utf8('Trần Thị Cúc')));
  const apart = field(
    13,
    writeTlv(0x30, utf8('Nguyễn Văn Bình')),
    writeTlv(0x30, utf8('Trần Thị Cúc')),
  );
  expect(parseDg13(file(together))).toEqual(parseDg13(file(apart)));
  expect(parseDg13(file(together))).toMatchObject({
    father: 'Nguyễn Văn Bình',
    mother: 'Trần Thị Cúc',
  });
});

test('a spouse may stand in a sequence, alone, or not at all', () => {
  const spouse = (...values: readonly Uint8Array[]) => parseDg13(file(field(14, ...values))).spouse;
  expect(spouse(writeTlv(0x30, utf8('Phạm Văn Hải')))).toBe('Phạm Văn Hải');
  expect(spouse(utf8('Phạm Văn Hải'))).toBe('Phạm Văn Hải');
  expect(spouse(writeTlv(0x30))).toBeNull();
  expect(spouse()).toBeNull();
});

test('no field, and nothing in a field, are null alike', () => {
  expect(parseDg13(file())).toEqual(NOTHING);
  expect(
    parseDg13(file(field(1), field(2, utf8('')), field(5, utf8(' ')), field(6, hex('0500')))),
  ).toEqual(NOTHING);
});

test('the order of fields means nothing', () => {
  const fields = [
    ...[
      field(1, printable('001099000001')),
      field(2, utf8('Nguyễn Văn An')),
      field(4, utf8('Nam')),
    ],
    ...[
      field(10),
      field(12, utf8('Không thời hạn')),
      field(13, writeTlv(0x30), writeTlv(0x30, utf8('B'))),
    ],
  ];
  const inOrder = parseDg13(file(...fields));
  fc.assert(
    fc.property(fc.shuffledSubarray(fields, { minLength: fields.length }), (shuffled) => {
      expect(parseDg13(file(...shuffled))).toEqual(inOrder);
    }),
  );
});

test('lengths written longer than they need be are read', () => {
  const long = writeTlv(0x30, hex('02810102'), hex('0C83000003414243'));
  const number = hex('3081080281010113810130');
  expect(parseDg13(file(number, long))).toMatchObject({ number: '0', name: 'ABC' });
});

test('what is not known, repeated or broken is kept as it came and costs nothing else', () => {
  const odd = [
    field(17, utf8('something new')),
    field(2, utf8('a second name')),
    field(3, writeTlv(0x0c, Uint8Array.of(0xc3))),
    writeTlv(0x04, Uint8Array.of(1, 2, 3)),
    writeTlv(0x30, Uint8Array.of(2, 5)),
    field(7, utf8('two'), utf8('values')),
  ];
  const read = parseDg13(file(field(2, utf8('Nguyễn Văn An')), ...odd));
  expect(read.name).toBe('Nguyễn Văn An');
  expect(read.birth).toBeNull();
  expect(read.unknown.map((bytes) => Buffer.from(bytes))).toEqual(
    odd.map((bytes) => Buffer.from(bytes)),
  );
});

for (const [given, birth] of [
  ['01/02/1999', '1999-02-01'],
  ['29/02/1999', null],
  ['00/02/1999', '1999-02'],
  ['02/1999', '1999-02'],
  ['00/00/1999', '1999'],
  ['1999', '1999'],
  ['1/2/1999', null],
  ['01/02/99', null],
  ['1999-02-01', null],
] as const) {
  test(`a birth date of ${given} is ${birth}`, () => {
    expect(laneFields({ ...NOTHING, birth: given }).birth).toBe(birth);
  });
}

for (const name of ['An\u202eNA', 'An\u0007', '<b>An</b>', 'A'.repeat(101), '001099000001']) {
  test(`a name with what no name has, like ${JSON.stringify(name).slice(0, 12)}, is no name`, () => {
    expect(laneFields({ ...NOTHING, name }).name).toBeNull();
  });
}

test('whatever texts are written are read again', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => text.trim());
  fc.assert(
    fc.property(fc.array(word, { minLength: 14, maxLength: 14 }), word, word, (texts, one, two) => {
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16];
      const fields = numbers.map((number, index) => field(number, utf8(texts[index] ?? '')));
      const parents = field(13, writeTlv(0x30, utf8(one)), writeTlv(0x30, utf8(two)));
      const { father, mother, spouse, unknown, ...rest } = parseDg13(file(...fields, parents));
      expect(Object.values(rest)).toEqual(texts.map((text) => text || null));
      expect([father, mother, spouse, unknown]).toEqual([one || null, two || null, null, []]);
    }),
  );
});

test('what the lane cannot rely on is null', () => {
  const odd = { ...NOTHING, number: '00109900000', sex: 'khác', expires: 'hỏi công an' };
  expect(laneFields(odd)).toEqual({
    ...{ number: null, name: null, birth: null, sex: null, issued: null, expires: null },
  });
  const decomposed = { ...NOTHING, sex: 'Nữ'.normalize('NFD'), name: 'Đào'.normalize('NFD') };
  expect(laneFields(decomposed)).toMatchObject({ sex: 'female', name: 'Đào' });
  expect(laneFields({ ...NOTHING, expires: 'Không xác định thời hạn' }).expires).toBe('never');
});

for (const [name, bytes, code] of [
  ['another file', '6E00', 'lds.tag'],
  ['no body', '6D00', 'tlv.missing'],
  ['no fields', '6D053003020101', 'tlv.missing'],
  ['fields cut short', '6D083006020101310505', 'tlv.truncated'],
  ['bytes behind it', `${OF_2021}00`, 'lds.trailing'],
] as const) {
  test(`${name} is refused with a reason`, () => {
    expect(() => parseDg13(hex(bytes))).toThrow(expect.objectContaining({ code }));
  });
}

test('more fields than any card has are refused', () => {
  const many = Array.from({ length: 65 }, () => field(1));
  expect(() => parseDg13(file(...many))).toThrow(
    expect.objectContaining({ code: 'dg13.too-many' }),
  );
});
