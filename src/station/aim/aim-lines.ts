import type { AimAdvice, AimTarget, AimView } from './aim-shapes.ts';

/** For an installer without a browser: Vietnamese first, in the words of the page. */
const ADVICE: Readonly<Record<AimAdvice, readonly [vi: string, en: string]>> = {
  wait: ['chờ hình', 'waiting for the picture'],
  'no-picture': ['không có hình', 'no picture'],
  'show-sheet': ['giơ tờ ngắm vào giữa khung', 'hold the test sheet in the middle'],
  nearer: ['mã nhỏ: lại gần, hoặc ống kính dài hơn', 'too small: nearer, or a longer lens'],
  focus: ['chưa nét: xoay vòng nét', 'not sharp: turn the focus'],
  light: ['thiếu sáng: bật đèn đọc', 'too dark: reading lamp on'],
  'less-light': ['sáng quá: giảm phơi sáng', 'too bright: less exposure'],
  'less-glare': ['chói: nghiêng đèn', 'glare: tilt the lamp'],
  hold: ['giữ yên tờ ngắm', 'hold the sheet still'],
  'move-through': ['đưa chậm từ 20 cm vào 15 cm', 'slowly from 20 cm to 15 cm'],
  done: ['XONG: tốt cho thẻ và điện thoại', 'DONE: good for card and phone'],
};

const VERDICT: Readonly<Record<AimTarget['verdict'], string>> = {
  good: 'TỐT',
  'good-here': 'tốt ở đây',
  'not-yet': 'chưa',
};

/** What to do comes first, for a telephone's terminal breaks the line. */
export function aimLine({ camera, sharpness, bestSharpness, card, phone, advice }: AimView) {
  const [vi, en] = ADVICE[advice];
  const said = `${vi} · ${en}`;
  if (camera.state === 'offline') return `${camera.id}: ${said} (${camera.reason})`;
  return [
    said,
    `nét ${bar(sharpness)} ${figure(sharpness, 2)} (nhất ${figure(bestSharpness, 2)})`,
    `thẻ ${targetText(card)}`,
    `điện thoại ${targetText(phone)}`,
  ].join(' | ');
}

function targetText({ modulePx, blur, verdict }: AimTarget): string {
  return `${figure(modulePx, 1)} px/ô, nhòe ${figure(blur, 2)}: ${VERDICT[verdict]}`;
}

const BAR_MARKS = 10;
/** As steep as pixels allow. */
const SHARPEST = 0.7;

function bar(sharpness: number | null): string {
  const marks = Math.min(BAR_MARKS, Math.round(((sharpness ?? 0) / SHARPEST) * BAR_MARKS));
  return `${'#'.repeat(marks)}${'.'.repeat(BAR_MARKS - marks)}`;
}

function figure(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}
