import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clockSeconds } from '../../web/shared/dates.ts';
import { OPENINGS } from '../../web/station/gallery/openings.ts';
import { card, F0, lane, NOW_MS, passage } from '../../web/station/gallery/people.ts';
import { browserMissing, launch, openPage } from './gallery-browser.ts';
import { type GalleryServer, openEvents, sendJson, serveGallery } from './gallery-server.ts';

const START_MS = Date.UTC(2021, 10, 20, 19, 14, 37);
/** What the page's effects need to settle after a load. */
const SETTLE_MS = 500;
/** What the station's clock has gone on by the second beat. */
const SECOND_BEAT_MS = 3_000;

/** The real pages against a station played by the test, on a clock that only the test moves. */
describe.skipIf(browserMissing())('live pages', () => {
  let server: GalleryServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await serveGallery();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    server.asked.length = 0;
    server.answer = () => false;
    ({ page } = await openPage(browser));
    await page.clock.install({ time: START_MS });
  });
  afterEach(async () => {
    await page.close();
  });

  /** A signed-in staff page with its events open. */
  async function openStaff(
    view = lane(),
    photo: string | null = null,
  ): Promise<(event: string, data: unknown) => void> {
    const opened = promised<(event: string, data: unknown) => void>();
    server.answer = ({ url, method }, response) => {
      if (method === 'POST') {
        response.writeHead(204).end();
        return true;
      }
      if (url === '/api/v1/lanes') {
        return sendJson(response, 200, {
          station: 's',
          software: '1',
          demo: false,
          officers: [],
          lanes: [view],
        });
      }
      if (photo !== null && url.includes('/photos/')) {
        response.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' });
        response.end(photo);
        return true;
      }
      if (url !== '/api/v1/events') return false;
      opened.resolve(openEvents(response));
      return true;
    };
    await page.goto(`${server.origin}/`);
    await page.clock.pauseAt(START_MS + 60_000);
    await page.clock.runFor(SETTLE_MS);
    const send = await opened.promise;
    send('hello', { boot: 'a', software: '1' });
    send('lane', view);
    send('beat', { nowMs: NOW_MS });
    await page.locator('.lane').waitFor();
    await page.clock.runFor(SETTLE_MS);
    // Until the page has it: a beat that came later would keep alive what a test lets die.
    send('beat', { nowMs: NOW_MS + SECOND_BEAT_MS });
    const shown = clockSeconds(NOW_MS + SECOND_BEAT_MS);
    await expect.poll(() => page.locator('.clock').first().innerText()).toContain(shown);
    return send;
  }

  function posts(): unknown[] {
    return server.asked
      .filter(({ method }) => method === 'POST')
      .map(({ url, body }) => [url, JSON.parse(body)]);
  }

  test('two seconds after the last beat the verdict and the person are gone', async () => {
    const send = await openStaff(lane({ current: passage('stop', [F0]) }));
    send('beat', { nowMs: NOW_MS + 1 });
    send('lane', lane({ current: passage('stop', [F0]), waiting: 7 }));
    await page.getByText('+7').waitFor();
    await page.clock.runFor(1_900);
    expect(await page.textContent('.face-word')).toBe('GIỮ LẠI');
    await page.clock.runFor(200);
    await expect.poll(() => page.textContent('.face-word')).toBe('MẤT KẾT NỐI');
    const text = await page.textContent('body');
    expect(text).not.toContain('001 200');
    expect(text).not.toContain('Nguyễn');
  });

  test('the list of openings is fetched when it is opened, and again when something opened since', async () => {
    const opened = { sinceMs: NOW_MS - 3_600_000, untied: 1, overridden: 1, beforeStart: 0 };
    const send = await openStaff(lane({ openings: opened }));
    const rows = page.locator('.opening');
    const before = server.answer;
    let listed = OPENINGS;
    server.answer = (asked, response) =>
      asked.url === '/api/v1/openings' ? sendJson(response, 200, listed) : before(asked, response);
    await page.locator('.lane-head .head-button').first().click();
    await page.clock.runFor(SETTLE_MS);
    expect(await page.locator('.handing').innerText()).toContain(
      'Từ 01:14: 1 lần mở ngoài lượt, 1 lần cho qua khác kết quả máy.',
    );
    await page.getByRole('button', { name: 'Mở ngoài lượt · 1' }).click();
    await page.clock.runFor(SETTLE_MS);
    await expect.poll(() => rows.count()).toBe(9);
    const text = await page.locator('.sheet').innerText();
    // Who it was is an officer; whoever passed is nothing but a sequence of the journal.
    expect(text).toContain('Cho qua, máy báo GIỮ LẠI');
    expect(text).toContain('mau · Nhầm người · lượt số 4711');
    expect(text).toContain('Mở khẩn\nmau · chưa có lý do');
    expect(text).toContain('Ca từ 20:14 20/11: Mở khẩn 1 · Barie bị mở khi không có lệnh 12');

    listed = { lanes: [] };
    send('beat', { nowMs: NOW_MS + 2 * SECOND_BEAT_MS });
    send('lane', lane({ openings: { ...opened, untied: 2 } }));
    await expect
      .poll(async () => {
        // Effects of the page that the new state has reached.
        await page.clock.runFor(1);
        return rows.count();
      })
      .toBe(0);
    expect(server.asked.filter(({ url }) => url === '/api/v1/openings')).toHaveLength(2);
  });

  test('a beat brings the answer back', async () => {
    const send = await openStaff(lane({ current: passage('stop', [F0]) }));
    await page.clock.runFor(2_600);
    await expect.poll(() => page.textContent('.face-word')).toBe('MẤT KẾT NỐI');
    send('beat', { nowMs: NOW_MS + 3_000 });
    await page.getByText('GIỮ LẠI').waitFor();
  });

  test('a pass disappears by itself when its time is up, though the line is alive', async () => {
    const send = await openStaff(lane({ current: passage('pass', [], { restMs: 1_500 }) }));
    await page.clock.runFor(1_250);
    send('beat', { nowMs: NOW_MS + 1_750 });
    await page.clock.runFor(250);
    await expect.poll(() => page.textContent('.face-word')).toBe('SẴN SÀNG');
  });

  test('Enter alone presses the button that has the focus', async () => {
    await openStaff(lane({ current: passage('pass') }));
    await page.getByRole('button', { name: 'Cho qua' }).focus();
    await page.keyboard.press('Enter');
    await page.clock.runFor(150);
    await expect
      .poll(posts)
      .toEqual([
        ['/api/v1/lanes/in-1/actions', { action: 'let-pass', ordinal: 41, reason: 'clear' }],
      ]);
  });

  test('whatever a wedge types is shown to the lane and presses nothing', async () => {
    await openStaff(lane({ current: passage('pass') }));
    await page.getByRole('button', { name: 'Cho qua' }).focus();
    const code = '001200000001||Nguyen Van Mau|01022000|Nam|So 1|03042021';
    await page.keyboard.type(code);
    for (const key of ['Enter', 'Space', 'Tab', 'Escape', 'Control+J', 'F1', 'Enter']) {
      await page.keyboard.press(key);
    }
    await page.clock.runFor(150);
    await expect
      .poll(posts)
      .toEqual([['/api/v1/lanes/in-1/presentations', { text: `${code} `, via: 'wedge' }]]);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cho qua');
  });

  test('no control character in a code presses anything, moves the focus or opens a sheet', async () => {
    const send = await openStaff(lane({ current: passage('pass') }));
    const code = '001200000001';
    let beatMs = NOW_MS + SECOND_BEAT_MS;
    // Control and a letter or sign, as wedges send U+0001 to U+001F; Ctrl+W and Ctrl+N no page can hold back.
    const controls = [...'ABCDEFGHIJKLMOPQRSTUVXYZ', '[', '\\', ']', '6', '-'];
    const others = ['F1', 'F3', 'F11', 'Escape', 'Backspace', 'Delete', 'ArrowDown', 'Alt+Numpad2'];
    const keys = [...controls.map((sign) => `Control+${sign}`), ...others, 'Tab', 'Space', 'Enter'];
    await page.getByRole('button', { name: 'Cho qua' }).focus();
    for (const [index, key] of keys.entries()) {
      // The line stays alive.
      if (index % 10 === 0) {
        beatMs += 1_000;
        send('beat', { nowMs: beatMs });
        await expect
          .poll(() => page.locator('.clock').first().innerText())
          .toContain(clockSeconds(beatMs));
      }
      await page.keyboard.type(code.slice(0, 6));
      await page.keyboard.press(key);
      await page.keyboard.type(code.slice(6));
      await page.keyboard.press('Enter');
      await page.clock.runFor(110);
    }
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cho qua');
    await expect.poll(() => posts().length).toBe(keys.length);
    const urls = new Set(posts().map((post) => (post as [string])[0]));
    expect([...urls]).toEqual(['/api/v1/lanes/in-1/presentations']);
    expect(await page.locator('.sheet').count()).toBe(0);
  });

  test('with Telex on, a wedge gives the number it pressed, and the screen says what is on', async () => {
    await openStaff();
    const keys = await page.context().newCDPSession(page);
    const told = page.getByText('Bộ gõ Telex/VNI đang bật: mã quét vẫn đọc đúng. Tắt bộ gõ.');
    for (const digit of '001200000001') {
      const key = { key: 'Process', code: `Digit${digit}`, windowsVirtualKeyCode: 229 };
      await keys.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key });
      await keys.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
    }
    await page.keyboard.press('Enter');
    await page.clock.runFor(150);
    const post = { text: '001200000001', via: 'wedge' };
    await expect.poll(posts).toEqual([['/api/v1/lanes/in-1/presentations', post]]);
    await told.waitFor();
    await page.keyboard.type('001200000001');
    await page.keyboard.press('Enter');
    await page.clock.runFor(150);
    await told.waitFor({ state: 'detached' });
  });

  test('a number typed on the keypad explains itself and is shown to the lane', async () => {
    await openStaff();
    await page.getByRole('button', { name: /^Nhập.số$/ }).click();
    await page.clock.runFor(SETTLE_MS);
    for (const digit of '001200000001') {
      // Slower than a scanner, and done before the line counts as dead.
      await page.keyboard.press(digit);
      await page.clock.runFor(110);
    }
    expect(await page.textContent('.keypad-explained')).toBe('Nam · 2000 · Hà Nội');
    await page.getByRole('button', { name: 'Tra số' }).click();
    await expect
      .poll(posts)
      .toEqual([['/api/v1/lanes/in-1/presentations', { text: '001200000001', via: 'typed' }]]);
  });

  test('releasing the lane takes a held second and a reason', async () => {
    await openStaff();
    await page.getByRole('button', { name: 'Làn và màn hình' }).click();
    const release = page.getByRole('button', { name: /Xả chốt/ });
    await release.hover();
    await page.mouse.down();
    await page.clock.runFor(900);
    await page.mouse.up();
    await page.clock.runFor(500);
    expect(posts()).toEqual([]);
    await page.mouse.down();
    await page.clock.runFor(1_050);
    await page.mouse.up();
    await page.getByRole('button', { name: 'Xe cứu thương' }).click();
    await expect
      .poll(posts)
      .toEqual([
        [
          '/api/v1/lanes/in-1/actions',
          { action: 'mode-release', ordinal: null, reason: 'ambulance' },
        ],
      ]);
  });

  test('the camera is watched only while the line is alive', async () => {
    await openStaff();
    expect(server.asked.filter(({ url }) => url.endsWith('/preview'))).toHaveLength(1);
    await page.clock.runFor(2_600);
    await page.locator('.preview img').waitFor({ state: 'detached' });
  });

  test('the photograph is there while the card is, and nothing of it stays behind', async () => {
    const genuine = passage('pass', [], { proof: 'chip-genuine' });
    const send = await openStaff(lane({ current: genuine, card: card({ photo: 'p/7' }) }), PHOTO);
    const photo = page.getByRole('img', { name: 'Ảnh trong chip' });
    await photo.waitFor();
    await page.getByText('So ảnh với người.').first().waitFor();
    const url = '/api/v1/lanes/in-1/photos/p%2F7';
    expect(server.asked.filter((asked) => asked.url === url)).toHaveLength(1);
    await expect.poll(() => page.evaluate(DECODED)).toBe(true);
    send('lane', lane({ current: genuine }));
    await photo.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain('photos');
    expect(await page.evaluate(KEPT)).toEqual([]);
    expect(await page.textContent('.face-word')).toBe('ĐƯỢC QUA');
  });

  test('the photograph of one card is never shown with the next person', async () => {
    const send = await openStaff(lane({ current: passage('pass'), card: card() }), PHOTO);
    await page.locator('.card-photo img').waitFor();
    send('lane', lane({ current: passage('pass', [], { ordinal: 42 }), card: card() }));
    await page.locator('.card-photo').waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain('photos');
  });

  test('with a dead line the photograph goes at once', async () => {
    await openStaff(lane({ current: passage('pass'), card: card() }), PHOTO);
    await page.locator('.card-photo img').waitFor();
    await page.clock.runFor(2_600);
    // What the clock made happen is drawn a moment later.
    await page.locator('.card-photo').waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain('photos');
  });

  test('a photograph that does not come is said, and the printed one is asked for', async () => {
    await openStaff(lane({ current: passage('pass'), card: card() }));
    await page.getByText('Chưa tải được ảnh.').waitFor();
    await page.getByText('So ảnh in trên thẻ với người.').waitFor();
    expect(await page.locator('.card-aside img').count()).toBe(0);
  });

  test('the bar of a read does not go back when the card is opened again', async () => {
    const reading = (extra: Parameters<typeof card>[0]) =>
      lane({
        current: passage('pass'),
        card: card({ stage: 'reading', photo: null, authenticity: null, ...extra }),
      });
    const send = await openStaff(
      reading({ phase: 'files', group: 2, bytes: 9_000, bytesTotal: 18_000 }),
    );
    const bar = page.getByRole('progressbar', { name: 'Đọc chip' });
    const before = Number(await bar.getAttribute('aria-valuenow'));
    send('lane', reading({ phase: 'access' }));
    await page.getByText('Đang mở chip').waitFor();
    expect(Number(await bar.getAttribute('aria-valuenow'))).toBe(before);
    expect(before).toBeGreaterThan(70);
  });

  test('without a session the page says what to do and shows nothing of the station', async () => {
    server.answer = (_asked, response) => sendJson(response, 401, { code: 'http.credential' });
    await page.goto(`${server.origin}/`);
    await page.getByRole('heading', { name: 'Màn hình này chưa được mở' }).waitFor();
    expect(await page.locator('.lane').count()).toBe(0);
  });

  test("the passer's page shows go, waits when the line dies, and asks for nothing personal", async () => {
    const opened = promised<(event: string, data: unknown) => void>();
    server.answer = (_asked, response) => {
      opened.resolve(openEvents(response));
      return true;
    };
    await page.goto(`${server.origin}/passer/in-1`);
    await page.clock.pauseAt(START_MS + 60_000);
    await page.clock.runFor(SETTLE_MS);
    const tell = await opened.promise;
    tell('outward', { outward: 'idle', hint: null });
    await page.getByText('Không lưu hình ảnh.').waitFor();
    // What nobody configured is not said.
    expect(await page.textContent('.passer-notice')).not.toMatch(/Căn cứ|ngày|Điện thoại|…|null/);
    tell('notice', { demo: false, legalBasis: '<b>QĐ 01</b>', retentionDays: 30, phone: '024 1' });
    await page.getByText('Căn cứ: <b>QĐ 01</b>. Lượt qua chốt được lưu 30 ngày.').waitFor();
    await page.getByText('Điện thoại: 024 1.').waitFor();
    tell('outward', { outward: 'go', hint: null });
    await page.getByText('MỜI QUA').waitFor();
    await page.clock.runFor(2_600);
    await expect.poll(() => page.textContent('.passer-word')).toBe('VUI LÒNG CHỜ CÁN BỘ');
    expect(server.asked.map(({ url }) => url)).toEqual(['/api/v1/lanes/in-1/outward']);
  });
});

const PHOTO = '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="4"/>';

/** Runs in the page: whether the photograph came and was understood. */
const DECODED = `document.querySelector('.card-photo img')?.complete === true &&
  document.querySelector('.card-photo img').naturalWidth > 0`;

/** Runs in the page: everything it keeps anywhere. */
const KEPT = `caches.keys().then((names) => [...names, ...Object.keys(localStorage), ...Object.keys(sessionStorage)])`;

/** A promise that something else keeps. */
function promised<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((keep) => {
    resolve = keep;
  });
  return { promise, resolve };
}
