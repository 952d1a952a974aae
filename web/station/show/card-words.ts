import type { CardView } from '../../../src/station/http/shapes.ts';
import { isTextKey, type Translate } from '../../texts/texts.ts';

/** A card's state as a word, why, and what to do. */
export type CardWords = {
  readonly word: string;
  readonly why: string;
  readonly action: string | null;
  /** Something went wrong that staff can put right. */
  readonly wrong: boolean;
};

const CODE_CHARS_MAX = 30;

export function cardWords({ stage, problem }: CardView, t: Translate): CardWords {
  const name = stage === 'failed' ? problemName(problem) : stage;
  const code = (problem ?? '').slice(0, CODE_CHARS_MAX);
  const say = (part: string): string | null => {
    const key = `card.${name}.${part}`;
    return isTextKey(key) ? t(key, { code }) : null;
  };
  return {
    word: say('word') ?? '',
    why: say('why') ?? '',
    action: say('do'),
    wrong: stage === 'failed' || stage === 'gone',
  };
}

/** One line for above somebody else's answer. */
export function cardLine(card: CardView, t: Translate): string {
  if (card.stage === 'reading') return t('card.other-reading.why');
  const { why, action } = cardWords(card, t);
  return action === null ? why : `${why} ${action}`;
}

function problemName(problem: string | null): string {
  return isTextKey(`card.${problem ?? ''}.why`) ? (problem ?? '') : 'unknown';
}
