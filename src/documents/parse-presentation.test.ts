import { describe, expect, test } from 'vitest';
import { DOCUMENT_CHECKS } from './check-codes.ts';
import type { Document } from './document.ts';
import { parsePresentation, parseTyped } from './parse-presentation.ts';

/** 2026-09-04 */
const TODAY = 20_700;
const SEVEN =
  '001200000001|100000001|Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Phường Ví Dụ, Hà Nội|03042021';
const ELEVEN =
  '079300000002||Trần Thị Thử Nghiệm|05062000|Nữ|Số 2, Phường Kiểm Thử, Hồ Chí Minh|07082024||||';

const parse = (text: string, latestDay: number | null = TODAY): Document =>
  parsePresentation(new TextEncoder().encode(text), { latestDay });

const outcome = (document: Document, code: string): string | undefined =>
  document.checks.find((check) => check.code === code)?.outcome;

/** The payload with one field replaced. */
const having = (index: number, value: string, payload = SEVEN): string =>
  payload.split('|').with(index, value).join('|');

describe('the chip card', () => {
  test('of 2021 has seven fields', () => {
    const document = parse(SEVEN);
    expect(document).toMatchObject({
      kind: 'cccd-qr',
      number: '001200000001',
      oldNumbers: ['100000001'],
      qid: null,
      name: 'Nguyễn Văn Mẫu',
      birth: '2000-02-01',
      sex: 'male',
      residence: 'Số 1, Ngõ Thử, Phường Ví Dụ, Hà Nội',
      issued: '2021-04-03',
      repaired: false,
    });
    expect(document.checks.every(({ outcome: is }) => is === 'passed' || is === 'skipped')).toBe(
      true,
    );
  });

  test('of 2024 has eleven, the last four mostly empty', () => {
    expect(parse(ELEVEN)).toMatchObject({
      number: '079300000002',
      oldNumbers: [],
      name: 'Trần Thị Thử Nghiệm',
      sex: 'female',
      issued: '2024-08-07',
    });
  });

  test('may hold a cancelled number and the parents’ names in any order', () => {
    const extras = ['001300000009', 'Lê Văn Cha', 'Trần Thị Mẹ', ''];
    for (const shift of [0, 1, 2, 3]) {
      const turned = [...extras.slice(shift), ...extras.slice(0, shift)].join('|');
      expect(parse(`${SEVEN}|${turned}`)).toMatchObject({
        oldNumbers: ['100000001', '001300000009'],
        name: 'Nguyễn Văn Mẫu',
      });
    }
  });

  test('names twelve digits in the old field as an old number, but not its own number', () => {
    expect(parse(having(1, '024099000001'))).toMatchObject({ oldNumbers: ['024099000001'] });
    expect(parse(having(1, '001200000001'))).toMatchObject({ oldNumbers: [] });
  });

  test('keeps going when the old field holds neither', () => {
    const document = parse(having(1, '12345'));
    expect(document).toMatchObject({ number: '001200000001', oldNumbers: [] });
    expect(outcome(document, 'old-number.form')).toBe('failed');
  });

  test.each(['\r\n', '\r', '\n', '\t', '\u001D', '\u0003', '\u0004', ' ', '\u0000'])(
    'is read through the suffix %j',
    (suffix) => expect(parse(SEVEN + suffix)).toEqual(parse(SEVEN)),
  );

  test.each([']Q1', ']Q3', '\u0002', '\u0002]Q1', '\uFEFF', ']d2'])(
    'is read through the prefix %j',
    (prefix) => expect(parse(prefix + SEVEN)).toEqual(parse(SEVEN)),
  );

  test('may lack a day or a month of birth, and goes to a person’s look', () => {
    for (const [printed, birth] of [
      ['00022000', '2000-02'],
      ['00002000', '2000'],
      ['15002000', '2000'],
    ] as const) {
      const document = parse(having(3, printed));
      expect(document).toMatchObject({ birth });
      expect(outcome(document, 'birth.real')).toBe('passed');
      expect(outcome(document, 'birth.complete')).toBe('failed');
      expect(outcome(document, 'number.birth')).toBe('passed');
      expect(outcome(document, 'issued.after-birth')).toBe('passed');
    }
  });

  test('cut off after the birth date still gives its number', () => {
    const cut = SEVEN.split('|').slice(0, 4).join('|');
    const document = parse(cut);
    expect(document).toMatchObject({ number: '001200000001', name: 'Nguyễn Văn Mẫu', sex: null });
    expect(outcome(document, 'text.damaged.cut-short')).toBe('failed');
  });

  test('cut off in the middle of a letter gives what came before', () => {
    // `ụ` of Ví Dụ has three bytes, the last of which is missing.
    const whole = new TextEncoder().encode(SEVEN);
    const bytes = whole.subarray(0, Buffer.from(whole).indexOf('ụ') + 2);
    const document = parsePresentation(bytes, { latestDay: TODAY });
    expect(document).toMatchObject({
      number: '001200000001',
      name: 'Nguyễn Văn Mẫu',
      residence: null,
    });
    expect(outcome(document, 'text.utf8')).toBe('failed');
  });

  test('in bytes that are no UTF-8 gives its number and no name', () => {
    const bytes = Buffer.from(
      '001200000001||Nguy\u00EAn Van A|01022000|Nam|So 1|03042021',
      'latin1',
    );
    const document = parsePresentation(bytes, { latestDay: TODAY });
    expect(document).toMatchObject({ number: '001200000001', name: null, birth: '2000-02-01' });
    expect(outcome(document, 'name.recovered')).toBe('failed');
  });
});

describe('a check', () => {
  test.each([
    ['number.prefix-known', having(0, '999200000001')],
    ['number.sex', having(4, 'Nữ')],
    ['number.birth', having(3, '01022001')],
    ['birth.real', having(3, '30022000')],
    ['birth.not-future', having(3, '01022300', having(0, '001600000001'))],
    ['issued.real', having(6, '31042021')],
    ['issued.not-before-2021', having(6, '31122020')],
    ['issued.not-future', having(6, '05092026')],
    ['issued.after-birth', having(6, '01022000')],
  ])('%s fails on what it is for', (code, payload) => {
    const document = parse(payload);
    expect(document.kind).toBe('cccd-qr');
    expect(outcome(document, code)).toBe('failed');
    expect(outcome(parse(SEVEN), code)).toBe('passed');
  });

  test('of the future passes on the last possible day', () => {
    expect(outcome(parse(having(6, '04092026')), 'issued.not-future')).toBe('passed');
  });

  test('that needs today is impossible while nobody knows the date', () => {
    const document = parse(SEVEN, null);
    expect(outcome(document, 'issued.not-future')).toBe('impossible');
    expect(outcome(document, 'birth.not-future')).toBe('impossible');
    expect(outcome(document, 'issued.not-before-2021')).toBe('passed');
  });

  test('is impossible where its field is empty, and skipped where the document has none', () => {
    expect(outcome(parse(having(6, '')), 'issued.real')).toBe('impossible');
    expect(outcome(parse('001200000001'), 'issued.real')).toBe('skipped');
  });

  test('takes prefix 000 for known: it marks canaries and test codes', () => {
    expect(outcome(parse(having(0, '000200000001')), 'number.prefix-known')).toBe('passed');
  });

  test('has a published meaning', () => {
    for (const text of [SEVEN, ELEVEN, SEVEN.normalize('NFD'), '123456789', '']) {
      for (const { code } of parse(text).checks)
        expect(Object.keys(DOCUMENT_CHECKS)).toContain(code);
    }
  });
});

describe('other identity codes', () => {
  test('the unified personal QR gives its QID and no masked number', () => {
    const document = parse('******000001|NGUYEN VAN MAU|2000-02-01|1|QID0000000001|F0<V2<');
    expect(document).toMatchObject({
      kind: 'personal-qr',
      number: null,
      qid: 'QID0000000001',
      name: 'NGUYEN VAN MAU',
      birth: '2000-02-01',
      sex: null,
      repaired: false,
    });
    expect(outcome(document, 'number.digits')).toBe('impossible');
    expect(outcome(document, 'name.recovered')).toBe('skipped');
  });

  test('the unified personal QR may show the whole number, an old one, or come without EXT', () => {
    expect(parse('001200000001|NGUYEN VAN MAU|2000-02-01|1|Q1|')).toMatchObject({
      number: '001200000001',
    });
    expect(parse('100000001|NGUYEN VAN MAU|2000-02-01|1|Q1')).toMatchObject({
      number: null,
      oldNumbers: ['100000001'],
    });
  });

  test('the health-insurance card hides name and address in hex', () => {
    const hex = (text: string): string => Buffer.from(text).toString('hex');
    const tail = `${hex('Nguyễn Văn Mẫu')}|01/02/2000|1|${hex('Ngõ Thử, Hà Nội')}|01 - 001|01/01/2026|-|$`;
    expect(parse(`HS4010000000001|${tail}`)).toMatchObject({
      kind: 'health-insurance-qr',
      number: null,
      name: 'Nguyễn Văn Mẫu',
      birth: '2000-02-01',
      sex: 'male',
      residence: 'Ngõ Thử, Hà Nội',
    });
    expect(parse(`001200000001|${tail}`)).toMatchObject({ number: '001200000001' });
  });

  test('a bare number is a typed one, even through a Vietnamese keyboard layout', () => {
    expect(parse('001200000001')).toMatchObject({ kind: 'typed-number', repaired: false });
    expect(parse('đđăâđđđđđđđă')).toMatchObject({ number: '001200000001', repaired: true });
  });

  test.each([
    ['', 'empty'],
    ['\r\n', 'empty'],
    ['123456789', 'nine-digits'],
    ['https://example.org/?id=001200000001', 'url'],
    ['HC1:6BFOXN%TSMAHN-H', 'health-certificate'],
    ['00020101021138540010A00000072701240006970400', 'payment'],
    ['BEGIN:VCARD\nFN:X\nEND:VCARD', 'contact'],
    ['WIFI:T:WPA;S:x;P:y;;', 'wifi'],
    ['00120000001|100000001|Nguyễn Văn Mẫu|01022000|Nam|Hà Nội|03042021', 'damaged-identity'],
    ['001200000001|', 'damaged-identity'],
    ['0012000000011', 'text'],
    ['0020\u00000001', 'binary'],
    ['hello', 'text'],
    ['\u0660\u0660\u0661\u0662\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0661', 'text'],
  ])('%j is none and looks like %s', (text, looksLike) => {
    expect(parse(text)).toMatchObject({ kind: 'other', looksLike });
  });
});

describe('a typed number', () => {
  const typed = (text: string): Document => parseTyped(text, { latestDay: TODAY });

  test.each([
    '001200000001',
    ' 001 200 000 001 ',
    '001.200.000.001',
    '001-200-000001',
    '0012\u00A000000001',
  ])('%j may be grouped', (text) =>
    expect(typed(text)).toMatchObject({ kind: 'typed-number', number: '001200000001' }),
  );

  test.each([
    '1200000001',
    '0012000000011',
    '1.2E+9',
    '001200000001 x',
    '００１２０００００００１',
    '001--200000001',
  ])('%j is never padded, cut or folded into one', (text) =>
    expect(typed(text)).toMatchObject({ kind: 'other' }),
  );

  test('of nine digits is told apart', () => {
    expect(typed('100 000 001')).toMatchObject({ kind: 'other', looksLike: 'nine-digits' });
  });

  test('of a century to come shows', () => {
    expect(outcome(typed('001900000001'), 'birth.not-future')).toBe('failed');
    expect(outcome(typed('001200000001'), 'birth.not-future')).toBe('passed');
  });
});
