import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseWav, SAMPLE_RATE_HZ } from '../../devices/signal/sound/wav.ts';
import { espeakVersion, makeSounds } from './make-sounds.ts';
import { loudnessDbfs, PEAK_DBFS_MAX } from './shape-sound.ts';

const FOLDER = 'devices/profiles/sounds';
/** That the files in the repository were made with; another one may speak a little differently. */
const MADE_WITH = '1.51';
const STATES = ['idle', 'go', 'wait', 'closed'] as const;
const PARTS = ['tone', 'vi', 'en'] as const;
const version = espeakVersion();

/** No ear has heard them here: what can be measured is. */
describe.each(PARTS.flatMap((part) => STATES.map((state) => `${part}/${state}.wav`)))(
  '%s',
  (name) => {
    const samples = parseWav(readFileSync(join(FOLDER, name)), name);
    const values = Float64Array.from(samples, (sample) => sample / 32_768);

    test('is short enough not to hold anybody up', () => {
      expect(samples.length / SAMPLE_RATE_HZ).toBeGreaterThan(0.1);
      expect(samples.length / SAMPLE_RATE_HZ).toBeLessThan(3);
    });

    test('is as loud as the others and does not clip', () => {
      expect(Math.abs(loudnessDbfs(values) + 20)).toBeLessThan(1.5);
      const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(20 * Math.log10(peak)).toBeLessThanOrEqual(PEAK_DBFS_MAX + 0.01);
    });

    test('begins and ends in silence, and soon sounds', () => {
      const margin = SAMPLE_RATE_HZ * 0.025;
      expect(samples.subarray(0, margin).every((value) => value === 0)).toBe(true);
      expect(samples.subarray(-margin).every((value) => value === 0)).toBe(true);
      expect(samples.subarray(0, SAMPLE_RATE_HZ * 0.08).some((value) => value !== 0)).toBe(true);
    });
  },
);

test('go and wait are told apart by rhythm alone: how often the tone begins', () => {
  const begins = (state: string): number => {
    const samples = parseWav(readFileSync(join(FOLDER, 'tone', `${state}.wav`)), state);
    const block = SAMPLE_RATE_HZ / 50;
    let count = 0;
    let wasQuiet = true;
    for (let at = 0; at < samples.length; at += block) {
      const isQuiet = samples.subarray(at, at + block).every((value) => Math.abs(value) < 200);
      if (wasQuiet && !isQuiet) count += 1;
      wasQuiet = isQuiet;
    }
    return count;
  };
  expect([begins('go'), begins('wait'), begins('closed')]).toEqual([1, 3, 1]);
});

test.skipIf(version !== MADE_WITH)(
  `the files are what the script makes (SKIPPED unless espeak-ng ${MADE_WITH} is there: ${version ?? 'none'})`,
  () => {
    for (const [name, bytes] of makeSounds()) {
      expect(readFileSync(join(FOLDER, name)).equals(bytes), name).toBe(true);
    }
  },
  30_000,
);
