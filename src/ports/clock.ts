/** The only way code outside the composition roots may learn the time or wait. */
export interface Clock {
  /** Milliseconds since 1970 UTC. May jump either way; for stored and displayed times only. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start. Never goes back; for durations and deadlines. */
  monoMs(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
