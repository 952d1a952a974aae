import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceFault } from '../../../src/kernel/errors.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { OutwardSignal, Signal, SignalEvent } from '../../../src/ports/signal.ts';
import { SignalHealth } from '../signal-health.ts';
import { type PlayerSettings, type SoundFault, Sounding } from './aplay.ts';
import { pcmBytes, type SoundBank } from './sound-bank.ts';
import { SAMPLE_RATE_HZ } from './wav.ts';

export type SoundSettings = Partial<PlayerSettings> & {
  readonly deviceId: string;
  /** A PCM of ALSA, as `aplay -L` lists them: `plughw:CARD=Device,DEV=0`. */
  readonly device: string;
  readonly bank: SoundBank;
  /** 0 to 1, asked before each sound: nights are quieter. */
  readonly volume: () => number;
  /** Where the kernel lists its sound cards. */
  readonly cards?: string;
};

const STUCK: SoundFault = {
  reason: 'signal.sound-stalled',
  detail: ['the player was killed and does not end: its sound card hangs'],
};
const LOOK_MS = 500;
const SILENCE = new Uint8Array(SAMPLE_RATE_HZ * 2 * 0.02);

/** Phrases and tones through a loudspeaker. One sound at a time; a newer one cuts an older one off. */
export class SoundSignal implements Signal {
  readonly deviceId: string;
  readonly #settings: SoundSettings;
  readonly #player: PlayerSettings;
  readonly #clock: Clock;
  readonly #health: SignalHealth;
  #sounding: Sounding | null = null;
  /** Counts sounds; one that is not the newest any more begins nothing and says nothing. */
  #newest = 0;
  #ordering = 0;

  constructor(settings: SoundSettings, clock: Clock) {
    const { deviceId, device, program = 'aplay', alsaConfig = null } = settings;
    this.deviceId = deviceId;
    this.#settings = settings;
    this.#player = { device, program, alsaConfig };
    this.#clock = clock;
    this.#health = new SignalHealth(deviceId, clock);
  }

  async show(state: OutwardSignal, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const samples = this.#settings.bank[state];
    const fault = await this.#sound(pcmBytes(samples, this.#settings.volume()));
    if (fault === null) return;
    throw new DeviceFault(
      `sound ${this.deviceId}: ${fault.reason}: ${fault.detail.at(-1) ?? 'no sound came'}`,
    );
  }

  onEvent(listener: (event: SignalEvent) => void): () => void {
    return this.#health.onEvent(listener);
  }

  /** Looks whether the card is there. One that is out is tried with silence, so that nobody hears it. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#isCardThere()) this.#health.offline('signal.no-sound-device', this.#cardGone());
      else if (this.#isOutAndIdle()) await this.#sound(SILENCE);
      await this.#clock.sleep(LOOK_MS, signal);
    }
    await this.#sounding?.stop();
  }

  /** Resolves once what sounds now has ended. */
  async silent(): Promise<void> {
    await this.#sounding?.ended;
  }

  #isOutAndIdle(): boolean {
    return !this.#health.isOnline && this.#sounding === null && this.#ordering === 0;
  }

  /** Null once it sounds, or when a newer one took its place. Nothing to play only ends what sounded. */
  async #sound(pcm: Uint8Array): Promise<SoundFault | null> {
    this.#newest += 1;
    const mine = this.#newest;
    this.#ordering += 1;
    try {
      if ((await this.#sounding?.stop()) === false) return this.#stuck();
      if (mine !== this.#newest || pcm.length === 0) return null;
      const fault = await this.#begin(pcm).started;
      if (fault === null && mine === this.#newest) this.#health.online();
      return fault;
    } finally {
      this.#ordering -= 1;
    }
  }

  /** Nothing is started beside a player that does not end: whoever waits for it goes on without a sound. */
  #stuck(): SoundFault {
    this.#health.offline(STUCK.reason, STUCK.detail);
    return STUCK;
  }

  #begin(pcm: Uint8Array): Sounding {
    const sounding = new Sounding(this.#player, pcm, this.#clock);
    this.#sounding = sounding;
    void sounding.ended.then((fault) => {
      if (this.#sounding === sounding) this.#sounding = null;
      if (fault !== null) this.#health.offline(fault.reason, fault.detail);
    });
    return sounding;
  }

  /** A device that names no card, `default` or one of an own configuration, is only noticed when it is used. */
  #isCardThere(): boolean {
    const card = cardOf(this.#settings.device);
    const { cards = '/proc/asound' } = this.#settings;
    return card === null || existsSync(join(cards, card));
  }

  #cardGone(): readonly string[] {
    return [`no sound card ${cardOf(this.#settings.device)}`];
  }
}

/** `plughw:CARD=Device,DEV=0` and `hw:Device,0` name card `Device`, `hw:1,0` card number 1. */
export function cardOf(device: string): string | null {
  const named = /^[a-z]+:(?:CARD=)?([A-Za-z0-9_-]{1,32})(?:,|$)/.exec(device)?.[1];
  if (named === undefined) return null;
  return /^\d+$/.test(named) ? `card${named}` : named;
}
