/** Outward signals know two states besides rest: check and stop look and sound the same (A4). */
export type OutwardSignal = 'idle' | 'go' | 'wait' | 'closed';

export interface Signal {
  readonly deviceId: string;
  show(state: OutwardSignal, signal: AbortSignal): Promise<void>;
}
