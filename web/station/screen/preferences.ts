import type { Language } from '../../texts/texts.ts';
import type { Theme } from '../show/theme-by-light.ts';

/** What a panel remembers of its own looks; nothing about anybody. */
export type Preferences = {
  readonly language: Language;
  readonly theme: Theme | 'auto';
  readonly sound: boolean;
};

export const DEFAULT_PREFERENCES: Preferences = { language: 'vi', theme: 'auto', sound: true };

const KEY = 'chot.panel';

export function loadPreferences(storage: Pick<Storage, 'getItem'>): Preferences {
  try {
    return preferencesOf(JSON.parse(storage.getItem(KEY) ?? '{}'));
  } catch {
    return DEFAULT_PREFERENCES;
  }
}

export function savePreferences(storage: Pick<Storage, 'setItem'>, preferences: Preferences): void {
  try {
    storage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A panel without storage forgets its looks, and works.
  }
}

/** Whatever was stored, made whole: unknown values fall back. */
function preferencesOf(stored: unknown): Preferences {
  if (typeof stored !== 'object' || stored === null) return DEFAULT_PREFERENCES;
  const { language, theme, sound } = stored as Record<string, unknown>;
  return {
    language: language === 'en' ? 'en' : 'vi',
    theme: theme === 'light' || theme === 'dark' || theme === 'night' ? theme : 'auto',
    sound: sound !== false,
  };
}
