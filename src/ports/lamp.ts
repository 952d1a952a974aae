import type { DeviceOffline, DeviceOnline } from './device-event.ts';

export type LampEvent = DeviceOnline | DeviceOffline;

/** Lights the place where codes are held before a camera. */
export interface Lamp {
  readonly deviceId: string;
  /** False: it is either dark or at full light. */
  readonly dims: boolean;
  /** `level` from 0, dark, to 1. Resolves once the lamp has taken it; rejects with DeviceFault when it did not. */
  shine(level: number, signal: AbortSignal): Promise<void>;
  onEvent(listener: (event: LampEvent) => void): () => void;
  /** Until `signal` aborts, and then dark: tells whether it is there, and once it is back shines again as it should. */
  run(signal: AbortSignal): Promise<void>;
}
