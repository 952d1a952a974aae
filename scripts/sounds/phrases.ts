import type { OutwardSignal } from '../../src/ports/signal.ts';

/**
 * What a gate says, in the words of the passer's page. `say` is spelled as it is to be pronounced. One `wait` for check
 * and stop alike (security A4): there is no other phrase that either could be given.
 */
export const PHRASES: Readonly<
  Record<'vi' | 'en', { voice: string; say: Readonly<Record<OutwardSignal, string>> }>
> = {
  vi: {
    voice: 'vi',
    say: {
      idle: 'Mời đưa mã kiu a vào khung',
      go: 'Mời qua',
      wait: 'Vui lòng chờ cán bộ',
      closed: 'Làn tạm dừng',
    },
  },
  en: {
    voice: 'en-gb',
    say: {
      idle: 'Please hold your Q R code in the frame',
      go: 'Please go',
      wait: 'Please wait for an officer',
      closed: 'Lane closed for now',
    },
  },
};

/** Note in hertz, 0 for silence, and milliseconds. Told apart by rhythm first: by who hears badly, and through a mask of noise. */
export const TONES: Readonly<Record<OutwardSignal, readonly (readonly [number, number])[]>> = {
  idle: [[880, 90]],
  // One rising sweep of two notes: go.
  go: [
    [660, 140],
    [990, 260],
  ],
  // Three equal short ones, as the buzzer has them: wait.
  wait: [
    [523, 120],
    [0, 120],
    [523, 120],
    [0, 120],
    [523, 120],
  ],
  // One long low one: closed.
  closed: [[349, 600]],
};
