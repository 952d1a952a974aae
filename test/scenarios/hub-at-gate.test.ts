import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoCast } from '../../fixtures/demo/cast.ts';
import { cccdPayload, type Person } from '../../fixtures/people.ts';
import { type DemoHub, startDemoHub } from '../../src/demo/demo-hub.ts';
import { type DemoStation, startDemoStation } from '../../src/demo/demo-station.ts';
import { demoDesk } from '../../src/demo/desk/demo-desk.ts';
import { type DeskServer, serveDesk } from '../../src/demo/desk/desk-server.ts';
import { type DemoLine, openDemoLine } from '../../src/demo/line.ts';
import { dayOf } from '../../src/kernel/calendar.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { newToken } from '../../src/station/http/credentials.ts';
import { SyncStatus } from '../../src/station/sync-status.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { AXE, AXE_FAULTS } from '../browser/axe.ts';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';

/** Draws the people at run time, so that nothing can be written for their numbers. Told when a test fails. */
const SEED = randomInt(2 ** 31);
const TODAY = dayOf(systemClock.wallMs());
const CAST = demoCast(SEED, TODAY);
/** The second guest passes, and is the second button of the desk. */
const PERSON = CAST.guests[1]?.person;
const ALL_MS = 240_000;
const STEP_MS = 90_000;

/** Lists are old sooner than the demo has it: the time until then goes by at once, for hub, station and desk. */
const CLOCK = new ShiftedClock(systemClock.wallMs());
const AGED_MS = 40_000;

describe.skipIf(!existsSync(CHROMIUM))('a gate and its hub', () => {
  let folder: string;
  let stop: AbortController;
  let hub: DemoHub;
  let line: DemoLine;
  let station: DemoStation;
  let deskServer: DeskServer;
  let browser: Browser;
  let desk: Page;
  let staff: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chot-hub-gate-'));
    stop = new AbortController();
    hub = await startDemoHub(folder, CAST.registers, CLOCK, stop.signal);
    line = await openDemoLine(hub.port);
    station = await startDemoStation(
      {
        ...{
          folder,
          port: 0,
          chips: null,
          ports: { scanner: null, board: null },
          clock: CLOCK,
          random: () => 0.5,
          log: () => {},
        },
        // Nothing is filmed here: what is shown is given to the lane as a scanner's text.
        camera: { driver: 'file', source: join(folder, 'none.mp4') },
        picture: { widthPx: 640, heightPx: 360, framesPerS: 5 },
        from: { kind: 'hub', url: line.url, code: await hub.invite() },
      },
      stop.signal,
    );
    await station.lanes[0]?.signIn('can-bo-mau', '2468');
    station.lanes[0]?.act({ action: 'confirm-time', ordinal: null, reason: 'compared' });
    const token = newToken();
    station.credentials.addEntrance(token, 'once');
    deskServer = await serveDesk(
      demoDesk({
        ...{ hub, line, station, cast: CAST, today: TODAY, clock: CLOCK },
        ...{ scanner: null, board: null },
        staffScreen: station.origin,
      }),
      join(packageRoot(), 'web', 'dist', 'demo'),
    );
    browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
    desk = await open(deskServer.entrance);
    staff = await open(`${station.origin}/enter?token=${token}`);
  }, ALL_MS);

  afterAll(async () => {
    stop.abort();
    await browser?.close();
    await Promise.all([station?.ended, hub?.ended, deskServer?.close(), line?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(url: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(STEP_MS);
    await page.goto(url);
    return page;
  }

  function show(person: Person | null | undefined): void {
    if (person === null || person === undefined) throw new Error('nobody to show');
    station.lanes[0]?.present(cccdPayload(person, 11), 'wedge');
  }

  const word = (expected: string) =>
    staff.locator('.face', { hasText: expected }).waitFor({ state: 'visible' });
  const deskSays = (expected: RegExp) => desk.getByText(expected).first().waitFor();

  test(
    `who is published at the hub is stopped at the gate, and is on no list once withdrawn (seed ${SEED})`,
    async () => {
      show(PERSON);
      await word('ĐƯỢC QUA');
      const button = desk.locator('.desk-person button').nth(1);
      await button.click();
      await button.getByText('Rút lại').waitFor();
      await inForce();
      show(PERSON);
      await word('GIỮ LẠI');
      // The case that the stop opened at the hub has a code to read out on the telephone.
      await staff.getByText(/Mã vụ [A-Z0-9-]{3,}/).waitFor();
      station.lanes[0]?.act({ action: 'handed-over', ordinal: null, reason: 'health-unit' });
      await expect.poll(async () => (await hub.status()).openCases, POLL).toBe(1);
      await button.click();
      await button.getByText('Công bố F0').waitFor();
      await inForce();
      show(PERSON);
      await word('KIỂM TRA');
      const reasons = station.lanes[0]?.view().current?.reasons.map(({ code }) => code);
      expect(reasons).toEqual(['repeat']);
    },
    ALL_MS,
  );

  test(
    'a cut line shows ageing lists and keeps what passes; restored, both sides catch up',
    async () => {
      await desk.getByRole('button', { name: 'Cắt đường truyền' }).click();
      await deskSays(/không trả lời/);
      CLOCK.skip(AGED_MS);
      CLOCK.hasten(AGED_MS);
      await deskSays(/cũ dần/);
      await staff.locator('.state[data-level="warning"]', { hasText: 'Mạng' }).waitFor();
      await staff.locator('.state[data-level="warning"]', { hasText: 'F0' }).waitFor();
      show(CAST.guests[0]?.person);
      const { records } = await hub.status();
      await desk.getByRole('button', { name: 'Nối lại' }).click();
      await deskSays(/có trả lời/);
      await deskSays(/mới ·/);
      await staff.locator('.state[data-level="good"]', { hasText: 'Mạng' }).waitFor();
      await expect.poll(async () => (await hub.status()).records, POLL).toBeGreaterThan(records);
    },
    ALL_MS,
  );

  test('the desk has no fault that axe finds, at any size', async () => {
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ] as const) {
      await desk.setViewportSize({ width, height });
      await desk.evaluate(AXE);
      expect(await desk.evaluate(AXE_FAULTS)).toEqual([]);
      const overflow = await desk.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow).toBe(0);
    }
  });

  /** What the hub has published so far is what the station looks people up in. */
  async function inForce(): Promise<void> {
    const { manifest } = await hub.status();
    const status = new SyncStatus(station.data.runFolder);
    const installed = () => {
      const { versions, isCurrent } = status.read() ?? { versions: null, isCurrent: false };
      return isCurrent ? (versions?.manifest ?? 0) : 0;
    };
    await expect.poll(installed, POLL).toBeGreaterThanOrEqual(manifest);
  }
});

const POLL = { timeout: STEP_MS, interval: 200 };
