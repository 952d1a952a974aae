// The whole way with real parts: commands, daemon, pcscd, wire, photograph's child, page in a browser, relay board on its line, journal
// opened afterwards.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CardPerson } from '../../devices/card-reader/emulated/card-person.ts';
import type { CardOptions } from '../../devices/card-reader/emulated/make-card.ts';
import { virtualPcscdObstacle } from '../../devices/card-reader/sim/virtual-pcscd.ts';
import { ptyObstacle } from '../../devices/serial/sim/pty-cable.ts';
import { demoPortrait } from '../../fixtures/portraits/portrait.ts';
import { storeVersion } from '../../src/chip/trust/trust-store.ts';
import type { StoredRecord } from '../../src/journal/record.ts';
import type { LaneView } from '../../src/station/http/lane-shape.ts';
import { readTrust } from '../../src/station/trust-files.ts';
import { CardStation, readerOf } from '../support/card-station.ts';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.ts';
import type { GateBoard } from '../support/gate-board.ts';
import { SAMPLE_PERSON } from '../support/sample-card.ts';
import { SystemCalls, systemCallsObstacle } from '../support/system-calls.ts';

const obstacle =
  virtualPcscdObstacle() ??
  ptyObstacle() ??
  systemCallsObstacle() ??
  (existsSync(CHROMIUM) ? null : `missing: ${CHROMIUM}`);
/** Of each command, so that reading takes long enough to be seen. */
const SLOW = { kind: 'slow', afterApdus: 0, milliseconds: 40 } as const;

/** One person each, so that nobody's return is a repeat. */
const person = (last: number, changes: Partial<CardPerson> = {}): CardPerson => ({
  ...SAMPLE_PERSON,
  ...{ number: `00109900000${last}`, name: `Nguyễn Văn ${'ABCDEGHIKL'[last]}`, ...changes },
});
const LISTED = person(8);
/** Read well, by the tests below. */
const PROVEN = [1, 9, 2, 4] as const;

/** What the daemon asks of the kernel: that its journal be on the disk, and that an order go out on the line. */
const TOLD = ['-x', '-e', 'trace=fsync,fdatasync,write'];
const FAILING = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO'];
const SYNCED = /f(data)?sync.*\) *= 0$/;
/** Unit 1, function 5. */
const ORDER = /write\(.*"\\x01\\x05/;
const at = (...files: readonly string[]) => files.flatMap((file) => ['-P', file]);

describe.skipIf(obstacle !== null)(
  `a card at a station in service${obstacle === null ? '' : ` (SKIPPED: ${obstacle})`}`,
  () => {
    let rig: CardStation;
    let gate: GateBoard;
    let browser: Browser;
    let page: Page;
    let trustVersion: string;

    beforeAll(async () => {
      rig = await CardStation.open({ listed: [LISTED.number], automatic: true });
      if (rig.gate === null) throw new Error('an automatic lane has a gate');
      gate = rig.gate;
      await rig.trustIssuer();
      trustVersion = storeVersion(readTrust(rig.bench.dataDir));
      browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const { origin } = rig.station;
      await page.goto(`${origin}/enter?token=${rig.station.token('kiosk')}`);
      await page.locator('.face').waitFor();
    });
    afterEach(async () => {
      // An order while the contact is still closed releases it first: two writes where a test looks for one.
      await gate.contact(false);
      await rig.clear();
    });
    afterAll(async () => {
      await browser?.close();
      await rig?.close();
    });

    const journal = () => join(rig.bench.dataDir, 'journal.db-wal');

    /** Code, card, and what the lane then says. */
    async function pass(whose: CardPerson, options: Partial<CardOptions> = {}): Promise<LaneView> {
      await rig.present(whose);
      await rig.lay(await rig.make(whose, options));
      return rig.read(whose);
    }

    test('code, card, photograph, comparison, proof: as they come, on the page and in the view', async () => {
      const before = gate.openings;
      const whose = person(1);
      await page.evaluate(watchProgress);
      const portrait = await demoPortrait(whose.number, 'jp2');
      const { current, card } = await pass(whose, { portrait, faults: [SLOW] });
      expect(card).toMatchObject({ stage: 'read', authenticity: 'genuine', photoProblem: null });
      expect(card?.fields).toMatchObject({ number: whose.number, name: whose.name });
      expect(current).toMatchObject({ verdict: 'pass', proof: 'chip-genuine' });
      expect(current?.comparison.map(({ outcome }) => outcome)).toEqual(Array(5).fill('passed'));
      await gate.opened(before + 1);

      await page.getByText('Chip: thẻ thật', { exact: true }).waitFor();
      await page.getByText('Chip khớp mã QR').waitFor();
      await page.locator('.card-photo').getByText('So ảnh với người.').waitFor();
      const photo = page.locator('.card-photo img');
      await photo.waitFor();
      expect(await page.evaluate(loadedWidth)).toBe(portrait.width);
      const { phases, shares } = (await page.evaluate('window.seen')) as Seen;
      expect(phases.join()).toMatch(/Đang đọc ảnh \d/);
      expect(shares.length).toBeGreaterThan(3);
      expect(shares).toEqual([...shares].sort((one, other) => one - other));

      const path = `/api/v1/lanes/lane-1/photos/${card?.photo}`;
      const there = await rig.staff.get(path);
      expect([there.status, there.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
      await rig.clear();
      await photo.waitFor({ state: 'detached' });
      expect((await rig.staff.get(path)).status).toBe(404);
    });

    test('proven, it opens the gate by itself, once the journal is on the disk; its code alone opened nothing', async () => {
      const before = gate.openings;
      await rig.present(person(9));
      const calls = await SystemCalls.of(
        rig.station.pid,
        ...TOLD,
        ...at(journal(), realpathSync(gate.path)),
      );
      expect(gate.openings).toBe(before);
      await rig.lay(await rig.make(person(9)));
      await rig.read(person(9));
      await gate.opened(before + 1);
      const seen = (await calls.end()).flatMap((call) =>
        ORDER.test(call) ? 'order' : SYNCED.test(call) ? 'synced' : [],
      );
      expect(seen.filter((what) => what === 'order')).toHaveLength(1);
      expect(seen[0]).toBe('synced');
    });

    test('taken away in mid-read it is asked for again, and read on when it lies there', async () => {
      const before = gate.openings;
      const whose = person(2);
      await rig.present(whose);
      const card = await rig.make(whose, {
        faults: [{ kind: 'pull', afterApdus: 18, returns: true }],
      });
      await rig.lay(card);
      const { hint } = await rig.staff.until('gone', (view) => view.card?.stage === 'gone');
      expect(hint).toBe('card-again');
      await page.getByText('Đặt lại thẻ.').first().waitFor();
      await rig.lay(card);
      const { current } = await rig.read(whose);
      expect(current).toMatchObject({ verdict: 'pass', proof: 'chip-genuine' });
      await gate.opened(before + 1);
    });

    test('pcscd killed while a card is read: the lane goes on with codes, and reads cards when it is back', async () => {
      const before = gate.openings;
      await rig.present(person(3));
      await rig.lay(await rig.make(person(3), { faults: [SLOW] }));
      await rig.staff.until('reading', ({ card }) => (card?.bytes ?? 0) > 0);
      await rig.pcscd.kill();
      const out = await rig.staff.until('out', (view) => readerOf(view)?.state === 'offline');
      expect(readerOf(out)?.reason).toBe('reader.service-down');
      const { current } = await rig.present(person(4));
      expect(current).toMatchObject({ verdict: 'pass', proof: 'claim' });
      await rig.pcscd.start();
      await rig.staff.until('back', (view) => readerOf(view)?.state === 'online');
      await rig.lay(await rig.make(person(4)));
      const read = await rig.read(person(4));
      expect(read.current?.proof).toBe('chip-genuine');
      await gate.opened(before + 1);
    });

    test.each([
      [5, 'cloned', { kind: 'cloned' }, 'Chip: chip sao chép'],
      [6, 'altered', { kind: 'altered', fileId: 0x010d }, 'Chip: dữ liệu đã bị sửa'],
      [7, 'altered', { kind: 'altered', fileId: 0x0102 }, 'Chip: dữ liệu đã bị sửa'],
    ] as const)('%i: a card that is %s is a check, in words', async (last, state, flaw, said) => {
      const { current, card } = await pass(person(last), { flaws: [flaw] });
      expect(current).toMatchObject({ verdict: 'check', proof: `chip-${state}` });
      expect(current?.reasons.map(({ code }) => code)).toEqual([`chip.${state}`]);
      expect(card?.authenticity).toBe(state);
      await page.getByText(said).first().waitFor();
      expect(await page.getByText('thẻ thật').count()).toBe(0);
    });

    test('who is listed as F0 is stopped, however genuine the card', async () => {
      const { current } = await pass(LISTED);
      expect(current).toMatchObject({ verdict: 'stop', proof: 'chip-genuine' });
    });

    test('proven, but not recorded, it opens nothing', async () => {
      await rig.present(person(0));
      const failing = await SystemCalls.of(rig.station.pid, ...FAILING, ...at(journal()));
      await rig.lay(await rig.make(person(0)));
      const { current, journal: state } = await rig.read(person(0));
      await failing.end();
      expect(state.state).toBe('not-writing');
      expect(current).toMatchObject({ verdict: 'pass', proof: 'chip-genuine', recorded: false });
    });

    test('the gate opened for those whose chip was proven, and for nobody else', () => {
      expect(gate.openings).toBe(PROVEN.length);
    });

    test('the opened journal says what was proven and under which trust, and of the card nothing but the number', async () => {
      const records = await rig.bench.openJournal();
      const [trust] = records.filter(({ type }) => type === 'trust');
      expect(trust).toMatchObject({
        ...{ event: 'added', purpose: 'cccd' },
        storeVersion: Number.parseInt(trustVersion.slice(0, 10), 16),
      });
      const amended = (last: number): StoredRecord[] =>
        records.filter(
          (record) => record.type === 'amendment' && record.number === person(last).number,
        );
      for (const [last, proof, verdict] of [
        ...PROVEN.map((each) => [each, 'chip-genuine', 'pass'] as const),
        [5, 'chip-cloned', 'check'] as const,
        [6, 'chip-altered', 'check'] as const,
        [7, 'chip-altered', 'check'] as const,
      ]) {
        expect(amended(last), String(last)).toHaveLength(1);
        expect(amended(last)[0], String(last)).toMatchObject({
          ...{ verdict, proof, trustVersion, documents: ['cccd-qr', 'chip-card'] },
        });
      }
      expect(amended(3)).toEqual([]);
      expect(JSON.stringify(records)).not.toContain('Nguyễn');
      expect(rig.station.log().filter(({ event }) => event === 'bug')).toEqual([]);
    });
  },
);

/** Runs in the page. */
const loadedWidth = `(async () => {
  const image = document.querySelector('.card-photo img');
  await image.decode();
  return image.naturalWidth;
})()`;

type Seen = { readonly phases: readonly string[]; readonly shares: readonly number[] };

/** Runs in the page: remembers every step of reading that it shows. */
const watchProgress = `(() => {
  const seen = window.seen = { phases: [], shares: [] };
  const note = (list, value) => { if (list.at(-1) !== value) list.push(value); };
  new MutationObserver(() => {
    const phase = document.querySelector('.card-phase');
    const bar = document.querySelector('.card-bar');
    if (phase) note(seen.phases, phase.textContent);
    if (bar) note(seen.shares, Number(bar.getAttribute('aria-valuenow')));
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
})()`;
