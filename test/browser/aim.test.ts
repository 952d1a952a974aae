import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { qrMatrix } from '../../fixtures/codes.ts';
import type { AimLook } from '../../src/station/aim/aim-look.ts';
import { AIM_BEGUN, aimView, stepAim } from '../../src/station/aim/aim-session.ts';
import type { AimView } from '../../src/station/aim/aim-shapes.ts';
import { SHEET_CODES, sheetPayload } from '../../src/station/aim/sheet-codes.ts';
import { drawMatrix, placeOn } from '../support/draw-code.ts';
import { AXE, AXE_FAULTS, COLOUR_FAULTS } from './axe.ts';
import { browserMissing, launch, openPage } from './gallery-browser.ts';
import { type GalleryServer, sendJson, serveGallery } from './gallery-server.ts';

const SIZES = {
  large: [1280, 800],
  phone: [390, 844],
  // What a telephone's browser leaves of it.
  'phone with bars': [390, 664],
  'small phone': [360, 640],
  panel: [800, 480],
} as const;

const CAMERA = {
  id: 'cam-1',
  state: 'online',
  reason: null,
  widthPx: 1920,
  heightPx: 1080,
} as const;
const NOTHING: AimLook = {
  ...{ codes: [], unreadModulePx: null, isSomethingUnread: false },
  ...{ sharpness: 0.31, luminance: 0.46, glare: 0 },
};

function sheet(pxPerMm: number, blur: number): AimLook {
  const codes = SHEET_CODES.map(({ kind, sideMm, modules }) => ({
    ...{ kind, pxPerMm, blur },
    modulePx: (pxPerMm * sideMm) / modules,
  }));
  return { ...NOTHING, codes, sharpness: 0.4 / (blur * (codes[0]?.modulePx ?? 1)) };
}

/** As the command would say it after these looks, each for two seconds. */
function after(looks: readonly AimLook[], camera: AimView['camera'] = CAMERA): AimView {
  const all = looks.flatMap((look) => Array.from({ length: 8 }, () => look));
  return aimView(all.reduce(stepAim, AIM_BEGUN), camera);
}

const STATES: Readonly<Record<string, AimView>> = {
  good: after([sheet(8, 0.25), sheet(9, 0.22), sheet(10.7, 0.24)]),
  'good here': after([sheet(9, 0.24)]),
  'too dark': after([{ ...NOTHING, luminance: 0.03, sharpness: null }]),
  'too blurred': after([sheet(8.6, 0.2), sheet(9, 0.52)]),
  'too small modules': after([sheet(5.2, 0.3)]),
  'no sheet': after([NOTHING]),
  starting: after([], { ...CAMERA, state: 'starting' }),
  'camera lost': after([], { ...CAMERA, state: 'offline', reason: 'camera.lost' }),
  'no camera': after([], { ...CAMERA, state: 'offline', reason: 'camera.no-device' }),
};

describe.skipIf(browserMissing())('the page of chot aim', () => {
  let server: GalleryServer;
  let browser: Browser;
  let page: Page;
  let faults: string[];
  let view: AimView | null = null;

  beforeAll(async () => {
    const picture = await sheetPicture();
    server = await serveGallery('aim');
    server.answer = ({ url }, response) => {
      if (!url.startsWith('/api/aim')) {
        response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture);
        return true;
      }
      if (view === null) return sendJson(response, 401, {});
      return sendJson(response, 200, view);
    };
    browser = await launch();
    ({ page, faults } = await openPage(browser));
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function show(state: string): Promise<void> {
    view = STATES[state] ?? null;
    await page.goto(server.origin);
    await page.locator('.aim-advice').waitFor();
    await page.evaluate('document.fonts.ready');
  }

  test.each(Object.keys(STATES))(
    '%s: what to do, picture and every figure without scrolling, cut off nowhere, and no accessibility fault',
    async (state) => {
      await show(state);
      for (const [size, [width, height]] of Object.entries(SIZES)) {
        await page.setViewportSize({ width, height });
        expect(await page.evaluate(LAYOUT_PROBLEMS), `${state} at ${size}`).toEqual([]);
      }
      await page.evaluate(AXE);
      expect(await page.evaluate(AXE_FAULTS)).toEqual([]);
      await page.evaluate("document.documentElement.dataset.theme = 'dark'");
      expect(await page.evaluate(COLOUR_FAULTS), `${state} in the dark`).toEqual([]);
    },
  );

  test('figures stand beside what they must come to, in both languages', async () => {
    await show('too blurred');
    const card = page.locator('.aim-card', { hasText: 'Thẻ CCCD' });
    expect(await card.textContent()).toMatch(/3,1 ≥ 2,5.*đạt.*0,52 ≤ 0,45.*chưa đạt/);
    expect(await page.textContent('.aim-advice')).toMatch(/Chưa nét.*Not sharp/);
  });

  test('without a picture no figure is left, and the advice is for what is wrong with the camera', async () => {
    await show('no camera');
    expect(await page.locator('.aim img').count()).toBe(0);
    expect(await page.locator('.aim-side strong').allTextContents()).toEqual(Array(8).fill('—'));
    expect(await page.textContent('.aim-advice')).toMatch(/Cắm camera vào máy.*Plug the camera in/);
    expect(await page.textContent('.aim-picture')).toMatch(/không thấy camera.*no camera found/);
  });

  test('a command that has ended leaves no figures on the page', async () => {
    await show('good');
    view = null;
    await page.getByText('Lệnh chot aim đã dừng').waitFor();
    expect(await page.locator('.aim-figure').count()).toBe(0);
    view = STATES['good'] ?? null;
    await page.locator('.aim-advice').waitFor();
  });

  test('no page broke the policy or threw', () => {
    expect(faults.filter((fault) => !/401/.test(fault))).toEqual([]);
  });
});

/** The sheet's codes before a grey wall, as the preview has them. */
function sheetPicture(): Promise<Buffer> {
  const [card, dense, phone] = SHEET_CODES.map((code) => qrMatrix(sheetPayload(code), code.level));
  if (card === undefined || dense === undefined || phone === undefined) throw new Error('no sheet');
  const size = { width: 640, height: 360 };
  const { data } = placeOn(size, [
    [150, 60, drawMatrix(card, 2)],
    [150, 190, drawMatrix(dense, 2)],
    [330, 60, drawMatrix(phone, 4)],
  ]);
  return sharp(data, { raw: { ...size, channels: 1 } })
    .jpeg()
    .toBuffer();
}

/** Runs in the page. What does not fit, by a readable name. */
const LAYOUT_PROBLEMS = `(() => {
  const problems = [];
  const root = document.scrollingElement;
  if (root.scrollHeight > innerHeight || root.scrollWidth > innerWidth) problems.push('page scrolls ' + root.scrollWidth + 'x' + root.scrollHeight);
  for (const e of document.querySelectorAll('.aim-advice, .aim-side, .aim-card, .aim-figure, .aim-verdict, .aim-more, .aim-picture, .aim-advice .said')) {
    const box = e.getBoundingClientRect();
    if (box.bottom > innerHeight + 0.5 || box.right > innerWidth + 0.5) problems.push(e.className + ' outside ' + Math.round(box.bottom));
    if (e.scrollHeight > e.clientHeight + 1 && e.clientHeight > 0) problems.push(e.className + ' too high ' + e.scrollHeight + '>' + e.clientHeight);
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) problems.push(e.className + ' too wide ' + e.scrollWidth + '>' + e.clientWidth);
  }
  for (const e of document.querySelectorAll('.aim-figure dd')) {
    const range = document.createRange();
    range.selectNodeContents(e.querySelector('.aim-need'));
    if (range.getBoundingClientRect().right > e.getBoundingClientRect().right + 1) problems.push('figure runs over ' + e.textContent);
  }
  const picture = document.querySelector('.aim-picture').getBoundingClientRect();
  if (picture.height < 90) problems.push('picture only ' + Math.round(picture.height) + ' high');
  const view = document.querySelector('.aim-view');
  if (view !== null) {
    const box = view.getBoundingClientRect();
    if (box.right > picture.right + 1 || box.bottom > picture.bottom + 1) problems.push('picture cut off');
    if (Math.abs(box.width / box.height - 16 / 9) > 0.03) problems.push('picture stretched');
  }
  return problems;
})()`;
