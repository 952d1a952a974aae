import type { DeviceOffline, DeviceOnline } from './device-event.ts';

/** Outward signals know two states besides rest: check and stop look and sound the same (A4). */
export type OutwardSignal = 'idle' | 'go' | 'wait' | 'closed';

export type SignalEvent = DeviceOnline | DeviceOffline;

export interface Signal {
  readonly deviceId: string;
  /**
   * Resolves once the device has taken the order; rejects with DeviceFault when it did not. A newer order ends what an
   * older one still does, a rhythm or a phrase.
   */
  show(state: OutwardSignal, signal: AbortSignal): Promise<void>;
  /** Told of every change from now on. Several may listen. */
  onEvent(listener: (event: SignalEvent) => void): () => void;
  /** Until `signal` aborts: tells whether it is there, and once it is back shows again what holds. */
  run(signal: AbortSignal): Promise<void>;
}
