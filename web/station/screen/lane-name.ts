import { displayable } from '../../shared/personal-text.ts';
import type { Translate } from '../../texts/texts.ts';

const NAME_CHARS_MAX = 24;

/** `LÀN 1`: a bare number gets the word, any other name stands for itself. */
export function laneTitle(name: string, t: Translate): string {
  const shown = displayable(name, NAME_CHARS_MAX);
  return /^\d+$/.test(shown) ? t('lane.number', { name: shown }) : shown;
}
