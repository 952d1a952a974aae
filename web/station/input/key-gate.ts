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
  | { readonly kind: 'scan'; readonly text: string };

type Stroke = { readonly key: string; readonly atMs: number };

export type KeyGate = { readonly strokes: readonly Stroke[] };

export const NO_KEYS: KeyGate = { strokes: [] };

/** Takes one key in (`KeyboardEvent.key`) that came at `atMs`; keys of an ended burst must be settled before. */
export function pressKey(gate: KeyGate, key: string, atMs: number): KeyGate {
  // A burst that never ends must not grow for ever: the newest strokes are what keeps it a burst.
  const kept =
    gate.strokes.length > SCAN_CHARS_MAX ? gate.strokes.slice(0, SCAN_CHARS_MAX) : gate.strokes;
  return { strokes: [...kept, { key, atMs }] };
}

/** When the burst so far is over unless another key comes; null with no keys waiting. */
export function settlesAtMs({ strokes }: KeyGate): number | null {
  const last = strokes.at(-1);
  return last === undefined ? null : last.atMs + QUIET_MS;
}

/** What a burst that has gone quiet meant. */
export function settle({ strokes }: KeyGate): readonly Pressed[] {
  const text = strokes
    .map(({ key }) => key)
    .filter(isPrintable)
    .join('');
  if (text.length >= SCAN_CHARS_MIN && meanGapMs(strokes) <= SCAN_GAP_MS_MAX) {
    return [{ kind: 'scan', text: text.slice(0, SCAN_CHARS_MAX) }];
  }
  const [only, ...others] = strokes;
  if (only !== undefined && others.length === 0) return alone(only.key);
  return strokes
    .map(({ key }) => key)
    .filter((key) => isPrintable(key) && key !== ' ')
    .map((character) => ({ kind: 'character', character }));
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
