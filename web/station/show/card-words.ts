import type { CardView } from '../../../src/station/http/shapes.ts';
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

export function cardWords({ stage, problem }: CardView, t: Translate): CardWords {
  const name = stage === 'failed' ? problemName(problem) : stage;
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

function problemName(problem: string | null): string {
  return PROBLEMS.find((known) => known === problem) ?? 'unknown';
}
