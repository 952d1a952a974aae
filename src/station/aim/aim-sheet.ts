import { type QrMatrix, qrMatrix } from '../../../fixtures/codes.ts';
import { SHEET_CODES, type SheetCode, sheetPayload } from './sheet-codes.ts';

const PAGE = { widthMm: 210, heightMm: 297 } as const;

/** The test sheet as SVG, A4 in millimetres: to be printed at 100 %, which its ruler tells. */
export function aimSheet(): string {
  const [card, dense, phone] = SHEET_CODES;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${PAGE.widthMm}mm" height="${PAGE.heightMm}mm" viewBox="0 0 ${PAGE.widthMm} ${PAGE.heightMm}" font-family="sans-serif">
<rect width="210" height="297" fill="#fff"/>
<text x="20" y="24" font-size="8" font-weight="700">Chốt · Tờ ngắm camera</text>
<text x="20" y="31" font-size="4.2">In đúng 100 %, giấy trắng không bóng. · Print at 100 %, on matt white paper.</text>
${placed(card, 68, 46, 'Thẻ CCCD', 'identity card')}
${placed(dense, 68, 84, 'Thẻ CCCD, địa chỉ dài', 'identity card, long address')}
${placed(phone, 106, 46, 'Điện thoại', 'phone')}
<text x="20" y="128" font-size="5" font-weight="700">Cách làm · What to do</text>
${lines([
  [
    '1. Chạy “chot aim”. Giơ tờ này cách kính 20 cm, mã giữa khung.',
    'Hold this sheet 20 cm from the glass, codes in the middle.',
  ],
  [
    '2. Chỉnh nét cho đến khi vạch nét cao nhất, rồi khóa vòng nét.',
    'Focus until the sharpness bar is highest, then lock the ring.',
  ],
  [
    '3. Đưa chậm từ 20 cm vào 15 cm: cả hai khoảng đều phải “TỐT”.',
    'Move slowly from 20 to 15 cm: it must say GOOD all the way.',
  ],
  ['4. Làm lại ban đêm, đèn đọc bật.', 'Do it again at night with the reading lamp on.'],
])}
${ruler(20, 240)}
</svg>
`;
}

function placed(code: SheetCode, x: number, y: number, vi: string, en: string): string {
  const matrix = qrMatrix(sheetPayload(code), code.level);
  const moduleMm = code.sideMm / matrix.size;
  const below = y + code.sideMm + 4 * moduleMm + 6;
  return `<g transform="translate(${x} ${y}) scale(${moduleMm})"><path d="${squares(matrix)}"/></g>
<text x="${x}" y="${below}" font-size="3.6" font-weight="700">${vi}</text>
<text x="${x}" y="${below + 4}" font-size="2.6">${en}, ${moduleMm.toFixed(2)} mm</text>`;
}

function squares({ size, modules }: QrMatrix): string {
  return [...modules]
    .map((dark, at) => (dark === 1 ? `M${at % size} ${Math.floor(at / size)}h1v1h-1z` : ''))
    .join('');
}

function lines(texts: readonly (readonly [vi: string, en: string])[]): string {
  return texts
    .map(
      ([vi, en], index) =>
        `<text x="20" y="${138 + 16 * index}" font-size="4.6">${vi}</text><text x="20" y="${144 + 16 * index}" font-size="3.6" fill="#444">${en}</text>`,
    )
    .join('\n');
}

/** 17 cm along the sheet's lower part: the print's scale, and how far 15 cm is. */
function ruler(x: number, y: number): string {
  const marks = Array.from({ length: 18 }, (_, cm) => {
    const at = x + 10 * cm;
    const long = cm % 5 === 0 ? 8 : 5;
    return `<path d="M${at} ${y}v${long}" stroke="#000" stroke-width="0.3"/><text x="${at}" y="${y + 12}" font-size="3.4" text-anchor="middle">${cm}</text>`;
  });
  return `<text x="${x}" y="${y - 5}" font-size="4.2">Đo bằng thước thật: 15 cm ở đây phải là 15 cm. · 15 cm here must be 15 cm.</text>
<path d="M${x} ${y}h170" stroke="#000" stroke-width="0.4"/>
${marks.join('\n')}`;
}
