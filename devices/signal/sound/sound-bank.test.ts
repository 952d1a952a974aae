import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError } from '../../../src/kernel/errors.ts';
import { loadSounds, pcmBytes } from './sound-bank.ts';
import { encodeWav, parseWav, SAMPLE_RATE_HZ } from './wav.ts';

test('samples survive a file', () => {
  fc.assert(
    fc.property(fc.int16Array({ maxLength: 500 }), (samples) => {
      expect(parseWav(encodeWav(samples), 'a.wav')).toEqual(samples);
    }),
  );
});

test('any bytes are samples or an error that names the file', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(100), (noise, at) => {
      const file = encodeWav(new Int16Array(60));
      file.set(noise, at);
      try {
        parseWav(file, 'a.wav');
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).toContain('a.wav');
      }
    }),
  );
});

test('another form is refused, and how to make the right one is said', () => {
  const stereo = encodeWav(new Int16Array(10));
  stereo[22] = 2;
  const fast = encodeWav(new Int16Array(10));
  new DataView(fast.buffer).setUint32(24, 44_100, true);
  const long = encodeWav(new Int16Array(SAMPLE_RATE_HZ * 10));
  expect(() => parseWav(stereo, 'a.wav')).toThrow(/mono.*ffmpeg -i IN -ac 1 -ar 16000/);
  expect(() => parseWav(fast, 'a.wav')).toThrow(/16 kHz/);
  expect(() => parseWav(long, 'a.wav')).toThrow('longer than 6 s');
  expect(() => parseWav(encodeWav(new Int16Array(10)).subarray(0, 50), 'a.wav')).toThrow(
    'cut short',
  );
  expect(() => parseWav(new Uint8Array(), 'a.wav')).toThrow('is no WAV file');
});

test('one language after the other is spoken after the tone; idle is silent unless it is to ask', () => {
  const choice = { idlePrompt: false, folder: null } as const;
  const tones = loadSounds({ ...choice, languages: [] });
  const one = loadSounds({ ...choice, languages: ['vi'] });
  const two = loadSounds({ ...choice, languages: ['vi', 'en'] });
  expect(tones.wait.length).toBeLessThan(one.wait.length);
  expect(one.wait.length).toBeLessThan(two.wait.length);
  expect(two.wait.subarray(0, one.wait.length)).toEqual(one.wait);
  expect(one.idle).toHaveLength(0);
});

test("a station's own recordings take the place of ours, and a missing one is named", () => {
  const folder = mkdtempSync(join(tmpdir(), 'chot-sounds-'));
  const choice = { languages: [], idlePrompt: false, folder } as const;
  mkdirSync(join(folder, 'tone'));
  for (const state of ['go', 'wait']) {
    writeFileSync(join(folder, 'tone', `${state}.wav`), encodeWav(Int16Array.of(1, 2, 3)));
  }
  expect(() => loadSounds(choice)).toThrow(/tone\/closed\.wav.*ENOENT/);
  writeFileSync(join(folder, 'tone', 'closed.wav'), encodeWav(Int16Array.of(4)));
  expect([...loadSounds(choice).go]).toEqual([1, 2, 3]);
  rmSync(folder, { recursive: true });
});

test('volume makes samples smaller and keeps their shape', () => {
  expect([...pcmBytes(Int16Array.of(-1_000, 1_000), 0.5)]).toEqual([0x0c, 0xfe, 0xf4, 0x01]);
});
