import type { PageClock } from '../../shared/page-clock.ts';
import { type KeyGate, NO_KEYS, type Pressed, pressKey, settle, settlesAtMs } from './key-gate.ts';

/** Keys the browser acts on by itself and a scanner can send: buttons, scrolling, quick find, going back. */
const HELD_BACK = new Set(['Enter', ' ', 'Backspace', 'Escape', '/', "'"]);
const MODIFIERS = new Set(['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead']);

/** Catches every key before the page's buttons see it, and tells what was meant once the keys have gone quiet. */
export function listenKeys(
  target: Pick<Window, 'addEventListener' | 'removeEventListener'>,
  clock: PageClock,
  onPressed: (pressed: Pressed) => void,
): () => void {
  let gate: KeyGate = NO_KEYS;
  let cancel = () => {};

  const settleNow = () => {
    const meant = settle(gate);
    gate = NO_KEYS;
    for (const pressed of meant) onPressed(pressed);
  };

  const down = (event: KeyboardEvent) => {
    if (MODIFIERS.has(event.key)) return;
    const now = clock.monoMs();
    const settlesAt = settlesAtMs(gate);
    if (settlesAt !== null && now >= settlesAt) settleNow();
    const inBurst = gate.strokes.length > 0;
    const isCommand = event.ctrlKey || event.metaKey || event.altKey;
    if (inBurst || (!isCommand && HELD_BACK.has(event.key))) event.preventDefault();
    // Reloading, zooming and copying stay an officer's; in the middle of a burst they are a scanner's control characters.
    if (isCommand && !inBurst) return;
    // A key held down is one press, however long.
    if (event.repeat) return;
    gate = pressKey(gate, isCommand ? 'Control' : event.key, now);
    cancel();
    cancel = clock.after((settlesAtMs(gate) ?? now) - now, settleNow);
  };
  // A button is pressed by Space when it comes up.
  const up = (event: KeyboardEvent) => {
    if (event.key === ' ' || event.key === 'Enter') event.preventDefault();
  };

  target.addEventListener('keydown', down, true);
  target.addEventListener('keyup', up, true);
  return () => {
    cancel();
    target.removeEventListener('keydown', down, true);
    target.removeEventListener('keyup', up, true);
  };
}
