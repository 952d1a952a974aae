import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../../src/kernel/errors.ts';
import { packageRoot } from '../../../src/kernel/package-root.ts';
import type { OutwardSignal } from '../../../src/ports/signal.ts';
import { parseWav, SAMPLE_RATE_HZ } from './wav.ts';

export const SOUND_LANGUAGES = ['vi', 'en'] as const;
export type SoundLanguage = (typeof SOUND_LANGUAGES)[number];

/** What is played for each state: a tone, then the phrase in each language. Empty is silence. */
export type SoundBank = Readonly<Record<OutwardSignal, Int16Array>>;

export type SoundChoice = {
  /** Spoken in this order after the tone; none: tones alone. */
  readonly languages: readonly SoundLanguage[];
  /** Whether an idle lane asks for a code; else it is silent. */
  readonly idlePrompt: boolean;
  /** With `tone/`, `vi/`, `en/` in it and a file a state; null: those that come with the program. */
  readonly folder: string | null;
};

const PAUSE = new Int16Array(SAMPLE_RATE_HZ * 0.15);

/**
 * Reads every file once, so that a missing one is told at the start and not at the gate. There is one `wait.wav`: check
 * and stop have no sound of their own (security A4). Throws ConfigError that names the file.
 */
export function loadSounds({ languages, idlePrompt, folder }: SoundChoice): SoundBank {
  const root = folder ?? join(packageRoot(), 'devices', 'profiles', 'sounds');
  const soundOf = (state: OutwardSignal): Int16Array =>
    joined(['tone', ...languages].map((part) => readSound(join(root, part, `${state}.wav`))));
  return {
    idle: idlePrompt ? soundOf('idle') : new Int16Array(),
    go: soundOf('go'),
    wait: soundOf('wait'),
    closed: soundOf('closed'),
  };
}

/** Samples as the sound system takes them, at `volume` of 0 to 1. */
export function pcmBytes(samples: Int16Array, volume: number): Uint8Array {
  const bytes = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(Math.round(sample * volume), index * 2);
  });
  return bytes;
}

function readSound(file: string): Int16Array {
  try {
    return parseWav(readFileSync(file), file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigError(`${file}: this sound cannot be read (${code})`, { cause: error });
  }
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const pieces = parts.flatMap((part, index) => (index === 0 ? [part] : [PAUSE, part]));
  const all = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
