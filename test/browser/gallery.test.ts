import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCENES } from '../../web/station/gallery/scenes.ts';
import { AXE, AXE_FAULTS, COLOUR_FAULTS } from './axe.ts';
import { browserMissing, launch, openPage } from './gallery-browser.ts';
import { type GalleryServer, serveGallery } from './gallery-server.ts';

const SIZES = {
  large: [1280, 800],
  small: [800, 480],
  phone: [390, 844],
  magnified: [640, 400],
} as const;
const OTHER_THEMES = ['dark', 'night'] as const;
/** One of each kind for the slow looks; `CHOT_SOAK=1` takes all. */
const KINDS = [
  'idle',
  'pass',
  'ageing-new',
  'check-many',
  'stop-not-recorded',
  'release',
  'dead',
  'card-reading',
  'card-no-application',
  'card-waiting-again',
  'pass-chip',
  'pass-chip-photo-coming',
  'chip-photo-coming',
  'chip-altered-photo',
  'chip-many',
  'chip-not-proven',
  'sheet-keypad',
  'sheet-tray',
  'sheet-menu',
  'sheet-openings',
  'two-lanes',
  'passer-idle',
  'passer-card-hold-wait',
  'closed-page',
];
const LOOKED_AT = process.env['CHOT_SOAK'] === '1' ? Object.keys(SCENES) : KINDS;
const WORKING = Object.entries(SCENES).flatMap(([name, scene]) =>
  scene.page === 'staff' && scene.sheet === null && scene.line !== 'connecting' ? [name] : [],
);
const SHOTS = join(tmpdir(), 'chot-gallery');

describe.skipIf(browserMissing())('gallery', () => {
  let server: GalleryServer;
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    server = await serveGallery();
    browser = await launch();
    ({ page, faults } = await openPage(browser));
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function show(
    scene: string,
    theme: 'light' | 'dark' | 'night' = 'light',
    language: 'vi' | 'en' = 'vi',
  ): Promise<void> {
    await page.goto(`${server.origin}/gallery/?scene=${scene}&theme=${theme}&lang=${language}`);
    await page.evaluate('document.fonts.ready');
  }

  async function resize(size: keyof typeof SIZES): Promise<void> {
    const [width, height] = SIZES[size];
    await page.setViewportSize({ width, height });
  }

  /** Where the photograph of a scene and all beside it stand, at each size. */
  async function places(scene: string, language: 'vi' | 'en'): Promise<readonly unknown[][]> {
    await show(scene, 'light', language);
    const at: unknown[][] = [];
    for (const size of ['large', 'small', 'phone', 'magnified'] as const) {
      await resize(size);
      at.push((await page.evaluate(PLACES)) as unknown[]);
    }
    return at;
  }

  test('the built-in fonts are used, and digits are equally wide', async () => {
    await resize('large');
    await show('check-f1');
    expect(await page.evaluate('document.fonts.check("700 20px \\"Be Vietnam Pro\\"", "Ễ1")')).toBe(
      true,
    );
    const widths = await page.evaluate(DIGIT_WIDTHS);
    expect(widths).toHaveLength(12);
    expect(new Set(widths as number[]).size).toBe(1);
  });

  test.each(WORKING)(
    '%s: nothing scrolls, nothing is cut off, every action is 64 px',
    async (scene) => {
      await show(scene);
      for (const size of ['large', 'small', 'phone', 'magnified'] as const) {
        await resize(size);
        const problems = await page.evaluate(LAYOUT_PROBLEMS);
        expect(problems, `${scene} at ${size}`).toEqual([]);
      }
    },
  );

  test.each(LOOKED_AT)('%s: no accessibility fault, and text 7:1', async (scene) => {
    await resize('large');
    await show(scene);
    await page.evaluate(AXE);
    expect(await page.evaluate(AXE_FAULTS)).toEqual([]);
    for (const theme of OTHER_THEMES) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      expect(await page.evaluate(COLOUR_FAULTS), `${scene} in ${theme}`).toEqual([]);
    }
  });

  test.each([
    ['pass', 'light', [0, 0x80, 0x5a]],
    ['check-f1', 'light', [0xc2, 0x5e, 0]],
    ['stop', 'light', [0xb3, 0x12, 0x3f]],
    ['stop', 'night', [0xc2, 0x4a, 0x68]],
    ['ageing', 'dark', [0xa9, 0x9b, 0xff]],
  ] as const)(
    '%s in %s: its colour is there, on less than a quarter of the screen',
    async (scene, theme, colour) => {
      for (const size of ['large', 'small', 'phone'] as const) {
        await resize(size);
        await show(scene, theme);
        const path = join(SHOTS, `${scene}-${theme}-${size}.png`);
        await page.screenshot({ path });
        const share = await colourShare(path, colour);
        expect(share, `${scene} at ${size}`).toBeGreaterThan(0.02);
        expect(share, `${scene} at ${size}`).toBeLessThan(0.25);
      }
    },
  );

  test('a name from a hostile code is only text, and moves nothing around it', async () => {
    await resize('small');
    await show('check-hostile');
    expect(await page.locator('.face b').count()).toBe(0);
    expect(await page.textContent('.subject-number')).toBe('001 200 000 001');
    expect(await page.textContent('bdi.subject-name')).toContain('<b onclick=1>');
  });

  test('a pass hides the middle of the number, a check shows it whole', async () => {
    await show('pass');
    expect(await page.textContent('.face')).toContain('001 ••• ••• 001');
    expect(await page.content()).not.toContain('200000001');
    await show('check-f1');
    expect(await page.textContent('.face')).toContain('001 200 000 001');
  });

  test('the passer sees one and the same page for every check and stop, and for a dead line', async () => {
    await show('passer-wait');
    const wait = await page.locator('.passer').innerHTML();
    await show('passer-dead');
    expect(await page.locator('.passer').innerHTML()).toBe(wait);
  });

  test('what the passer is told to do with the card is one page, whatever was judged', async () => {
    const pages: string[] = [];
    for (const outward of ['idle', 'go', 'wait']) {
      await show(`passer-card-hold-${outward}`);
      pages.push(await page.content().then((html) => html.slice(html.indexOf('<body'))));
    }
    expect(pages[0]).toContain('GIỮ YÊN THẺ');
    expect(new Set(pages).size).toBe(1);
  });

  test('no card but a genuine one has the colour of a pass in its mark', async () => {
    await resize('large');
    const colours: unknown[] = [];
    for (const scene of Object.keys(SCENES).filter((name) => name.startsWith('chip-'))) {
      await show(scene);
      if ((await page.locator('.chip-proof[data-look="genuine"]').count()) > 0) continue;
      colours.push(await page.evaluate(PROOF_BORDER));
    }
    expect(colours.length).toBeGreaterThan(5);
    expect(colours).not.toContain('rgb(0, 128, 90)');
    await show('pass-chip');
    expect(await page.evaluate(PROOF_BORDER)).toBe('rgb(0, 128, 90)');
  });

  test.each([
    ['pass-chip', 'pass-chip-photo-coming'],
    ['chip-issuer-unknown', 'chip-photo-coming'],
  ])('%s: the photograph takes the very place that was kept for it', async (shown, coming) => {
    for (const language of ['vi', 'en'] as const) {
      const kept = await places(coming, language);
      expect(await places(shown, language), language).toEqual(kept);
      for (const each of kept) expect(each).toHaveLength(5);
    }
  });

  test('a photograph that is coming is neither missing nor to be compared yet', async () => {
    await resize('large');
    await show('pass-chip-photo-coming');
    expect(await page.textContent('.card-frame')).toBe('Đang mở ảnh');
    expect(await page.locator('.card-aside .card-do').isVisible()).toBe(false);
    expect(await page.textContent('.card-aside')).not.toContain('Chip không cho ảnh.');
    await show('pass-chip-photo-none');
    expect(await page.textContent('.card-aside')).toContain('Chip không cho ảnh.');
  });

  test('an altered photograph is not shown, and the card said to be not trusted', async () => {
    await show('chip-altered-photo');
    expect(await page.locator('.card-aside img').count()).toBe(0);
    expect(await page.textContent('.card-aside')).toMatch(/không hiện\..*đừng tin thẻ này/);
  });

  test('a false chip that agrees is praised nowhere, and compared in the details', async () => {
    await resize('large');
    for (const scene of ['chip-altered', 'chip-cloned']) {
      await show(scene);
      expect(await page.textContent('body'), scene).not.toContain('Chip khớp');
    }
    await page.locator('.chip-button').click();
    expect(await page.getByText('Chip đối chiếu: ').count()).toBe(5);
    await show('chip-issuer-unknown');
    expect(await page.textContent('.chips')).toContain('Chip khớp mã QR');
  });

  test('the whole gallery shows every state at once', async () => {
    await page.goto(`${server.origin}/gallery/`);
    expect(await page.locator('.gallery-scene').count()).toBe(Object.keys(SCENES).length);
  });

  test('no page broke the policy or threw', () => {
    expect(faults).toEqual([]);
  });
});

async function colourShare(
  file: string,
  colour: readonly [number, number, number],
): Promise<number> {
  const { data, info } = await sharp(file)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  let coloured = 0;
  for (let at = 0; at < data.length; at += 3) {
    if (colour.every((value, channel) => Math.abs((data[at + channel] ?? 0) - value) < 12))
      coloured += 1;
  }
  return coloured / (info.width * info.height);
}

/** Runs in the page. What does not fit, by a readable name. */
const LAYOUT_PROBLEMS = `(() => {
  const problems = [];
  const shown = (e) => e.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const root = document.scrollingElement;
  if (root.scrollHeight > innerHeight || root.scrollWidth > innerWidth) problems.push('page scrolls');
  for (const e of all('.lane-body, .face-in, .lane-head, .top-bar, .actions, .banners, .strip, .action')) {
    if (e.scrollHeight > e.clientHeight + 1) problems.push(e.className + ' too high ' + e.scrollHeight + '>' + e.clientHeight);
    if (e.scrollWidth > e.clientWidth + 1) problems.push(e.className + ' too wide ' + e.scrollWidth + '>' + e.clientWidth);
  }
  for (const e of all('.face-word, .face-do, .face-why, .subject-number, .chip-case, .clock, .lane-number, .card-photo img, .card-do, .card-phase, .card-bar, .card-unproven, .card-aside p')) {
    const box = e.getBoundingClientRect();
    const face = (e.closest('.face') ?? document.body).getBoundingClientRect();
    if (box.left < face.left || box.right > face.right || box.top < face.top || box.bottom > face.bottom) problems.push(e.className + ' is cut off');
    if (e.scrollWidth > e.clientWidth + 1) problems.push(e.className + ' is too long');
  }
  for (const e of all('.action')) {
    const box = e.getBoundingClientRect();
    if (box.width < 64 || box.height < 64) problems.push('action ' + e.textContent + ' ' + box.width + 'x' + box.height);
    if (box.bottom > innerHeight || box.right > innerWidth) problems.push('action ' + e.textContent + ' outside');
  }
  for (const e of all('button')) {
    const box = e.getBoundingClientRect();
    if (box.width < 24 || box.height < 24) problems.push('target ' + e.textContent);
  }
  return problems;
})()`;

const DIGIT_WIDTHS = `[...document.querySelectorAll('.subject-number .figure')].map((e) => e.getBoundingClientRect().width)`;

/** Runs in the page: where the photograph or its empty frame is, and everything beside it. */
const PLACES = `[...document.querySelectorAll('.card-photo img, .card-frame, .card-photo figcaption, .face-word, .face-why, .face-do')].map((e) => {
  const { x, y, width, height } = e.getBoundingClientRect();
  return [x, y, width, height].map(Math.round).join(' ');
})`;

const PROOF_BORDER = `getComputedStyle(document.querySelector('.chip-proof')).borderTopColor`;
