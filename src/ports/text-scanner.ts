import type { DeviceOffline, DeviceOnline } from './device-event.ts';

export type ScanEvent =
  | DeviceOnline
  | DeviceOffline
  | {
      readonly kind: 'scan';
      readonly deviceId: string;
      readonly atMs: number;
      /** The bytes as they came, without framing; nobody has decoded them yet. */
      readonly bytes: Uint8Array;
      /** The AIM identifier that the scanner put before them, e.g. `]Q1`. */
      readonly symbology: string | null;
    };

/** A hand or fixed scanner. The iterable ends only when `signal` aborts. */
export interface TextScanner {
  readonly deviceId: string;
  events(signal: AbortSignal): AsyncIterable<ScanEvent>;
}
