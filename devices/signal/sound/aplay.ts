import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../../../src/ports/clock.ts';
import { SAMPLE_RATE_HZ } from './wav.ts';

export type PlayerSettings = {
  /** A PCM of ALSA, as `aplay -L` lists them. */
  readonly device: string;
  /** `aplay`, of Debian's alsa-utils. */
  readonly program: string;
  /** Another configuration than the system's; for tests. */
  readonly alsaConfig: string | null;
};

export type SoundFault = { readonly reason: string; readonly detail: readonly string[] };

const START_MS_MAX = 1_500;
/** Longer than the sound itself: a device that takes no samples any more. */
const STALL_MS = 3_000;
/** From being killed to its end. */
const STOP_MS_MAX = 2_000;
const WORDS_MAX = 2_000;

/**
 * One sound, in a child of its own that is killed when it is late or no longer wanted: the kernel then closes the device,
 * and it is silent. `started` tells whether the device was opened, `ended` whether all was played; neither rejects.
 */
export class Sounding {
  readonly started: Promise<SoundFault | null>;
  readonly ended: Promise<SoundFault | null>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  #words = '';
  #late: SoundFault | null = null;
  #isStopped = false;

  constructor(settings: PlayerSettings, pcm: Uint8Array, clock: Clock) {
    const { device, program, alsaConfig } = settings;
    this.#clock = clock;
    this.#child = spawn(
      program,
      ['-D', device, '-t', 'raw', '-f', 'S16_LE', '-r', String(SAMPLE_RATE_HZ), '-c', '1', '-'],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
        env: {
          ...{ PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
          ...(alsaConfig === null ? {} : { ALSA_CONFIG_PATH: alsaConfig }),
        },
      },
    );
    const child = this.#child;
    const over = new AbortController();
    this.ended = new Promise((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (child.pid === undefined) resolve(notStarted(program, error.code));
      });
      child.once('close', (code) => resolve(this.#endOf(code)));
    });
    void this.ended.then(() => over.abort());
    const opened = new Promise<null>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        this.#words = (this.#words + chunk.toString('latin1')).slice(-WORDS_MAX);
        if (this.#words.includes('Playing ')) resolve(null);
      });
    });
    this.started = Promise.race([opened, this.ended]);
    // Who is killed leaves a broken pipe, which is told by its end.
    child.stdin?.on('error', () => {});
    child.stdin?.end(pcm);
    const playMs = (pcm.length / 2 / SAMPLE_RATE_HZ) * 1_000;
    this.#killIfLate(START_MS_MAX, this.started, clock, over.signal);
    this.#killIfLate(START_MS_MAX + playMs + STALL_MS, this.ended, clock, over.signal);
  }

  /** Resolves to true once nothing sounds any more; to false when the player does not end even so, as one that hangs in its driver. */
  async stop(): Promise<boolean> {
    this.#isStopped = true;
    this.#child.kill('SIGKILL');
    const over = new AbortController();
    const late = this.#clock.sleep(STOP_MS_MAX, over.signal).then(() => false);
    const ended = this.ended.then(() => true);
    return Promise.race([ended, late]).finally(() => over.abort());
  }

  #killIfLate(ms: number, event: Promise<unknown>, clock: Clock, over: AbortSignal): void {
    let isThere = false;
    void event.then(() => {
      isThere = true;
    });
    void clock.sleep(ms, over).then(() => {
      if (isThere || over.aborted) return;
      this.#late = {
        reason: 'signal.sound-stalled',
        detail: [`the sound device took nothing for ${Math.round(ms)} ms`],
      };
      this.#child.kill('SIGKILL');
    });
  }

  #endOf(code: number | null): SoundFault | null {
    if (this.#isStopped || code === 0) return null;
    return this.#late ?? faultOf(this.#words);
  }
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/audio open error: .*busy/i, 'signal.sound-busy'],
  [/audio open error: permission denied/i, 'signal.sound-denied'],
  [/audio open error: no such/i, 'signal.no-sound-device'],
];

function faultOf(words: string): SoundFault {
  const cause = CAUSES.find(([pattern]) => pattern.test(words));
  const detail = words.trim().split('\n').slice(-5);
  return { reason: cause?.[1] ?? 'signal.sound-fault', detail };
}

function notStarted(program: string, code: string | undefined): SoundFault {
  return { reason: 'signal.no-player', detail: [`${program}: ${code ?? 'cannot be started'}`] };
}
