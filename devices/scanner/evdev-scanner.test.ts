import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ScanEvent } from '../../src/ports/text-scanner.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { asNobody } from '../../test/support/as-nobody.ts';
import { DeviceWatch } from '../contract/device-watch.ts';
import { EvdevScanner } from './evdev-scanner.ts';
import { RECORD_BYTES } from './input-records.ts';
import { EV, KEY, SYN } from './key-codes.ts';
import { loadScannerProfile } from './scanner-profile.ts';
import { PipeWedge } from './sim/pipe-wedge.ts';
import { recordOf, recordsOf, type Stroke, strokesOf } from './sim/typed-records.ts';

const UNPLUGS = process.env['CHOT_SOAK'] === '1' ? 1_000 : 20;
const HANDLES_SPARE = 2;
const CARD = '001200000017||Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Hà Nội|03042021';
/** On a French keyboard: Shift and the digit row, AltGr and 6. */
const FRENCH_BAR: readonly Stroke[] = [
  [KEY.RIGHTALT, 1],
  [7, 1],
  [7, 0],
  [KEY.RIGHTALT, 0],
];

/** Read by who runs the tests: the project may lie where nobody else can read. */
const GENERIC = loadScannerProfile('generic');

let folder: string;
let wedge: PipeWedge;
let watches: DeviceWatch<ScanEvent>[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-wedge-'));
  chmodSync(folder, 0o755);
  wedge = new PipeWedge(join(folder, 'usb-Sim-event-kbd'), systemClock);
  watches = [];
});
afterEach(async () => {
  for (const watch of watches) await watch.stop();
  await wedge.unplug();
  rmSync(folder, { recursive: true });
});

test('a device that is not there is named, and found once it comes', async () => {
  const watch = watched();
  expect((await watch.next('offline')).reason).toBe('scanner.not-found');
  await wedge.plug();
  await watch.next('online');
  expect(await scanned(watch, `${CARD}\r`)).toBe(CARD);
});

test.each([
  ['a file', (path: string) => writeFileSync(path, 'text')],
  ['another kind of device', (path: string) => symlinkSync('/dev/null', path)],
  ['a folder', (path: string) => symlinkSync(tmpdir(), path)],
])('%s is no scanner, and is said to be none', async (_, make) => {
  make(wedge.path);
  const { reason, detail } = await watched().next('offline');
  expect(reason).toBe('scanner.wrong-device');
  expect(detail.join()).toContain('-event-kbd');
});

test('a mouse is said to be none', async () => {
  const watch = await plugged();
  const moved = [recordOf(1, EV.REL, 0, 5), recordOf(1, EV.SYN, SYN.REPORT, 0)];
  wedge.send(Buffer.concat(moved));
  expect((await watch.next('offline')).reason).toBe('scanner.wrong-device');
});

test('somebody who types on it is no scanner, and no key of theirs is presented', async () => {
  const watch = await plugged();
  for (const [index, key] of [...'0012'].entries()) {
    wedge.send(recordsOf(strokesOf(key, 'drop'), 1_000_000 + index * 400));
  }
  const { reason, detail } = await watch.next('offline');
  expect(reason).toBe('scanner.wrong-device');
  expect(detail.join()).toContain('typed on by a person');
  expect(watch.words).not.toContain('scan');
});

test('records cut anywhere and glued together are read', async () => {
  const watch = await plugged();
  const records = recordsOf(strokesOf('first\rsecond\r', 'drop'), 1_000);
  for (let at = 0; at < records.length; at += RECORD_BYTES + 7) {
    wedge.send(records.subarray(at, at + RECORD_BYTES + 7));
  }
  expect(text(await watch.next('scan'))).toBe('first');
  expect(text(await watch.next('scan'))).toBe('second');
});

test('without an Enter a pause is the end', async () => {
  const watch = await plugged();
  expect(await scanned(watch, CARD)).toBe(CARD);
});

test('keys that the kernel had no room for spoil their code and no other', async () => {
  const watch = await plugged();
  const [before, after] = [strokesOf('00120', 'drop'), strokesOf('0017|Nam\r', 'drop')];
  wedge.send(
    Buffer.concat([
      recordsOf(before, 1_000),
      recordOf(1_020, EV.SYN, SYN.DROPPED, 0),
      // The rest of the report that was dropped.
      recordOf(1_020, EV.KEY, 3, 1),
      recordOf(1_020, EV.SYN, SYN.REPORT, 0),
      recordsOf(after, 1_021),
    ]),
  );
  expect((await watch.next('offline')).reason).toBe('scanner.keys-lost');
  expect(await scanned(watch, `${CARD}\r`)).toBe(CARD);
  expect(watch.words).toEqual(['online', 'offline scanner.keys-lost', 'online', 'scan']);
});

test('a scanner set to another layout is said to be, each time it is heard', async () => {
  const watch = await plugged();
  const digits = strokesOf(')!#)!#)!#)!#', 'drop');
  wedge.press([...digits, ...FRENCH_BAR, ...strokesOf('Nq;\r', 'drop')]);
  expect((await watch.next('offline')).reason).toBe('scanner.layout');
  expect(await scanned(watch, 'readable\r')).toBe('readable');
  wedge.press([...digits, ...strokesOf('\r', 'drop')]);
  expect((await watch.next('offline')).reason).toBe('scanner.layout');
});

test('20 kB without an end are named and dropped, and the next code is read', async () => {
  const watch = await plugged();
  wedge.type(`${'x'.repeat(20_001)}\r`, 'drop');
  expect((await watch.next('offline')).reason).toBe('scanner.overlong');
  expect(await scanned(watch, 'next one\r')).toBe('next one');
});

test('keys that stand for nothing are named once three codes hold them', async () => {
  const watch = await plugged();
  const functionKey = 59;
  for (let round = 0; round < 3; round++) {
    wedge.press([...strokesOf('0012', 'drop'), [functionKey, 1], ...strokesOf('\r', 'drop')]);
  }
  expect((await watch.next('offline')).reason).toBe('scanner.noise');
  expect(watch.words).toEqual(['online', 'offline scanner.noise']);
});

test('a device that may not be read is named with what to do', async () => {
  await wedge.plug();
  const watch = await asNobody(wedge.path, async () => {
    const denied = watched();
    const { reason, detail } = await denied.next('offline');
    expect(reason).toBe('scanner.denied');
    expect(detail.join()).toContain('group');
    return denied;
  });
  await watch.next('online');
});

test(`${UNPLUGS} times unplugged while idle: each told and healed, no handle left`, async () => {
  const watch = await plugged();
  const before = openFiles();
  let worstMs = 0;
  for (let round = 0; round < UNPLUGS; round++) {
    worstMs = Math.max(worstMs, await taken(wedge.unplug(), watch.next('offline')));
    worstMs = Math.max(worstMs, await taken(wedge.plug(), watch.next('online')));
  }
  expect(await scanned(watch, 'the end\r')).toBe('the end');
  expect(openFiles()).toBeLessThanOrEqual(before + HANDLES_SPARE);
  console.log(
    `${UNPLUGS} times unplugged and plugged: told after ${Math.round(worstMs)} ms at most`,
  );
}, 3_600_000);

/** How long `told` comes after `done`. */
async function taken(done: Promise<void>, told: Promise<unknown>): Promise<number> {
  await done;
  const startedMs = systemClock.monoMs();
  await told;
  return systemClock.monoMs() - startedMs;
}

async function plugged(): Promise<DeviceWatch<ScanEvent>> {
  await wedge.plug();
  const watch = watched();
  await watch.next('online');
  return watch;
}

function watched(): DeviceWatch<ScanEvent> {
  const scanner = new EvdevScanner(
    { deviceId: 'scan-1', path: wedge.path, profile: GENERIC },
    { clock: systemClock, random: () => 0.5 },
  );
  const watch = new DeviceWatch(scanner);
  watches.push(watch);
  return watch;
}

async function scanned(watch: DeviceWatch<ScanEvent>, typed: string): Promise<string> {
  wedge.type(typed);
  return text(await watch.next('scan'));
}

function text({ bytes }: { readonly bytes: Uint8Array }): string {
  return Buffer.from(bytes).toString();
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
