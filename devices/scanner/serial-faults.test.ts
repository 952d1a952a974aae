import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScanEvent } from '../../src/ports/text-scanner.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { DeviceWatch } from '../contract/device-watch.ts';
import { loadScannerProfile } from './scanner-profile.ts';
import { SerialScanner } from './serial-scanner.ts';
import { PtyScanner, ptyObstacle } from './sim/pty-scanner.ts';

const UNPLUGS = process.env['CHOT_SOAK'] === '1' ? 1_000 : 20;
/** The event loop's own wake-ups come and go. */
const HANDLES_SPARE = 2;

const obstacle = ptyObstacle();
let folder: string;
let cable: PtyScanner;
let watches: DeviceWatch<ScanEvent>[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-scanner-'));
  cable = new PtyScanner(join(folder, 'scanner'));
  watches = [];
});
afterEach(async () => {
  for (const watch of watches) await watch.stop();
  await cable.unplug();
  rmSync(folder, { recursive: true });
});

describe.skipIf(obstacle !== null)(`a port's faults (${obstacle ?? 'socat'})`, () => {
  test('a port that is not there is named, and found once it comes', async () => {
    const watch = watched();
    expect((await watch.next('offline')).reason).toBe('scanner.not-found');
    await cable.plug();
    await watch.next('online');
    expect(await scanned(watch, 'one\r')).toBe('one');
  });

  test('what is no serial port is a fault, and nothing crashes', async () => {
    symlinkSync('/dev/null', cable.path);
    expect((await watched().next('offline')).reason).toBe('scanner.fault');
  });

  test('a port that another program has is named, and taken when it is free', async () => {
    await cable.plug();
    const first = watched();
    await first.next('online');
    const second = watched();
    expect((await second.next('offline')).reason).toBe('scanner.busy');
    expect(await scanned(first, 'mine\r')).toBe('mine');
    await first.stop();
    await second.next('online');
    expect(await scanned(second, 'now\r')).toBe('now');
  });

  test('glued and cut frames are read', async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    expect(await scanned(watch, 'one\rtwo\r\nthr')).toBe('one');
    expect(text(await watch.next('scan'))).toBe('two');
    expect(await scanned(watch, 'ee\r')).toBe('three');
  });

  test('20 kB without an end are named and dropped, and the next code is read', async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    cable.send(Buffer.from(`${'x'.repeat(30_000)}\r`));
    expect((await watch.next('offline')).reason).toBe('scanner.overlong');
    expect(await scanned(watch, 'next\r')).toBe('next');
    expect(watch.words).toEqual(['online', 'offline scanner.overlong', 'online', 'scan']);
  });

  test('noise, as a wrong baud or parity gives, is named until something readable comes', async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    cable.send(Buffer.from('\x00\xf8\r\x01\x80\r\x00\x00\r', 'latin1'));
    const { reason, detail } = await watch.next('offline');
    expect(reason).toBe('scanner.noise');
    expect(detail.join()).toContain('9600, 115200');
    expect(await scanned(watch, 'text\r')).toBe('text');
  });

  test(`${UNPLUGS} times unplugged while idle: each told and healed, no handle left`, async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    const before = openFiles();
    let worstMs = 0;
    for (let round = 0; round < UNPLUGS; round++) {
      worstMs = Math.max(worstMs, await taken(cable.unplug(), watch.next('offline')));
      worstMs = Math.max(worstMs, await taken(cable.plug(), watch.next('online')));
    }
    expect(await scanned(watch, 'end\r')).toBe('end');
    expect(openFiles()).toBeLessThanOrEqual(before + HANDLES_SPARE);
    console.log(
      `${UNPLUGS} times unplugged and plugged: told after ${Math.round(worstMs)} ms at most`,
    );
  }, 3_600_000);
});

/** How long `told` comes after `done`. */
async function taken(done: Promise<void>, told: Promise<unknown>): Promise<number> {
  await done;
  const startedMs = systemClock.monoMs();
  await told;
  return systemClock.monoMs() - startedMs;
}

function watched(): DeviceWatch<ScanEvent> {
  const scanner = new SerialScanner(
    { deviceId: 'scan-1', path: cable.path, profile: loadScannerProfile('generic'), baud: 'auto' },
    { clock: systemClock, random: () => 0.5 },
  );
  const watch = new DeviceWatch(scanner);
  watches.push(watch);
  return watch;
}

async function scanned(watch: DeviceWatch<ScanEvent>, sent: string): Promise<string> {
  cable.send(Buffer.from(sent));
  return text(await watch.next('scan'));
}

function text({ bytes }: { readonly bytes: Uint8Array }): string {
  return Buffer.from(bytes).toString();
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
