import { expect, test } from 'vitest';
import { parsePresentation } from '../parse-presentation.ts';
import { cp437Sign } from './code-page.ts';

const parse = (text: string) =>
  parsePresentation(new TextEncoder().encode(text), { latestDay: 20_700 });

/** A synthetic person's card from July 2024, and what scanners and keyboards are known to make of it. */
const WHOLE =
  '079300000002||Trần Thị Thử Nghiệm|05062000|Nữ|12/34 Đường Ví Dụ, Khu Phố 7, Phường Kiểm Thử, TP. Hồ Chí Minh|07082024||||';

type Left = 'everything' | 'all but name and address';

const VECTORS: readonly (readonly [profile: string, left: Left, text: string])[] = [
  [
    'drop-non-ascii',
    'all but name and address',
    '079300000002||Trn Th Th Nghim|05062000|N|12/34 ng V D, Khu Ph 7, Phng Kim Th, TP. H Ch Minh|07082024||||',
  ],
  [
    'question-mark',
    'all but name and address',
    '079300000002||Tr?n Th? Th? Nghi?m|05062000|N?|12/34 ???ng V? D?, Khu Ph? 7, Ph??ng Ki?m Th?, TP. H? Ch? Minh|07082024||||',
  ],
  [
    'utf8-as-cp1252',
    'everything',
    '079300000002||Tráº§n Thá»‹ Thá»\u00AD Nghiá»‡m|05062000|Ná»¯|12/34 Ä\u0090Æ°á»\u009Dng VÃ\u00AD Dá»¥, Khu Phá»‘ 7, PhÆ°á»\u009Dng Kiá»ƒm Thá»\u00AD, TP. Há»“ ChÃ\u00AD Minh|07082024||||',
  ],
  [
    'utf8-as-cp437',
    'everything',
    '079300000002||Trß║ºn Thß╗ï Thß╗¡ Nghiß╗çm|05062000|Nß╗»|12/34 ─É╞░ß╗¥ng V├¡ Dß╗Ñ, Khu Phß╗æ 7, Ph╞░ß╗¥ng Kiß╗âm Thß╗¡, TP. Hß╗ô Ch├¡ Minh|07082024||||',
  ],
  [
    'utf8-byte-decimal4',
    'everything',
    '079300000002||Tr022501860167n Th022501870139 Th022501870173 Nghi022501870135m|05062000|N022501870175|12/34 0196014401980176022501870157ng V01950173 D022501870165, Khu Ph022501870145 7, Ph01980176022501870157ng Ki022501870131m Th022501870173, TP. H022501870147 Ch01950173 Minh|07082024||||',
  ],
  [
    'codepoint-decimal',
    'everything',
    '079300000002||Tr7847n Th7883 Th7917 Nghi7879m|05062000|N7919|12/34 2724327901ng V237 D7909, Khu Ph7889 7, Ph4327901ng Ki7875m Th7917, TP. H7891 Ch237 Minh|07082024||||',
  ],
  [
    'codepoint-low-byte-cp437',
    'all but name and address',
    '079300000002||Trºn Th╦ Thφ Nghi╟m|05062000|N∩|12/34 \u0010░▌ng Vφ Dσ, Khu Ph╤ 7, Ph░▌ng Ki├m Thφ, TP. H╙ Chφ Minh|07082024||||',
  ],
  [
    'nfd',
    'everything',
    '079300000002||Tra\u0302\u0300n Thi\u0323 Thu\u031B\u0309 Nghie\u0323\u0302m|05062000|Nu\u031B\u0303|12/34 Đu\u031Bo\u031B\u0300ng Vi\u0301 Du\u0323, Khu Pho\u0302\u0301 7, Phu\u031Bo\u031B\u0300ng Kie\u0302\u0309m Thu\u031B\u0309, TP. Ho\u0302\u0300 Chi\u0301 Minh|07082024||||',
  ],
  [
    'diacritics-stripped',
    'all but name and address',
    '079300000002||Tran Thi Thu Nghiem|05062000|Nu|12/34 Duong Vi Du, Khu Pho 7, Phuong Kiem Thu, TP. Ho Chi Minh|07082024||||',
  ],
  [
    'caps-lock',
    'everything',
    '079300000002||tRẦN tHỊ tHỬ nGHIỆM|05062000|nỮ|12/34 đƯỜNG vÍ dỤ, kHU pHỐ 7, pHƯỜNG kIỂM tHỬ, tp. hỒ cHÍ mINH|07082024||||',
  ],
  [
    'windows-vietnamese-layout',
    'all but name and address',
    'đ\u0303\u0323êđđđđđđđâ||Trn Th Th Nghim|đ\u0300đ\u0309âđđđ|N|ăâ/êô ng V D, Khu Ph \u0303, Phng Kim Th, TP. H Ch Minh|đ\u0303đ\u0301âđâô||||',
  ],
  [
    'utf8-as-big5',
    'all but name and address',
    '079300000002||Tr廕吵 Th廙\uFFFD Th廙\uFFFD Nghi廙\uFFFDm|05062000|N廙砝12/34 \uFFFD\uFFFDが廙\uFFFDng V穩 D廙\uFFFD, Khu Ph廙\uFFFD 7, Phが廙\uFFFDng Ki廙\uFFFDm Th廙\uFFFD, TP. H廙\uFFFD Ch穩 Minh|07082024||||',
  ],
  [
    'utf8-as-shift-jis',
    'all but name and address',
    '079300000002||Tr蘯ｧn Th盻\uFFFD Th盻ｭ Nghi盻\uFFFDm|05062000|N盻ｯ|12/34 ﾄ脆ｰ盻拵g Vﾃｭ D盻･, Khu Ph盻\uFFFD 7, Phﾆｰ盻拵g Ki盻ノ Th盻ｭ, TP. H盻\uFFFD Chﾃｭ Minh|07082024||||',
  ],
];

test.each(VECTORS)('%s leaves %s', (profile, left, text) => {
  const whole = parse(WHOLE);
  const document = parse(text);
  if (whole.kind === 'other' || document.kind === 'other') throw new Error('not understood');
  const { checks, ...fields } = document;
  const { checks: _, ...expected } = whole;
  const told = left === 'everything' ? {} : { name: null, residence: null };
  expect({ ...fields, repaired: false }).toEqual({ ...expected, ...told });
  const codes = checks.map(({ code }) => code);
  expect(codes.some((code) => code.endsWith(`.${profile}`))).toBe(true);
  expect(codes.includes(`text.repaired.${profile}`)).toBe(fields.repaired);
});

/** Separators swallowed by a decoder that guessed: each in the field where it was seen. */
const SWALLOWED: readonly (readonly [text: string, whole: string])[] = [
  [
    '079300000002||Lan An|05062000|N廙砝01 Mai An, Gia Lai|07082024',
    '079300000002||Lan An|05062000|Nữ|01 Mai An, Gia Lai|07082024',
  ],
  [
    '079300000002||Lan Th盻弓05062000|Nam|1 Mai An, Gia Lai|07082024',
    '079300000002||Lan Thị|05062000|Nam|1 Mai An, Gia Lai|07082024',
  ],
  [
    '079300000002||Lan M廙頌05062000|Nam|1 Mai An, Gia Lai|07082024',
    '079300000002||Lan Mỹ|05062000|Nam|1 Mai An, Gia Lai|07082024',
  ],
  [
    '079300000002||Lan Th廙坑05062000|Nam|1 Mai An, Gia Lai|07082024',
    '079300000002||Lan Thủ|05062000|Nam|1 Mai An, Gia Lai|07082024',
  ],
  [
    '079300000002||Lan H盻倒05062000|Nam|1 Mai An, Gia Lai|07082024',
    '079300000002||Lan Hồ|05062000|Nam|1 Mai An, Gia Lai|07082024',
  ],
  [
    '079300000002||Lan An|05062000|Nam|1 Mai An, Phﾃｺ Th盻鋼07082024',
    '079300000002||Lan An|05062000|Nam|1 Mai An, Phú Thọ|07082024',
  ],
];

test.each(SWALLOWED)('a swallowed separator comes back: %#', (text, payload) => {
  const [number, , name, , sex, residence] = payload.split('|');
  expect(parse(text)).toMatchObject({
    kind: 'cccd-qr',
    number,
    name,
    birth: '2000-06-05',
    sex: sex === 'Nam' ? 'male' : 'female',
    residence,
    issued: '2024-08-07',
    repaired: true,
  });
});

/** Which sign code page 437 shows for the low byte of each letter's code point. */
const LOW_BYTE_SIGNS =
  'ă\u0003âΓđ\u0011êΩô⌠ơíư░àαáßảúãπạíằ▒ắ»ẳ│ẵ╡ặ╖ầºấÑẩ⌐ẫ½ậ¡èΦéΘẻ╗ẽ╜ẹ╣ề┴ế┐ể├' +
  'ễ┼ệ╟ì∞íφỉ╔ĩ)ị╦ò≥ó≤ỏ╧õ⌡ọ═ồ╙ố╤ổ╒ỗ╫ộ┘ờ▌ớ█ở▀ỡßợπù∙ú·ủτũiụσừδứΘửφ' +
  'ữ∩ự±ỳ≤ý²ỷ≈ỹ∙ỵ⌡Ă\u0002Â┬Đ\u0010Ê╩Ô╘ƠáƯ»À└Á┴ẢóÃ├ẠáẰ░Ắ«Ẳ▓Ẵ┤Ặ╢ẦªẤñẨ¿Ẫ¬Ậ¼È╚' +
  'É╔Ẻ║Ẽ╝Ẹ╕Ề└Ế╛Ể┬Ễ─Ệ╞Ì╠Í═Ỉ╚Ĩ(Ị╩Ò╥Ó╙Ỏ╬Õ╒Ọ╠Ồ╥Ố╨Ổ╘Ỗ╓Ộ╪Ờ▄Ớ┌Ở▐ỠαỢΓÙ┘' +
  'Ú┌ỦµŨhỤΣỪΩỨΦỬ∞ỮεỰ≡Ỳ≥Ý▌Ỷ÷Ỹ°Ỵ⌠';

test('each letter becomes the sign that was seen for it', () => {
  const pairs = LOW_BYTE_SIGNS.match(/../gsu) ?? [];
  expect(pairs).toHaveLength(134);
  for (const pair of pairs) {
    const [letter = '', sign = ''] = [...pair];
    expect(cp437Sign((letter.codePointAt(0) ?? 0) & 0xff)).toBe(sign);
  }
});
