import { parsePresentation } from '../../src/documents/parse-presentation.ts';

/** How long a payload takes to become a document, undamaged and damaged. Synthetic people only. */
const PAYLOAD =
  '079300000002||Trần Thị Thử Nghiệm|05062000|Nữ|12/34 Đường Ví Dụ, Khu Phố 7, Phường Kiểm Thử, TP. Hồ Chí Minh|07082024||||';
const ROUNDS = 20_000;
const WARM_UP_ROUNDS = 2_000;

const utf8 = new TextEncoder();
const readAs = (charset: string): string => new TextDecoder(charset).decode(utf8.encode(PAYLOAD));

const TEXTS: readonly (readonly [string, string])[] = [
  ['undamaged', PAYLOAD],
  ['read as Windows-1252', readAs('windows-1252')],
  ['read as Big5', readAs('big5')],
  ['read as Shift-JIS', readAs('shift_jis')],
  ['composed apart (NFD)', PAYLOAD.normalize('NFD')],
  ['4 KB of separators', '|'.repeat(4096)],
  ['4 KB of accents', 'ầ'.repeat(1365)],
];

const rows = TEXTS.map(([text, payload]) => {
  const bytes = utf8.encode(payload);
  const parse = () => parsePresentation(bytes, { latestDay: 20_700 });
  const firstFrom = performance.now();
  parse();
  const firstMs = performance.now() - firstFrom;
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) parse();
  const from = performance.now();
  for (let round = 0; round < ROUNDS; round += 1) parse();
  const us = ((performance.now() - from) * 1000) / ROUNDS;
  return { payload: text, 'first ms': firstMs.toFixed(1), 'us each': us.toFixed(1) };
});
console.table(rows);
