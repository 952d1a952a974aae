/**
 * Tells an officer's keys from a scanner's (security A7). A keyboard-wedge scanner types a whole code within
 * milliseconds and may end it with Enter, Tab or a control character; whatever it sends presses nothing.
 */

/** Keys closer together than this belong to one burst. Enter and Space act only with no other key this near. */
export const QUIET_MS = 100;
/** Fewer characters, or a slower burst, are an officer's quick fingers; slow wireless scanners need 30 ms a character. */
const SCAN_CHARS_MIN = 6;
const SCAN_GAP_MS_MAX = 50;
/** Equals PRESENTATION_TEXT_MAX of the station's shapes, kept equal by a test; what is longer is cut and so refused. */
export const SCAN_CHARS_MAX = 4_096;

export type Pressed =
  /** One printable character at an officer's pace. */
  | { readonly kind: 'character'; readonly character: string }
  /** Enter or Space alone: presses what has the focus. */
  | { readonly kind: 'activate' }
  | { readonly kind: 'escape' }
  | { readonly kind: 'erase' }
  | { readonly kind: 'scan'; readonly text: string; readonly keyboard: HostKeyboard };

/** What the desktop makes of a scanner's keys: what it meant, something an input method (Telex, VNI) or another layout meant. */
export type HostKeyboard = 'us' | 'input-method' | 'other-layout';

/** `us`: what the key types on a US keyboard; null where it types nothing or nobody knows which key it was. */
export type Key = { readonly key: string; readonly us: string | null };
type Stroke = Key & { readonly atMs: number };

export type KeyGate = { readonly strokes: readonly Stroke[] };

export const NO_KEYS: KeyGate = { strokes: [] };

/** Takes one key in that came at `atMs`; keys of an ended burst must be settled before. */
export function pressKey(gate: KeyGate, { key, us }: Key, atMs: number): KeyGate {
  // A burst that never ends must not grow for ever: the newest strokes are what keeps it a burst.
  const kept =
    gate.strokes.length > SCAN_CHARS_MAX ? gate.strokes.slice(0, SCAN_CHARS_MAX) : gate.strokes;
  return { strokes: [...kept, { key, us, atMs }] };
}

/** When the burst so far is over unless another key comes; null with no keys waiting. */
export function settlesAtMs({ strokes }: KeyGate): number | null {
  const last = strokes.at(-1);
  return last === undefined ? null : last.atMs + QUIET_MS;
}

/** What a burst that has gone quiet meant. */
export function settle({ strokes }: KeyGate): readonly Pressed[] {
  const { text, keyboard } = scanned(strokes);
  if (text.length >= SCAN_CHARS_MIN && meanGapMs(strokes) <= SCAN_GAP_MS_MAX) {
    return [{ kind: 'scan', text: text.slice(0, SCAN_CHARS_MAX), keyboard }];
  }
  const [only, ...others] = strokes;
  if (only !== undefined && others.length === 0) return alone(only.key);
  return strokes
    .map(({ key }) => key)
    .filter((key) => isPrintable(key) && key !== ' ')
    .map((character) => ({ kind: 'character', character }));
}

/** A card's number, alone or before the rest of its code. */
const IDENTITY = /^[0-9]{12}(?:\||$)/;

/**
 * What the scanner read, by the keys it pressed rather than by what came of them, unless only the latter is a card: then
 * somebody has set scanner and desktop to one layout.
 */
function scanned(strokes: readonly Stroke[]): { text: string; keyboard: HostKeyboard } {
  const typed = strokes.map(({ key }) => key).filter(isPrintable);
  const meant = strokes.flatMap(({ key, us }) => us ?? (isPrintable(key) ? key : []));
  const text = { typed: typed.join(''), meant: meant.join('') };
  // The desktop's Caps Lock is no layout.
  if (text.typed.toLowerCase() === text.meant.toLowerCase())
    return { text: text.meant, keyboard: 'us' };
  if (IDENTITY.test(text.typed) && !IDENTITY.test(text.meant)) {
    return { text: text.typed, keyboard: 'us' };
  }
  const isComposed = strokes.some(
    ({ key, us }) => us !== null && !isPrintable(key) && key !== 'Dead',
  );
  return { text: text.meant, keyboard: isComposed ? 'input-method' : 'other-layout' };
}

function meanGapMs(strokes: readonly Stroke[]): number {
  const first = strokes[0]?.atMs ?? 0;
  return ((strokes.at(-1)?.atMs ?? 0) - first) / Math.max(1, strokes.length - 1);
}

function alone(key: string): readonly Pressed[] {
  if (key === 'Enter' || key === ' ') return [{ kind: 'activate' }];
  if (key === 'Escape') return [{ kind: 'escape' }];
  if (key === 'Backspace') return [{ kind: 'erase' }];
  return isPrintable(key) ? [{ kind: 'character', character: key }] : [];
}

/** `key` is the character itself for printable keys and a word for all others. */
function isPrintable(key: string): boolean {
  return [...key].length === 1;
}
