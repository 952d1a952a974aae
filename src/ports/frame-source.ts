import type { DeviceOffline, DeviceOnline } from './device-event.ts';

/** Rows of 8-bit luminance, top first. Row y starts at `y * stride`; `stride >= width`. */
export type GreyFrame = {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly data: Uint8Array;
  /** Counts from 1 in the order the source delivered; gaps are frames that were overtaken. */
  readonly sequence: number;
  readonly atMonoMs: number;
};

export type FrameEvent =
  | DeviceOnline
  | DeviceOffline
  | { readonly kind: 'frame'; readonly deviceId: string; readonly frame: GreyFrame };

/**
 * A camera. The consumer always gets the newest frame: while it is busy older ones are dropped, never queued.
 * The iterable ends only when `signal` aborts.
 */
export interface FrameSource {
  readonly deviceId: string;
  events(signal: AbortSignal): AsyncIterable<FrameEvent>;
}
