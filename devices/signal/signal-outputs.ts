import type { OutwardSignal } from '../../src/ports/signal.ts';

/** What a passer sees and hears. Every driver takes it from here, so that no two models tell different stories. */
export type SignalOutputs = {
  /** Amber where there is one, else dark: a lane that is open and waits for somebody. */
  readonly light: 'green' | 'amber' | 'red';
  /** Milliseconds of sound, silence, sound, ... in tenths of a second, as boards count; go and wait differ by rhythm. */
  readonly buzzerMs: readonly number[];
};

/**
 * There is one `wait` for check and stop alike (security A4): nobody in the queue learns which it was. The difference
 * is on the staff screen only.
 */
export function signalOutputs(state: OutwardSignal): SignalOutputs {
  switch (state) {
    case 'idle':
      return { light: 'amber', buzzerMs: [] };
    case 'go':
      return { light: 'green', buzzerMs: [400] };
    case 'wait':
      return { light: 'red', buzzerMs: [200, 100, 200, 100, 200] };
    case 'closed':
      return { light: 'red', buzzerMs: [] };
    default:
      return state satisfies never;
  }
}
