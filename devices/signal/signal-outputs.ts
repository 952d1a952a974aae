import type { OutwardSignal } from '../../src/ports/signal.ts';

/** What a passer sees and hears. Every driver takes it from here, so that no two models tell different stories. */
export type SignalOutputs = {
  readonly light: 'off' | 'green' | 'red';
  /** Milliseconds of sound, silence, sound, ...; empty is silence. Go and wait differ by rhythm, not by pitch alone. */
  readonly buzzerMs: readonly number[];
};

/**
 * There is one `wait` for check and stop alike (security A4): nobody in the queue learns which it was. The difference
 * is on the staff screen only.
 */
export function signalOutputs(state: OutwardSignal): SignalOutputs {
  switch (state) {
    case 'idle':
      return { light: 'off', buzzerMs: [] };
    case 'go':
      return { light: 'green', buzzerMs: [120] };
    case 'wait':
      return { light: 'red', buzzerMs: [120, 120, 120] };
    case 'closed':
      return { light: 'red', buzzerMs: [] };
    default:
      return state satisfies never;
  }
}
