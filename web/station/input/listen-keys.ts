import type { PageClock } from '../../shared/page-clock.ts';
import { type KeyGate, NO_KEYS, type Pressed, pressKey, settle, settlesAtMs } from './key-gate.ts';
import { usCharacter } from './us-keyboard.ts';

/** Keys the browser acts on by itself and a scanner can send: buttons, scrolling, quick find, going back. */
const HELD_BACK = new Set(['Enter', ' ', 'Backspace', 'Escape', '/', "'"]);
const MODIFIERS = new Set(['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock']);

type Target = Pick<Window, 'addEventListener' | 'removeEventListener'>;

/** Catches every key before the page's buttons see it, and tells what was meant once the keys have gone quiet. */
export function listenKeys(
  target: Target,
  clock: PageClock,
  onPressed: (pressed: Pressed) => void,
): () => void {
  const listener = new KeyListener(clock, onPressed);
  const down = (event: KeyboardEvent) => listener.down(event);
  // A button is pressed by Space when it comes up.
  const up = (event: KeyboardEvent) => {
    if (event.key === ' ' || event.key === 'Enter') event.preventDefault();
  };
  target.addEventListener('keydown', down, true);
  target.addEventListener('keyup', up, true);
  return () => {
    listener.stop();
    target.removeEventListener('keydown', down, true);
    target.removeEventListener('keyup', up, true);
  };
}

class KeyListener {
  readonly #clock: PageClock;
  readonly #onPressed: (pressed: Pressed) => void;
  #gate: KeyGate = NO_KEYS;
  #cancel = () => {};

  constructor(clock: PageClock, onPressed: (pressed: Pressed) => void) {
    this.#clock = clock;
    this.#onPressed = onPressed;
  }

  down(event: KeyboardEvent): void {
    if (MODIFIERS.has(event.key)) return;
    const now = this.#clock.monoMs();
    const settlesAt = settlesAtMs(this.#gate);
    if (settlesAt !== null && now >= settlesAt) this.#settle();
    const inBurst = this.#gate.strokes.length > 0;
    const isCommand = event.ctrlKey || event.metaKey || event.altKey;
    if (inBurst || (!isCommand && HELD_BACK.has(event.key))) event.preventDefault();
    // Reloading, zooming and copying stay an officer's; in the middle of a burst they are a scanner's control characters.
    const own = isCommand && !inBurst;
    // A key held down is one press, however long.
    if (own || event.repeat) return;
    const us = isCommand ? null : usCharacter(event.code, event.shiftKey);
    this.#gate = pressKey(this.#gate, { key: isCommand ? 'Control' : event.key, us }, now);
    this.#cancel();
    this.#cancel = this.#clock.after((settlesAtMs(this.#gate) ?? now) - now, () => this.#settle());
  }

  stop(): void {
    this.#cancel();
  }

  #settle(): void {
    const meant = settle(this.#gate);
    this.#gate = NO_KEYS;
    for (const pressed of meant) this.#onPressed(pressed);
  }
}
