import type { DeviceOffline, DeviceOnline } from './device-event.ts';

/** unknown: nothing tells it, or what tells it cannot be so. */
export type BarrierState = 'closed' | 'open' | 'moving' | 'unknown';

/** What may be wired to a barrier besides its arm. presence: somebody stands at the lane; closing: under the arm. */
export type BarrierInput = 'presence' | 'closing' | 'tamper' | 'emergency';

type Told = { readonly deviceId: string; readonly atMs: number };

export type BarrierEvent =
  | DeviceOnline
  | DeviceOffline
  | (Told & { readonly kind: 'state'; readonly state: BarrierState })
  /** Told when it changes, and after every `online` as it is. */
  | (Told & { readonly kind: 'input'; readonly input: BarrierInput; readonly on: boolean })
  /** The arm left its place although nobody ordered it: by hand, by another control, by force. */
  | (Told & { readonly kind: 'moved' })
  /** Ordered, and not at its upper limit in time. */
  | (Told & { readonly kind: 'stuck' });

/**
 * Opens a way. Nothing here ever closes on a fault: closing is done by the barrier's own controller or timer, or by staff. While
 * its emergency input is on it holds the way open by itself, whoever else wants what.
 */
export interface Barrier {
  readonly deviceId: string;
  /** Resolves once the device has taken the order; rejects with DeviceFault when it did not answer. */
  open(signal: AbortSignal): Promise<void>;
  state(): BarrierState;
  /** Tells what comes from now on; several may listen. Call the answer to hear no more. */
  onEvent(listener: (event: BarrierEvent) => void): () => void;
  /** Until `signal` aborts: tells what it is and feels. Ends in the configured safe state. */
  run(signal: AbortSignal): Promise<void>;
}
