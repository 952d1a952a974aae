import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.ts';
import { StationBench, type StationProcess } from '../support/station-process.ts';

/** A name of the attacker's that resolves to the station's own address: DNS rebinding. */
const REBINDING = 'evil.example';
/** Browser's code, so it stands in a file of its own. */
const TRICKS = readFileSync(new URL('page-tricks.js', import.meta.url), 'utf8');
const CLEAN = '001200000009';
const PLANTED = '001200000017';

const obstacle = existsSync(CHROMIUM) ? null : `no ${CHROMIUM}`;
const attack = (name: string, run: () => Promise<void>) =>
  test.skipIf(obstacle !== null)(obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`, run);

let bench: StationBench;
let station: StationProcess;
let browser: Browser;
let context: BrowserContext;
let foreign: Server;
/** The attacker's page on another port of 127.0.0.1, for browsers the same site; and on localhost, another one. */
let foreignOrigins: readonly string[];
let foreignHtml: string;

beforeAll(async () => {
  if (obstacle !== null) return;
  bench = await StationBench.make();
  await bench.importRegister('f0', ['001200000001,active,2026-01-01,2099-12-31,CDC']);
  station = await bench.start();
  foreign = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(foreignHtml);
  });
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  const { port } = foreign.address() as AddressInfo;
  foreignOrigins = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [...CHROMIUM_FLAGS, `--host-resolver-rules=MAP ${REBINDING} 127.0.0.1`],
  });
  // Something personal to steal is on the screen all the time.
  await station.present(CLEAN);
  await (await station.enter()).until('a person', ({ current }) => current !== null);
});
afterAll(async () => {
  await browser?.close();
  foreign?.close();
  await bench?.remove();
});

let before: string;
beforeEach(async () => {
  if (obstacle !== null) return;
  foreignHtml = '<!doctype html><title>foreign</title><body>';
  context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${station.origin}/enter?token=${station.token('kiosk')}`);
  before = await stateOf();
});
afterEach(() => context?.close());

/** What an attack could have changed: what is shown, done and counted. */
async function stateOf(): Promise<string> {
  const { current, waiting, parked, recent, mode, undo } = await (await station.enter()).lane();
  const { ordinal, passage, verdict, staff } = current ?? {};
  const written = (await bench.chot(['journal', 'status', '--json'])).stdout;
  const { records } = JSON.parse(written) as { records: number };
  return JSON.stringify({
    ordinal,
    passage,
    verdict,
    staff,
    waiting,
    parked,
    recent,
    mode,
    undo,
    records,
  });
}

async function foreignPage(origin: string, html: string): Promise<Page> {
  foreignHtml = `<!doctype html><title>foreign</title><body>${html}`;
  const page = await context.newPage();
  await page.goto(origin);
  return page;
}

type Loot = Readonly<Record<string, string>>;

/** What a script of `page` gets of `target` by everything it can try: text, or `nothing`. */
function everyTrick(page: Page, target: string, isOwn = false): Promise<Loot> {
  return page.evaluate(
    `(${TRICKS.trim().replace(/;$/, '')})(${JSON.stringify([target, PLANTED, isOwn])})`,
  );
}

const gotNothing = (loot: Loot) =>
  expect(Object.entries(loot).filter(([, got]) => got !== 'nothing')).toEqual([]);

attack('the same tricks work from the station’s own page, so they could be seen to', async () => {
  const page = await context.newPage();
  await page.goto(station.origin);
  const loot = await everyTrick(page, station.origin, true);
  expect(loot['read']).toContain(CLEAN);
  expect(loot['present']).toContain('accepted');
  expect(loot['events']).toBe('open');
  expect(loot['picture']).toBe('loaded');
  const staff = await station.enter();
  await staff.until('the lane is released', ({ mode }) => mode === 'release');
  expect(await stateOf()).not.toBe(before);
  expect(await staff.act('mode-normal', null)).toBe(204);
});

attack('a page of another origin gets nothing and changes nothing, cookie or not', async () => {
  for (const origin of foreignOrigins) {
    const page = await foreignPage(origin, '');
    for (const target of [station.origin, station.origin.replace('127.0.0.1', 'localhost')]) {
      gotNothing(await everyTrick(page, target));
    }
    expect(await stateOf()).toBe(before);
  }
});

attack('a name that was rebound to the station is refused before anything else', async () => {
  const rebound = station.origin.replace('127.0.0.1', REBINDING);
  const page = await context.newPage();
  for (const path of ['/', '/healthz', `/enter?token=${station.token('kiosk')}`]) {
    expect((await page.goto(`${rebound}${path}`))?.status(), path).toBe(421);
  }
  expect(await context.cookies(rebound)).toEqual([]);
  gotNothing(await everyTrick(page, rebound));
  expect(await stateOf()).toBe(before);
});

attack('a form of another site posts nothing, whatever it pretends to be', async () => {
  for (const origin of foreignOrigins) {
    for (const encoding of ['text/plain', 'application/x-www-form-urlencoded']) {
      const url = `${station.origin}/api/v1/lanes/lane-1/presentations`;
      const name = `{&quot;text&quot;:&quot;${PLANTED}&quot;,&quot;via&quot;:&quot;`;
      const page = await foreignPage(
        origin,
        `<form method="post" action="${url}" enctype="${encoding}"><input name="${name}" value="typed&quot;}"></form>`,
      );
      const answered = page.waitForResponse((response) => response.url() === url);
      await page.evaluate(`document.querySelector('form').submit()`);
      expect((await answered).status()).toBe(403);
    }
  }
  expect(await stateOf()).toBe(before);
});

attack('the screen cannot be framed by another page', async () => {
  for (const origin of foreignOrigins) {
    const page = await foreignPage(origin, '');
    await page.evaluate(`new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.onload = resolve;
      frame.src = ${JSON.stringify(station.origin)};
      document.body.append(frame);
    })`);
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    expect(framed?.url()).not.toContain(station.origin);
  }
  const headers = (await context.request.get(station.origin)).headers();
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
});

attack('no script reads the session: not from the page, not from another port', async () => {
  const page = await context.newPage();
  await page.goto(station.origin);
  expect(await page.evaluate('document.cookie')).toBe('');
  const [session] = await context.cookies(station.origin);
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  const other = await foreignPage(foreignOrigins[0] ?? '', '');
  expect(await other.evaluate('document.cookie')).toBe('');
  expect(page.url()).not.toContain('token');
});
