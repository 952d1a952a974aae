import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScanEvent, TextScanner } from '../../src/ports/text-scanner.ts';
import { DeviceWatch } from './device-watch.ts';

export type TextScannerRig = {
  readonly scanner: TextScanner;
  /** Reads a code that says this, in UTF-8, a QR code's AIM identifier before it. */
  readonly scan: (text: string) => void;
  readonly unplug: () => Promise<void>;
  readonly plug: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Every TextScanner must pass this. */
export function describeTextScanner(
  name: string,
  openRig: () => Promise<TextScannerRig>,
  obstacle: string | null = null,
): void {
  const title = obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`;
  describe.skipIf(obstacle !== null)(title, () => {
    let rig: TextScannerRig;
    let watch: DeviceWatch<ScanEvent>;
    beforeEach(async () => {
      rig = await openRig();
      watch = new DeviceWatch(rig.scanner);
      await watch.next('online');
    });
    afterEach(async () => {
      await watch.stop();
      await rig.close();
    });

    test('is online once, and gives what it reads to the byte and without framing', async () => {
      for (const text of ['079000000001|Nguyễn Thị Hoa', ' x ', 'a'.repeat(4_296)]) {
        rig.scan(text);
        const { bytes, symbology, deviceId } = await watch.next('scan');
        expect(Buffer.from(bytes).toString()).toBe(text);
        expect(symbology).toBe(']Q1');
        expect(deviceId).toBe(rig.scanner.deviceId);
      }
      expect(watch.words).toEqual(['online', 'scan', 'scan', 'scan']);
    });

    test('unplugged while idle it is offline, and comes back by itself and reads', async () => {
      await rig.unplug();
      expect((await watch.next('offline')).reason).toBe('scanner.unplugged');
      await rig.plug();
      await watch.next('online');
      rig.scan('again');
      expect(Buffer.from((await watch.next('scan')).bytes).toString()).toBe('again');
    });

    test('stopped before it begins, it says nothing and ends', async () => {
      for await (const _ of rig.scanner.events(AbortSignal.abort())) expect.unreachable();
    });
  });
}
