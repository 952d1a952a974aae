import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { DEMO_OFFICER, startDemoStation } from '../../src/demo/demo-station.ts';
import { newToken } from '../../src/station/http/credentials.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.ts';

const LISTED = '001200000001';
const HEADER = 'number,status,from,until,source\n';

test.skipIf(!existsSync(CHROMIUM))(
  'on a real station’s screen an officer opens in an emergency and lets a listed person go: both stand behind their name, with why, and nobody’s number',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chot-openings-'));
    const stop = new AbortController();
    const station = await startDemoStation(
      {
        ...{ folder, port: 0, chips: null, ports: { scanner: null, board: null } },
        // Nothing is filmed here: what is shown is typed.
        camera: { driver: 'file', source: join(folder, 'none.mp4') },
        picture: { widthPx: 640, heightPx: 360, framesPerS: 5 },
        from: {
          kind: 'files',
          registers: {
            f0: `${HEADER}${LISTED},active,2026-01-01,2099-12-31,CDC\n`,
            f1: `${HEADER}001200000002,active,2026-01-01,2099-12-31,CDC\n`,
          },
        },
        ...{ clock: systemClock, random: () => 0.5, log: () => {} },
      },
      stop.signal,
    );
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
    const lane = station.lanes[0];
    await lane?.signIn(DEMO_OFFICER.id, DEMO_OFFICER.pin);
    lane?.act({ action: 'confirm-time', ordinal: null, reason: 'compared' });
    const token = newToken();
    station.credentials.addEntrance(token, 'once');
    const page = await browser.newPage({ viewport: { width: 800, height: 480 } });
    await page.goto(`${station.origin}/enter?token=${token}`);

    await page.getByRole('button', { name: 'MỞ KHẨN' }).click();
    await page.getByRole('button', { name: 'Ghi lý do' }).click();
    await page.getByRole('button', { name: 'Xe cứu thương' }).click();
    lane?.present(LISTED, 'typed');
    await page.getByRole('button', { name: 'Nhầm người' }).click();

    const officer = DEMO_OFFICER.name;
    await page.getByRole('button', { name: `Ca: ${officer}` }).click();
    await page.getByRole('button', { name: 'Mở ngoài lượt · 1' }).click();
    const rows = page.locator('.opening');
    await expect.poll(() => rows.count()).toBe(2);
    const [released = '', emergency = ''] = await rows.allTextContents();
    expect(released).toMatch(
      new RegExp(`Cho qua, máy báo GIỮ LẠI${officer} · Nhầm người · lượt số \\d+$`),
    );
    expect(emergency).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\dMở khẩn${officer} · Xe cứu thương$`),
    );
    expect(await page.locator('.sheet').textContent()).not.toMatch(/001|200000/);

    stop.abort();
    await browser.close();
    await station.ended;
    rmSync(folder, { recursive: true });
  },
);
