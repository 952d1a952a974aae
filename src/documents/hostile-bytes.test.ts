import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Document, IdentityDocument } from './document.ts';
import { parsePresentation } from './parse-presentation.ts';

/** 2026-09-04 */
const TODAY = 20_700;
const SEVEN =
  '001200000001|100000001|Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Phường Ví Dụ, Hà Nội|03042021';
const ELEVEN =
  '079300000002||Trần Thị Thử Nghiệm|05062000|Nữ|Số 2, Phường Kiểm Thử, Hồ Chí Minh|07082024||||';

const parse = (text: string): Document =>
  parsePresentation(new TextEncoder().encode(text), { latestDay: TODAY });

const outcome = (document: Document, code: string): string | undefined =>
  document.checks.find((check) => check.code === code)?.outcome;

/** The payload with one field replaced. */
const having = (index: number, value: string): string =>
  SEVEN.split('|').with(index, value).join('|');

describe('hostile bytes', () => {
  const PREFIX = '001200000001||';
  test.each([
    ['a right-to-left override', `${PREFIX}Mẫu \u202EnăV|01022000|Nam|Hà \u202ENội|03042021`],
    ['a script tag', `${PREFIX}<script>alert(1)</script>|01022000|Nam|Hà \u0007Nội|03042021`],
    ['SQL', `${PREFIX}'; DROP TABLE x;--|01022000|Nam|Hà\u0000Nội|03042021`],
    ['a terminal escape', `${PREFIX}\u001B[2JMẫu|01022000|Nam|\u001B]0;x\u0007Hà Nội|03042021`],
  ])('%s in a name leaves the number and no name', (_, text) => {
    expect(parse(text)).toMatchObject({ number: '001200000001', name: null, residence: null });
  });

  test('eleven fields of garbage are nobody', () => {
    expect(parse('a|b|c|d|e|f|g|h|i|j|k').kind).toBe('other');
    expect(parse('001200000001|b|c|d|e|f|g|h|i|j|k')).toMatchObject({
      looksLike: 'damaged-identity',
    });
  });

  test.each([
    ['a lone surrogate as CESU-8', [0xed, 0xa0, 0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['every byte', Array.from({ length: 256 }, (_, byte) => byte)],
  ])('%s is nobody', (_, bytes) => {
    const document = parsePresentation(Uint8Array.from(bytes), { latestDay: TODAY });
    expect(document).toMatchObject({ kind: 'other', looksLike: 'binary' });
    expect(outcome(document, 'text.utf8')).toBe('failed');
  });

  test('more than 4 KB is refused unread', () => {
    const document = parse(SEVEN + '|'.repeat(4096));
    expect(document).toMatchObject({
      kind: 'other',
      checks: [{ code: 'text.length', outcome: 'failed' }],
    });
  });

  /** Texts that make careless patterns run for ever. A hang is caught by the test's own limit. */
  test.each([
    '|',
    ' ',
    'a',
    '0',
    '7889',
    '0195',
    '廙',
    '�',
    '\u0303',
    'đ',
    'í',
    'º',
    '├',
    'Ã',
    'nAM|',
    '001200000001|',
    '\u0000',
  ])('4 KB of %j end soon', (unit) => {
    const room = 4096 - 120;
    const run = unit.repeat(Math.floor(room / Buffer.byteLength(unit)));
    for (const text of [run, `${SEVEN}|${run}`, having(2, run), having(4, run), having(5, run)]) {
      expect(['other', 'cccd-qr']).toContain(parse(text).kind);
    }
  });

  test('any bytes give a document whose fields keep their forms', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => new TextEncoder().encode(text)),
      fc
        .array(fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...SEVEN.split('|'), 'Nữ')), {
          minLength: 4,
          maxLength: 12,
        })
        .map((fields) => new TextEncoder().encode(fields.join('|'))),
      // A card with a few bytes overwritten: the nearest miss there is.
      fc
        .tuple(
          fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }),
          fc.constantFrom(SEVEN, ELEVEN),
        )
        .map(([changes, payload]) => {
          const damaged = new TextEncoder().encode(payload);
          for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
          return damaged;
        }),
    );
    const soak = process.env['CHOT_SOAK'] === '1';
    fc.assert(
      fc.property(bytes, (payload) => {
        const document = parsePresentation(payload, { latestDay: TODAY });
        if (document.kind !== 'other') expectForms(document);
      }),
      soak ? { numRuns: 100_000 } : { numRuns: 2000, seed: 7 },
    );
  });
});

function expectForms({
  number,
  oldNumbers,
  birth,
  issued,
  name,
  residence,
}: IdentityDocument): void {
  for (const key of number === null ? [] : [number]) expect(key).toMatch(/^[0-9]{12}$/);
  for (const old of oldNumbers) expect(old).toMatch(/^(?:[0-9]{9}|[0-9]{12})$/);
  for (const date of [birth, issued].filter((text) => text !== null))
    expect(date).toMatch(/^[0-9]{4}(-[0-9]{2}){0,2}$/);
  for (const free of [name, residence].filter((text) => text !== null)) {
    expect(free).not.toMatch(/[\p{C}\uFFFD]/u);
    expect(free).toBe(free.normalize('NFC'));
  }
}
