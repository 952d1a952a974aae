export type BarrierState = 'closed' | 'open' | 'unknown';

/** Opens a way. Nothing here ever closes on a fault: closing is the board's own timer or staff. */
export interface Barrier {
  readonly deviceId: string;
  /** Resolves once the device has taken the order; rejects with DeviceFault when it did not answer. */
  open(signal: AbortSignal): Promise<void>;
  state(): BarrierState;
}
