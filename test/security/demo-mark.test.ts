import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoStation, startDemoStation } from '../../src/demo/demo-station.ts';
import { newToken } from '../../src/station/http/credentials.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.ts';
import { StationBench } from '../support/station-process.ts';

const SIZES = [
  [1280, 800],
  [800, 480],
  [390, 844],
] as const;
const CLEAN = '001200000009';

describe.skipIf(!existsSync(CHROMIUM))('the mark of a demo', () => {
  let folder: string;
  let stop: AbortController;
  let demo: DemoStation;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chot-demo-mark-'));
    stop = new AbortController();
    const header = 'number,status,from,until,source\n';
    demo = await startDemoStation(
      {
        folder,
        port: 0,
        // Nothing is filmed here: what is shown is typed.
        camera: { driver: 'file', source: join(folder, 'none.mp4') },
        picture: { widthPx: 640, heightPx: 360, framesPerS: 5 },
        from: {
          kind: 'files',
          registers: {
            f0: `${header}001200000001,active,2026-01-01,2099-12-31,CDC\n`,
            f1: `${header}001200000002,active,2026-01-01,2099-12-31,CDC\n`,
          },
        },
        chips: null,
        ports: { scanner: null, board: null },
        clock: systemClock,
        random: () => 0.5,
        log: () => {},
      },
      stop.signal,
    );
    browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
  });
  afterAll(async () => {
    stop.abort();
    await browser?.close();
    await demo?.ended;
    rmSync(folder, { recursive: true, force: true });
  });

  async function enter(path: string): Promise<Page> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const token = newToken();
    demo.credentials.addEntrance(token, 'once');
    await page.goto(`${demo.origin}/enter?token=${token}`);
    if (path !== '/') await page.goto(`${demo.origin}${path}`);
    return page;
  }

  test('stands on the staff screen at every size: idle, with a verdict, behind no sheet, and when its station is gone', async () => {
    const page = await enter('/');
    const lane = demo.lanes[0];
    await page.getByText('DEMO', { exact: true }).waitFor();
    await seenAtEverySize(page);
    await lane?.signIn('can-bo-mau', '2468');
    lane?.act({ action: 'confirm-time', ordinal: null, reason: 'compared' });
    lane?.present('001200000001', 'typed');
    await page.getByText('GIỮ LẠI').first().waitFor();
    await seenAtEverySize(page);
    await page.getByRole('button', { name: 'Nhập số' }).click();
    await page.getByRole('dialog').waitFor();
    await seenAtEverySize(page);
    const passer = await enter('/passer/lane-1');
    await passer.getByText('VUI LÒNG CHỜ CÁN BỘ').waitFor();
    await seenAtEverySize(passer);

    stop.abort();
    await demo.ended;
    await page.getByText('MẤT KẾT NỐI').first().waitFor();
    await seenAtEverySize(page);
    await seenAtEverySize(passer);
  });

  test('and on no screen of a station in service, nor can its configuration ask for it', async () => {
    const bench = await StationBench.make();
    try {
      const station = await bench.start();
      await station.present(CLEAN);
      const session = await station.enter();
      const view = await session.until('a verdict', ({ current }) => current !== null);
      expect(view.demo).toBe(false);
      const page = await browser.newPage();
      await page.goto(`${station.origin}/enter?token=${station.token('kiosk')}`);
      await page.locator('.face[data-person=true]').waitFor();
      expect(await page.getByText('DEMO', { exact: true }).count()).toBe(0);
      expect(await station.stop()).toBe(0);
    } finally {
      await bench.remove();
    }
    const asking = await StationBench.make({ station: 'demo = true' });
    const refused = await asking.chot(['station', '--config', asking.configFile]);
    await asking.remove();
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/station\.demo: no such key/),
    ]);
  });
});

/** In view, whole, and under nothing else. */
async function seenAtEverySize(page: Page): Promise<void> {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    const seen = await page.evaluate(`(() => {
      const look = (mark) => {
        const { left, top, right, bottom, width, height } = mark.getBoundingClientRect();
        if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) return 'out of view';
        if (width < 30 || height < 12) return 'too small';
        const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return mark.contains(above) ? 'seen' : 'under ' + above?.className;
      };
      const marks = [...document.querySelectorAll('strong')].filter((one) => one.textContent === 'DEMO');
      const looks = marks.map(look);
      return looks.includes('seen') ? 'seen' : looks.join() || 'no mark';
    })()`);
    expect(seen, `${width}x${height}`).toBe('seen');
  }
}
