import type { ScannerProfile, SetupCode } from '../../../devices/scanner/scanner-profile.ts';
import { drawCode } from './draw-code.ts';
import { PAGE_STYLE } from './page-style.ts';
import { TEST_NAME, TEST_NUMBER, TEST_TEXT } from './test-code.ts';

export type SetupProfile = { readonly name: string; readonly profile: ScannerProfile };
type Way = 'serial' | 'keyboard';
type Bilingual = SetupCode['does'];

const WAYS: Readonly<Record<Way, { readonly title: Bilingual; readonly path: string }>> = {
  serial: {
    title: {
      vi: 'A. Cổng nối tiếp USB: nên dùng, chữ Việt đến đủ',
      en: 'A. USB serial port: first choice, every Vietnamese letter arrives',
    },
    path: '/dev/serial/by-id/…',
  },
  keyboard: {
    title: {
      vi: 'B. Bàn phím USB: chỉ khi máy quét không làm được A; thường mất dấu tên',
      en: 'B. USB keyboard: only where the scanner cannot do A; names mostly lose their accents',
    },
    path: '/dev/input/by-id/…-event-kbd',
  },
};

const CHECKED: Readonly<Record<SetupCode['checked'], Bilingual>> = {
  device: { vi: 'đã thử trên máy thật', en: 'tried on a scanner' },
  manual: { vi: 'theo sách của hãng, chưa thử trên máy', en: "maker's manual, not tried by us" },
  reported: {
    vi: 'theo người khác đã dùng, chưa thử trên máy',
    en: 'reported by users, not tried by us',
  },
  guess: { vi: 'phỏng đoán', en: 'a guess' },
};

/** A page to print: a sheet for each way of each profile, and a last one with the code that tries the scanner. Needs nothing but itself. */
export function scannerSetupPage(profiles: readonly SetupProfile[]): string {
  const sheets = [...profiles.flatMap(sheetsOf), trySheet()];
  return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Cài đặt máy quét · Scanner set-up</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
${sheets.join('\n')}
</body>
</html>
`;
}

/** A way has a sheet of its own: whoever scans from top to bottom must not come from A into B. */
function sheetsOf({ name, profile }: SetupProfile): readonly string[] {
  const { setup } = profile;
  if (setup === null) return [];
  const { codes, missing, source } = setup;
  const rest = `${missingOf(missing)}
${source === null ? '' : `<p class="source">Nguồn / Source: ${escaped(source)}</p>`}`;
  const ways = (['serial', 'keyboard'] as const).filter((way) =>
    codes.some(({ mode }) => mode === way),
  );
  if (ways.length === 0) {
    const only = codes.length === 0 ? '' : `${HOW}\n${steps(codes)}`;
    return [sheet(name, profile, setup.models, `${only}\n${rest}`)];
  }
  return ways.map((way, at) => {
    const body = wayOf(way, name, codes);
    const isLast = at === ways.length - 1;
    return sheet(name, profile, setup.models, `${HOW}\n${body}\n${isLast ? rest : ''}`);
  });
}

function sheet(name: string, { title }: ScannerProfile, models: string, body: string): string {
  return `<section class="sheet">
<header>
<h1>Cài đặt máy quét <span>Scanner set-up</span></h1>
<p class="maker">${escaped(title)}</p>
<p class="models">${escaped(models)} · <code>profile = "${escaped(name)}"</code></p>
</header>
${body}
</section>`;
}

const HOW = `<p class="how">Cắm máy quét. Giữ máy cách mã 10 đến 15 cm, quét từ trên xuống, chờ tiếng bíp sau mỗi mã; lấy tờ giấy che mã kia.
<em>Plug the scanner in. Hold it 10 to 15 cm from the code, scan from top to bottom, wait for its beep after each; cover the other code with a piece of paper.</em></p>`;

function wayOf(way: Way, name: string, all: readonly SetupCode[]): string {
  const codes = all.filter(({ mode }) => mode === way || mode === 'both');
  const hasOther = all.some(({ mode }) => mode !== way && mode !== 'both');
  const { title, path } = WAYS[way];
  const driver = way === 'serial' ? 'serial' : 'evdev';
  return `<h2>${both(title)}</h2>
${hasOther ? `<p class="either">${both(EITHER)}</p>` : ''}
${steps(codes)}
<p class="then">${both(THEN)}</p>
<pre>[[scanner]]
id = "scanner-1"
driver = "${driver}"
path = "${path}"
profile = "${escaped(name)}"</pre>`;
}

const EITHER: Bilingual = {
  vi: 'Chỉ quét tờ A hoặc tờ B, không quét cả hai: tờ quét sau xóa tờ quét trước.',
  en: 'Scan sheet A or sheet B, never both: the second undoes the first.',
};

const THEN: Bilingual = {
  vi: 'Rồi ghi vào cấu hình; chot doctor cho biết path:',
  en: 'Then write into the configuration; chot doctor names the path:',
};

function steps(codes: readonly SetupCode[]): string {
  return `<ol>${codes.map(step).join('\n')}</ol>`;
}

function step(code: SetupCode): string {
  return `<li>
<div class="words"><p class="does">${both(code.does)}</p>
<p class="checked" data-checked="${code.checked}">${both(CHECKED[code.checked])}</p>
<p class="source">${escaped(code.source)}</p></div>
<figure>${drawCode(code)}<figcaption>${escaped(contentOf(code))}</figcaption></figure>
</li>`;
}

/** As bar code programs write it. */
function contentOf({ text, fnc3 }: SetupCode): string {
  const shown = text.replace('\r', '{CR}');
  return `${fnc3 === 'before' ? '{FNC3}' : ''}${shown}${fnc3 === 'after' ? '{FNC3}' : ''}`;
}

function missingOf(missing: readonly Bilingual[]): string {
  if (missing.length === 0) return '';
  const items = missing.map((each) => `<li>${both(each)}</li>`).join('\n');
  return `<h2>${both({ vi: 'Không in được ở đây', en: 'What cannot be printed here' })}</h2>
<ul class="missing">${items}</ul>`;
}

const SEEN: readonly (readonly [shown: string, means: Bilingual])[] = [
  [
    `${TEST_NAME} · ${TEST_NUMBER} · MÃ THỬ`,
    { vi: 'Tốt: mọi chữ đến đủ.', en: 'Good: every letter arrives.' },
  ],
  [
    `(không có tên) · ${TEST_NUMBER}`,
    {
      vi: 'Máy quét bỏ mất chữ có dấu: số vẫn đúng, tên mất. Chuyển sang A, hoặc bật chế độ Alt, hoặc xuất UTF-8.',
      en: 'The scanner loses accented letters: the number is right, the name is gone. Use A, or switch Alt mode or UTF-8 on.',
    },
  ],
  [
    '"kiểu bàn phím", scanner.layout',
    {
      vi: 'Máy quét gõ theo kiểu bàn phím khác: đặt kiểu US.',
      en: 'The scanner types for another keyboard layout: set it to US.',
    },
  ],
  [
    '"không đọc được", scanner.noise',
    {
      vi: 'Sai baud hoặc parity (RS-232): 8 bit, không parity, cùng baud với cấu hình.',
      en: 'Wrong baud or parity (RS-232): 8 bits, no parity, the rate of the configuration.',
    },
  ],
  [
    'không có gì / nothing',
    {
      vi: 'Xem `chot doctor`: đường dẫn, quyền, cáp. Quét lại mã "Enter (CR)".',
      en: 'See `chot doctor`: path, permission, cable. Scan "Enter (CR)" again.',
    },
  ],
];

function trySheet(): string {
  const rows = SEEN.map(
    ([shown, means]) => `<tr><td>${escaped(shown)}</td><td>${both(means)}</td></tr>`,
  ).join('\n');
  return `<section class="sheet">
<header><h1>Quét thử <span>Try it</span></h1></header>
<p class="how">Quét mã này khi chốt đang chạy, trước và sau khi cài đặt. Người trong mã không có thật; màn hình ghi MÃ THỬ và không đếm.
<em>Scan this with the station running, before and after setting up. Nobody real is in it; the screen says it is a test and does not count it.</em></p>
<figure class="try">${drawCode({ symbology: 'qrcode', text: TEST_TEXT, fnc3: 'none' })}
<figcaption>${escaped(TEST_TEXT)}</figcaption></figure>
<table><thead><tr><th>Màn hình <em>The screen</em></th><th>Nghĩa là <em>It means</em></th></tr></thead>
<tbody>${rows}</tbody></table>
</section>`;
}

function both({ vi, en }: Bilingual): string {
  return `${escaped(vi)} <em>${escaped(en)}</em>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
