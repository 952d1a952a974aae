export type Theme = 'light' | 'dark' | 'night';

/** Mean luminance of the camera's view, 0 to 255. Two thresholds, so that a passing headlight changes nothing for long. */
const NIGHT_BELOW = 32;
const DAY_ABOVE = 56;

/** Night follows the camera's light, not the clock; without a camera, what the panel prefers. */
export function themeByLight(before: Theme, luminance: number | null, preferred: Theme): Theme {
  if (luminance === null) return preferred;
  if (luminance < NIGHT_BELOW) return 'night';
  if (luminance > DAY_ABOVE) return preferred;
  return before === 'night' ? 'night' : preferred;
}
