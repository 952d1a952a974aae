import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Document, IdentityDocument } from '../document.ts';
import { parsePresentation } from '../parse-presentation.ts';
import { PROVINCES } from '../provinces.ts';
import { bytesIn, CP437, cp437Sign } from './code-page.ts';
import { ACCENTED_LETTERS, withoutAccents } from './vietnamese.ts';

/** Scaled to 1/50 of the full campaign, with a fixed seed. */
const SOAK = process.env['CHOT_SOAK'] === '1';
const RUNS = { numRuns: SOAK ? 15_000 : 300, ...(SOAK ? {} : { seed: 20_260_101 }) };

const words = (text: string): string[] => text.split(' ');
const SURNAMES = words('Nguyễn Trần Lê Phạm Hoàng Võ Đặng Đỗ Cao Mai Lý Ừng Ông');
const MIDDLES = words('Văn Thị Hữu Đức Minh Gia Mỹ Xuân Thúy');
const GIVENS = words('An Ánh Dũng Hòa Hoà Thủy Nữ Ý Vũ Vi Nghĩa Thương Quyên Khuê Bửu Tỵ Hằng');
const STREETS = [
  'Đường Ví Dụ',
  'Ngõ Thử',
  'Hẻm 192',
  'Tổ 5',
  'Lô B204',
  'Quốc lộ 1A',
  'TT. Chư Sê',
];

/** People that do not exist, in the code's 7 or 11 fields. */
const payloads = fc
  .record({
    province: fc.constantFrom(...PROVINCES.entries()),
    female: fc.boolean(),
    year: fc.integer({ min: 1930, max: 2015 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    serial: fc.integer({ min: 0, max: 999_999 }),
    name: fc.tuple(
      fc.constantFrom(...SURNAMES),
      fc.constantFrom(...MIDDLES),
      fc.constantFrom(...GIVENS),
    ),
    shout: fc.boolean(),
    house: fc.integer({ min: 1, max: 600 }),
    street: fc.constantFrom(...STREETS),
    old: fc.constantFrom('', '100000001', '001099000001'),
    eleven: fc.boolean(),
  })
  .map((p) => {
    const two = (n: number): string => String(n).padStart(2, '0');
    const century = (p.year < 2000 ? 0 : 2) + (p.female ? 1 : 0);
    const number = `${p.province[0]}${century}${two(p.year % 100)}${String(p.serial).padStart(6, '0')}`;
    const name = p.name.join(' ');
    return [
      number,
      p.old,
      p.shout ? name.toUpperCase() : name,
      `${two(p.day)}${two(p.month)}${p.year}`,
      p.female ? 'Nữ' : 'Nam',
      `${p.house} ${p.street}, Phường Kiểm Thử, ${p.province[1]}`,
      '07082024',
      ...(p.eleven ? ['', '', '', ''] : []),
    ].join('|');
  });

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const each = (text: string, change: (letter: string) => string): string =>
  [...text].map((letter) => (letter < '\u0080' ? letter : change(letter))).join('');
const swapCase = (text: string): string =>
  [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
const LAYOUT: Record<string, string> = {
  '1': 'ă',
  '2': 'â',
  '3': 'ê',
  '4': 'ô',
  '5': '\u0300',
  '6': '\u0309',
  '7': '\u0303',
  '8': '\u0301',
  '9': '\u0323',
  '0': 'đ',
};

type Kept = 'all' | 'none' | 'some';

/** What the damage does, and how much of the name must survive it: all, none, or what is certain. */
const PROFILES: Record<string, { mangle: (text: string) => string; name: Kept }> = {
  'utf8-as-cp1252': {
    mangle: (text) => new TextDecoder('windows-1252').decode(utf8(text)),
    name: 'all',
  },
  'utf8-as-latin1': { mangle: (text) => Buffer.from(utf8(text)).toString('latin1'), name: 'all' },
  'utf8-as-cp437': { mangle: (text) => [...utf8(text)].map(cp437Sign).join(''), name: 'all' },
  'utf8-as-cp1252, undefined bytes dropped': {
    mangle: (text) =>
      new TextDecoder('windows-1252').decode(utf8(text)).replace(/[\u0080-\u009F]/g, ''),
    name: 'some',
  },
  'utf8-byte-decimal4': {
    mangle: (text) =>
      each(text, (c) => [...utf8(c)].map((b) => String(b).padStart(4, '0')).join('')),
    name: 'all',
  },
  'codepoint-decimal': {
    mangle: (text) => each(text, (c) => String(c.codePointAt(0))),
    name: 'all',
  },
  'codepoint-low-byte-cp437': {
    mangle: (text) => each(text, (c) => cp437Sign((c.codePointAt(0) ?? 0) & 0xff)),
    name: 'some',
  },
  nfd: { mangle: (text) => text.normalize('NFD'), name: 'all' },
  'caps-lock': { mangle: swapCase, name: 'all' },
  'caps-lock on plain letters': {
    mangle: (text) => text.replace(/[A-Za-z]/g, swapCase),
    name: 'some',
  },
  'drop-non-ascii': { mangle: (text) => each(text, () => ''), name: 'none' },
  'question-mark': { mangle: (text) => each(text, () => '?'), name: 'none' },
  'diacritics-stripped': { mangle: withoutAccents, name: 'none' },
  'windows-vietnamese-layout': {
    mangle: (text) => each(text, () => '').replace(/[0-9]/g, (digit) => LAYOUT[digit] ?? ''),
    name: 'none',
  },
  ...Object.fromEntries(
    ['big5', 'shift_jis', 'gbk', 'euc-kr'].map((charset) => [
      `utf8-as-${charset}`,
      {
        mangle: (text: string) => new TextDecoder(charset).decode(utf8(text)),
        name: 'some' as const,
      },
    ]),
  ),
};

const parse = (text: string): Document => parsePresentation(utf8(text), { latestDay: 20_700 });

describe.each(Object.entries(PROFILES))('%s', (profile, { mangle, name }) => {
  test('gives the same person, or says what was lost, and never another', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const whole = parse(payload);
        const document = parse(mangle(payload));
        if (mangle(payload) === payload.normalize('NFC')) return;
        if (whole.kind === 'other') throw new Error('not understood');
        if (document.kind === 'other') {
          // A normaliser may have exchanged digits of a keyboard layout: then there is no number, rather than another.
          expect(profile).toBe('windows-vietnamese-layout');
          expect(mangle(payload)).toBe(mangle(payload).normalize('NFC'));
          return;
        }
        expectKept(document, whole, name);
      }),
      RUNS,
    );
  });
});

/** Nothing is other than it was, what is gone is said to be gone, and no more of the name than `name` allows. */
function expectKept(document: IdentityDocument, whole: IdentityDocument, name: Kept): void {
  expect(document.number).toBe(whole.number);
  expect(document.sex).toBe(whole.sex);
  for (const field of ['birth', 'issued', 'residence'] as const)
    expect([whole[field], null]).toContain(document[field]);
  const names = { all: [whole.name], none: [null], some: [whole.name, null] };
  expect(names[name]).toContain(document.name);
  expect(document.checks.some(({ code }) => /^text\.(repaired|damaged)\./.test(code))).toBe(true);
  const recovered = document.checks.find(({ code }) => code === 'name.recovered');
  expect(recovered?.outcome).toBe(document.name === null ? 'failed' : 'passed');
}

test('an undamaged payload is left alone', () => {
  fc.assert(
    fc.property(payloads, (payload) => {
      const document = parse(payload);
      if (document.kind === 'other') throw new Error('not understood');
      const [, , name, , , residence] = payload.split('|');
      expect(document).toMatchObject({ name, residence, repaired: false });
      expect(document.checks.filter(({ code }) => /^text\.(rep|dam)/.test(code))).toEqual([]);
    }),
    RUNS,
  );
});

test.each([
  "066099000001||H'Hen Niê|01021999|Nữ|Buôn Ma, Đắk Lắk|03042021",
  '064099000001||Y Bliêt Êban|01021999|Nam|Plei Thử, Ia Pa, Gia Lai|03042021',
  '064099000002||A Kim|01021999|Nam|Ia Pa, Gia Lai|03042021',
  '079099000001||Thạch Sa Rươne|01021999|Nam|Số 3–5, Nguyễn Văn “Thử”, Trà Vinh|03042021',
  '001099000001||Trí Á|01021999|Nam|Phú Tín, Long An|03042021',
])('an unusual but undamaged payload is left alone: %#', (payload) => {
  const document = parse(payload);
  expect(document).toMatchObject({ name: payload.split('|')[2], repaired: false });
  expect(document.checks.some(({ code }) => /^text\.(rep|dam)/.test(code))).toBe(false);
});

test('an address as plain as the name is damage when no such province exists', () => {
  const document = parse('001099000001||Kim An|01021999|Nam|So 1, Ha Noi|03042021');
  expect(document).toMatchObject({ number: '001099000001', name: null, residence: null });
});

test('digits whose order a normaliser may have changed are given up, with the number they stand in', () => {
  const typed = '001205950001||Kim An|01022005|Nam|Gia Lai|03042021'.replace(
    /[0-9]/g,
    (digit) => LAYOUT[digit] ?? '',
  );
  expect(parse(typed)).toMatchObject({ number: '001205950001' });
  expect(parse(typed.normalize('NFC'))).toMatchObject({
    kind: 'other',
    looksLike: 'damaged-identity',
  });
});

test('a name of signs with two readings is lost, one with a single reading is found', () => {
  const low = (name: string): string => {
    const text = `001099000001||${name}|01021999|Nam|Hà Nội|03042021`;
    return each(text, (c) => cp437Sign((c.codePointAt(0) ?? 0) & 0xff));
  };
  expect(parse(low('Nguyễn Văn Bích'))).toMatchObject({ name: 'Nguyễn Văn Bích', repaired: true });
  // `ũ` comes as a plain i, and Vi is a name too.
  expect(parse(low('Nguyễn Văn Vũ'))).toMatchObject({ name: null, repaired: false });
});

test('code page 437 is the one of the letters it is known to garble', () => {
  expect(cp437Sign(0xa7)).toBe('º');
  expect(bytesIn(CP437, 'ß║º')).toEqual(utf8('ầ'));
  expect(ACCENTED_LETTERS.size).toBe(134);
});
