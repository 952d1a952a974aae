import type { CardView } from '../../../src/station/http/card-shape.ts';
import { isTextKey, type Translate } from '../../texts/texts.ts';

/** A card's state as a word, why, and what to do. */
export type CardWords = {
  readonly word: string;
  readonly why: string;
  readonly action: string | null;
  /** All of it in one line, for above somebody else's answer. */
  readonly line: string;
  /** Something went wrong that staff can put right. */
  readonly wrong: boolean;
};

const PROBLEMS = [
  'number-does-not-open',
  'more-needed',
  'no-application',
  'refused',
  'spent',
  'lost',
  'deadline',
  'fault',
] as const;
const CODE_CHARS_MAX = 30;

/** `chipRead`: whoever is on the screen has had a chip read, so a card that waits needs no number but another showing. */
export function cardWords(
  { stage, problem }: CardView,
  t: Translate,
  { chipRead = false }: { readonly chipRead?: boolean } = {},
): CardWords {
  const name = wordsName(stage, problem, chipRead);
  const code = (problem ?? '').slice(0, CODE_CHARS_MAX);
  const say = (part: string): string | null => {
    const key = `card.${name}.${part}`;
    return isTextKey(key) ? t(key, { code }) : null;
  };
  const why = say('why') ?? '';
  const action = say('do');
  return {
    word: say('word') ?? '',
    why,
    action,
    line: say('line') ?? [why, action ?? []].flat().join(' '),
    wrong: stage === 'failed' || stage === 'gone',
  };
}

function wordsName(stage: CardView['stage'], problem: string | null, chipRead: boolean): string {
  if (stage === 'failed') return problemName(problem);
  return stage === 'waiting' && chipRead ? 'again' : stage;
}

function problemName(problem: string | null): string {
  return PROBLEMS.find((known) => known === problem) ?? 'unknown';
}
