import type { Cue } from '../show/sound-cue.ts';

/** `blocked`: the browser lets no page sound before somebody has touched it. */
export type SoundState = 'on' | 'off' | 'blocked';

type Tone = { readonly hertz: number; readonly atS: number; readonly forS: number };

/** Go rises, wait is low and even: told apart by pitch and by rhythm. Both last equally long (security A4). */
const TONES: Readonly<Record<Cue, readonly Tone[]>> = {
  go: [
    { hertz: 660, atS: 0, forS: 0.14 },
    { hertz: 990, atS: 0.17, forS: 0.25 },
  ],
  wait: [
    { hertz: 294, atS: 0, forS: 0.17 },
    { hertz: 294, atS: 0.25, forS: 0.17 },
  ],
};
const LOUDNESS = 0.35;
const RAMP_S = 0.012;

/** The panel's two sounds. Never the only sign: the screen says the same. */
export class Sounds {
  #context: AudioContext | null = null;
  readonly #onState: () => void;

  constructor(onState: () => void) {
    this.#onState = onState;
  }

  /** Call when somebody touches the panel: browsers allow sound only then. A kiosk's flag allows it from the start. */
  wake(): void {
    const context = this.#open();
    if (context?.state === 'suspended') void context.resume().then(this.#onState, () => {});
  }

  get blocked(): boolean {
    return this.#open()?.state !== 'running';
  }

  play(cue: Cue): void {
    const context = this.#open();
    if (context?.state !== 'running') return;
    for (const tone of TONES[cue]) sound(context, tone);
  }

  #open(): AudioContext | null {
    if (this.#context === null && typeof AudioContext === 'function') {
      this.#context = new AudioContext();
      this.#context.addEventListener('statechange', this.#onState);
    }
    return this.#context;
  }
}

function sound(context: AudioContext, { hertz, atS, forS }: Tone): void {
  const start = context.currentTime + atS;
  const oscillator = new OscillatorNode(context, { type: 'triangle', frequency: hertz });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + RAMP_S);
  gain.gain.setValueAtTime(LOUDNESS, start + forS - RAMP_S);
  gain.gain.linearRampToValueAtTime(0, start + forS);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + forS);
}
