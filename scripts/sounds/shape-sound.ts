import { SAMPLE_RATE_HZ } from '../../devices/signal/sound/wav.ts';

/** Speech and tones are brought to this, so that none makes people jump and none is missed. */
export const LOUDNESS_DBFS = -20;
export const PEAK_DBFS_MAX = -1;
const MARGIN_MS = 30;
const FADE_MS = 8;
/** Below this is silence. */
const SILENCE = 10 ** (-50 / 20);
const BLOCK_MS = 20;
const TAPS = 32;

/** Samples of -1 to 1 at `fromHz`, brought to the rate of all sounds by a windowed sinc. */
export function resample(samples: Float64Array, fromHz: number): Float64Array {
  const ratio = fromHz / SAMPLE_RATE_HZ;
  const cutoff = Math.min(1, 1 / ratio) * 0.95;
  const out = new Float64Array(Math.floor(samples.length / ratio));
  for (let index = 0; index < out.length; index++) {
    const centre = index * ratio;
    const first = Math.ceil(centre - TAPS);
    let sum = 0;
    for (let at = Math.max(0, first); at <= centre + TAPS && at < samples.length; at++) {
      const away = at - centre;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * away) / TAPS);
      sum += (samples[at] ?? 0) * sinc(away * cutoff) * cutoff * window;
    }
    out[index] = sum;
  }
  return out;
}

export function toneOf(notes: readonly (readonly [number, number])[]): Float64Array {
  return concat(notes.map(([hz, ms]) => note(hz, ms)));
}

/** Silence at both ends is cut to a margin, the loudness of what sounds is made the same, and both ends fade. */
export function finish(samples: Float64Array): Int16Array {
  const first = samples.findIndex((value) => Math.abs(value) > SILENCE);
  const last = samples.findLastIndex((value) => Math.abs(value) > SILENCE);
  const sounding = fade(samples.slice(Math.max(0, first), last + 1));
  const gain = gainFor(sounding);
  const margin = new Float64Array(lengthOf(MARGIN_MS));
  const padded = concat([margin, sounding, margin]);
  return Int16Array.from(padded, (value) => Math.round(value * gain * 32_767));
}

/** RMS over the blocks that are not silence, in dB below full scale. */
export function loudnessDbfs(samples: Float64Array): number {
  const length = lengthOf(BLOCK_MS);
  let sum = 0;
  let count = 0;
  for (let at = 0; at < samples.length; at += length) {
    const block = samples.subarray(at, at + length);
    const square = block.reduce((total, value) => total + value * value, 0);
    if (Math.sqrt(square / block.length) < SILENCE) continue;
    sum += square;
    count += block.length;
  }
  return 20 * Math.log10(Math.sqrt(sum / Math.max(1, count)));
}

function gainFor(samples: Float64Array): number {
  const wanted = 10 ** ((LOUDNESS_DBFS - loudnessDbfs(samples)) / 20);
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Math.min(wanted, 10 ** (PEAK_DBFS_MAX / 20) / peak);
}

function note(hz: number, ms: number): Float64Array {
  const sounding = new Float64Array(lengthOf(ms)).map((_, index) => {
    const angle = (2 * Math.PI * hz * index) / SAMPLE_RATE_HZ;
    // An octave above makes a small loudspeaker's low end matter less.
    return 0.7 * Math.sin(angle) + 0.3 * Math.sin(2 * angle);
  });
  return fade(sounding);
}

function fade(samples: Float64Array): Float64Array {
  const length = lengthOf(FADE_MS);
  return samples.map((value, index) => {
    const edge = Math.min(index, samples.length - 1 - index);
    return value * Math.min(1, edge / length);
  });
}

function concat(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

function lengthOf(ms: number): number {
  return Math.round((SAMPLE_RATE_HZ * ms) / 1_000);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
