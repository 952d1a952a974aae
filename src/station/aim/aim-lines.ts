import type { AimAdvice, AimTarget, AimView } from './aim-shapes.ts';

/** For an installer without a browser: Vietnamese first, in the words of the page. */
const ADVICE: Readonly<Record<AimAdvice, readonly [vi: string, en: string]>> = {
  wait: ['chờ hình', 'waiting for the picture'],
  'show-sheet': ['giơ tờ ngắm vào giữa khung', 'hold the test sheet in the middle'],
  nearer: [
    'đưa camera lại gần, hoặc dùng ống kính dài hơn',
    'bring the camera nearer, or take a longer lens',
  ],
  focus: ['chỉnh nét', 'focus'],
  light: ['thiếu sáng: bật đèn đọc', 'too dark: switch on the reading lamp'],
  'less-light': ['thừa sáng: giảm phơi sáng', 'too bright: less exposure'],
  'less-glare': ['chói: nghiêng đèn, tránh phản chiếu', 'glare: tilt the lamp'],
  hold: ['giữ yên tờ ngắm', 'hold the sheet still'],
  'move-through': ['đưa chậm từ 20 cm vào 15 cm', 'move slowly from 20 cm to 15 cm'],
  done: ['XONG: tốt cho thẻ và điện thoại', 'DONE: good for card and phone'],
};

const VERDICT: Readonly<Record<AimTarget['verdict'], string>> = {
  good: 'TỐT',
  'good-here': 'tốt ở đây',
  'not-yet': 'chưa',
};

export function aimLine({
  camera,
  sharpness,
  bestSharpness,
  card,
  phone,
  advice,
}: AimView): string {
  if (camera.state === 'offline')
    return `${camera.id}: không có hình · no picture (${camera.reason})`;
  const [vi, en] = ADVICE[advice];
  const parts = [
    `nét ${bar(sharpness)} ${figure(sharpness, 2)} (nhất ${figure(bestSharpness, 2)})`,
    `thẻ ${figure(card.modulePx, 1)} px/ô ${VERDICT[card.verdict]}`,
    `điện thoại ${figure(phone.modulePx, 1)} px/ô ${VERDICT[phone.verdict]}`,
    `${vi} · ${en}`,
  ];
  return parts.join(' | ');
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
