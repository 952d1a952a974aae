import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeWav } from '../../devices/signal/sound/wav.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { OutwardSignal } from '../../src/ports/signal.ts';
import { PHRASES, TONES } from './phrases.ts';
import { finish, resample, toneOf } from './shape-sound.ts';

/**
 * Writes every sound a gate makes to devices/profiles/sounds: `npm run build && npm run sounds`. Needs espeak-ng, which
 * gives the same samples for the same text and version.
 */
const WORDS_PER_MINUTE = 135;
const WAV_HEADER_BYTES = 44;

export function makeSounds(): ReadonlyMap<string, Uint8Array> {
  const sounds = new Map<string, Uint8Array>();
  for (const state of Object.keys(TONES) as OutwardSignal[]) {
    sounds.set(`tone/${state}.wav`, encodeWav(finish(toneOf(TONES[state]))));
    for (const [language, { voice, say }] of Object.entries(PHRASES)) {
      sounds.set(`${language}/${state}.wav`, encodeWav(finish(spoken(voice, say[state]))));
    }
  }
  return sounds;
}

/** Null when espeak-ng is not there. */
export function espeakVersion(): string | null {
  const { stdout } = spawnSync('espeak-ng', ['--version'], { encoding: 'utf8' });
  return /text-to-speech: (\S+)/.exec(stdout ?? '')?.[1] ?? null;
}

export function writeSounds(): void {
  const folder = join(packageRoot(), 'devices', 'profiles', 'sounds');
  for (const [name, bytes] of makeSounds()) {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/** espeak-ng's standard output is a WAV file whose header does not know its length yet. */
function spoken(voice: string, text: string): Float64Array {
  const { stdout, status, error } = spawnSync(
    'espeak-ng',
    ['-v', voice, '-s', String(WORDS_PER_MINUTE), '--stdout', text],
    { maxBuffer: 4_000_000 },
  );
  if (status !== 0) {
    throw new Error('espeak-ng is needed: apt install espeak-ng', { cause: error });
  }
  const rateHz = stdout.readUInt32LE(24);
  const samples = new Float64Array((stdout.length - WAV_HEADER_BYTES) >> 1);
  for (let index = 0; index < samples.length; index++) {
    samples[index] = stdout.readInt16LE(WAV_HEADER_BYTES + index * 2) / 32_768;
  }
  return resample(samples, rateHz);
}
