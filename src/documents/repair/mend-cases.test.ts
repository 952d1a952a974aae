import { expect, test } from 'vitest';
import type { Document } from '../document.ts';
import { parsePresentation } from '../parse-presentation.ts';
import { isSyllable, needsAccents } from './vietnamese.ts';

const parse = (text: string): Document =>
  parsePresentation(new TextEncoder().encode(text), { latestDay: 20_700 });

const codesOf = (document: Document): string[] =>
  document.checks.map(({ code }) => code).filter((code) => /^text\.(rep|dam)/.test(code));

test.each([
  ['stripped, told by the province', 'Kim An|01021999|Nam|So 1, Ha Noi', 'diacritics-stripped'],
  [
    'stripped, told by the province alone',
    'Kim An|01021999|Nam|12 Lan Anh, Ca Mau',
    'diacritics-stripped',
  ],
  ['stripped, told by the sex', 'Kim An|01021999|Nu|Ia Pa, Gia Lai', 'diacritics-stripped'],
  [
    'stripped, told by a family name',
    'Nguyen Kim An|01021999|Nam|Ia Pa, Gia Lai',
    'diacritics-stripped',
  ],
  [
    'stripped, told by a closed syllable',
    'Kim Viet|01021999|Nam|Ia Pa, Gia Lai',
    'diacritics-stripped',
  ],
  ['dropped, told by the sex', 'Kim An|01021999|N|Ia Pa, Gia Lai', 'drop-non-ascii'],
  ['dropped, told by the province', 'Kim An|01021999|Nam|12 Lan Anh, H Giang', 'drop-non-ascii'],
  ['dropped, told by a lone letter', 'Kim An|01021999|Nam|X Anh, Gia Lai', 'drop-non-ascii'],
  ['dropped, told by a word without vowels', 'Trn Kim|01021999|Nam|Gia Lai', 'drop-non-ascii'],
  ['replaced', 'Kim An|01021999|Nam|S? 1, Gia Lai', 'question-mark'],
  ['no place of this country', 'Kim An|01021999|Nam|1 Main, Atlantis', 'unknown'],
  ['seven bits', 'Kim An|01021999|Nam|1 Pha:!m, Gia Lai', 'unknown'],
  ['signs of no alphabet of ours', 'Kim An|01021999|Nam|Привет, Gia Lai', 'unknown'],
  ['a code of a letter', 'Kim An|01021999|Nam|7844p 3, Gia Lai', 'codepoint-decimal'],
])('%s: the number goes on without the name', (_, middle, profile) => {
  const document = parse(`001099000001||${middle}|03042021`);
  expect(document).toMatchObject({ number: '001099000001', name: null, residence: null });
  expect(codesOf(document)).toEqual([`text.damaged.${profile}`]);
});

test('digits of a keyboard layout are read after normalising too, where no order was lost', () => {
  // 001099120001 and 01021999, with 1 and 9 composed to one letter on the way.
  const typed = 'đđăđ\u0323\u0323ăâđđđă||Kim An|đăđâă\u0323\u0323\u0323|Nam|Gia Lai|đêđôâđâă';
  for (const form of ['NFC', 'NFD'] as const) {
    expect(parse(typed.normalize(form))).toMatchObject({
      number: '001099120001',
      birth: '1999-02-01',
      issued: '2021-04-03',
      name: null,
      repaired: true,
    });
  }
});

test.each([
  [
    'plain letters only, a man',
    'lê aNH nHUNG|01021999|nAM|số 1, hà nộI',
    'Lê Anh Nhung',
    'Số 1, Hà Nội',
  ],
  ['plain letters only, a woman', 'từ tú|01021999|nữ|hà nộI', 'Từ Tú', 'Hà Nội'],
  ['all letters', 'lÊ aN|01021999|nAM|hÀ nỘI', 'Lê An', 'Hà Nội'],
  ['all letters of a plain name', 'aN kIM|01021999|nAM|hÀ nỘI', 'An Kim', 'Hà Nội'],
  ['plain letters of a plain name', 'aN kIM|01021999|nAM|hà nộI', 'An Kim', 'Hà Nội'],
])('capitals exchanged in %s', (_, middle, name, residence) => {
  expect(parse(`001099000001||${middle}|03042021`)).toMatchObject({
    name,
    residence,
    repaired: true,
  });
});

test('capitals exchanged beyond telling lose the name', () => {
  const document = parse('001099000001||lÊ ánH|01021999|nAM|Hà Nội|03042021');
  expect(document).toMatchObject({ number: '001099000001', sex: 'male', name: null });
});

test.each([
  [
    'name and birth',
    '079300000002||Lan Th廙\uFFFD05062000|Nam|1 Mai An, Gia Lai|07082024',
    '2000-06-05',
    'male',
    '2024-08-07',
  ],
  [
    'sex and address',
    '079300000002||B穩 An|05062000|N廙\uFFFD1 Mai An, Gia Lai|07082024',
    '2000-06-05',
    'female',
    '2024-08-07',
  ],
  [
    'address and issue',
    '079300000002||B穩 An|05062000|Nam|1 Mai, B廕\uFFFD07082024',
    '2000-06-05',
    'male',
    '2024-08-07',
  ],
])('a separator lost with a byte between %s is put back', (_, text, birth, sex, issued) => {
  expect(parse(text)).toMatchObject({
    number: '079300000002',
    birth,
    sex,
    issued,
    residence: null,
  });
});

test.each(['nguyễn', 'quý', 'giếng', 'an', 'ý', 'thuở', 'khuya', 'việt', 'quyển'])(
  '%s is a syllable',
  (word) => expect(isSyllable(word)).toBe(true),
);

test.each(['nguyen', 'viet', 'trn', 'việp̣', 'bla', 'á̀', 'phươ', 'lat', ''])('%j is none', (word) =>
  expect(isSyllable(word)).toBe(false),
);

test('only a word that accents would make a syllable needs them', () => {
  expect(['nguyen', 'viet', 'duong'].every(needsAccents)).toBe(true);
  expect(['an', 'lan', 'block', 'x', 'việt'].some(needsAccents)).toBe(false);
});

test.each([
  ['telex', 'Nguyeexn Thij Thuwr|05062000|Nuwx|12 DDuwowngf Vis Duj, Haf Nooij'],
  ['telex', 'Nguyeenx Vawn Maaux|05062000|Nam|Gia Lai'],
  ['telex', 'TRAANF VAWN NGHIEEMJ|05062000|Nam|Gia Lai'],
  ['vni', 'Nguye64n Thi5 Thu73|05062000|Nu74|12 D9uo72ng Vi1 Du5, Ha2 No65i'],
  ['vni', 'Nguyen64 Van8 Mau64|05062000|Nam|Gia Lai'],
])('accents typed as keys of %s are said, and number and dates stand: %#', (method, middle) => {
  const female = /Nu/.test(middle);
  const document = parse(`07930${female ? 1 : 0}000002||${middle}|07082024`);
  expect(document).toMatchObject({ name: null, residence: null, birth: '2000-06-05' });
  expect(document).toMatchObject({ issued: '2024-08-07', sex: female ? 'female' : 'male' });
  expect(codesOf(document)).toEqual([`text.damaged.${method}`]);
});

test.each([
  'Kim An|01021999|Nam|12 Lan Anh, Gia Lai',
  'Lee Kim An|01021999|Nam|Gia Lai',
  'Đặng Thị Ánh|01021999|Nam|Khu A2, B5, Hà Nội',
  'Kim An|01021999|Nam|B2 A5, Gia Lai',
])('nobody is taken for typed so who is not: %s', (middle) => {
  const document = parse(`001099000001||${middle}|03042021`);
  expect(codesOf(document)).toEqual([]);
});

/** What a French keyboard makes of the keys that a scanner presses for a US one; letters with accents it never pressed. */
function french(text: string): string {
  const us = '1234567890-=!@#$%^&*()_+qQwWaAzZmM;:|,<.>/? ';
  const fr = '&é"\'(-è_çà)=1234567890°+aAzZqQwW,?mMµ;.:/!§ ';
  return [...text].map((sign) => fr[us.indexOf(sign)] ?? sign).join('');
}

test('a French layout under a scanner is undone key by key; letters that no key has stay lost', () => {
  const whole = '001099120001||Mai An|01021999|Nam|12/3 Lan Anh, Gia Lai|03042021';
  const typed = parse(french(whole));
  expect(typed).toMatchObject({ number: '001099120001', name: 'Mai An', birth: '1999-02-01' });
  expect(codesOf(typed)).toEqual(['text.repaired.french-layout']);
  const dropped = parse(
    french('001099120001||Trn Vn Mu|01021999|Nam|12/3 Lan Anh, Gia Lai|03042021'),
  );
  expect(dropped).toMatchObject({ number: '001099120001', name: null, birth: '1999-02-01' });
  expect(codesOf(dropped)).toEqual(['text.repaired.french-layout', 'text.damaged.drop-non-ascii']);
  expect(parse(french('001099120001'))).toMatchObject({
    kind: 'typed-number',
    number: '001099120001',
  });
});
