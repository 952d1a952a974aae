import type { CardView } from '../../../src/station/http/card-shape.ts';
import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import { displayable } from '../../shared/personal-text.ts';
import { isTextKey, type Translate } from '../../texts/texts.ts';

/** How a proof looks; `claim` is anything that rests on print, type or a word this page does not know. */
export type ProofLook =
  | 'claim'
  | 'reading'
  | 'genuine'
  | 'not-proven'
  | 'issuer-unknown'
  | 'altered'
  | 'cloned'
  | 'unverifiable';

export type Proof = { readonly look: ProofLook; readonly text: string };

const LOOKS: ReadonlySet<string> = new Set<ProofLook>([
  'not-proven',
  'issuer-unknown',
  'altered',
  'cloned',
  'unverifiable',
]);
const CODE_CHARS_MAX = 30;
const CHIP = 'chip-';

/** The card that lies on the reader for this passage; null for nobody's and for anybody else's. */
export function cardOf({ ordinal }: PassageView, card: CardView | null): CardView | null {
  return card !== null && card.ordinal === ordinal ? card : null;
}

/**
 * What the answer rests on. Genuine only when the passage says so and no card of it that lies on the reader says
 * anything else (security C1 to C3).
 */
export function proofOf(passage: PassageView, onReader: CardView | null, t: Translate): Proof {
  const { proof, source } = passage;
  const card = cardOf(passage, onReader);
  if (proof === 'chip-genuine') {
    const borneOut = card === null || card.authenticity === 'genuine';
    return borneOut
      ? { look: 'genuine', text: t('proof.chip-genuine') }
      : { look: 'reading', text: t('proof.chip-reading') };
  }
  if (proof === 'claim') {
    return {
      look: 'claim',
      text: source === 'typed' ? t('proof.claim.typed') : t('proof.claim'),
    };
  }
  const name = proof.slice(CHIP.length);
  const key = `proof.${proof}`;
  return proof.startsWith(CHIP) && isLook(name) && isTextKey(key)
    ? { look: name, text: t(key) }
    : { look: 'claim', text: t('proof.unknown', { code: displayable(proof, CODE_CHARS_MAX) }) };
}

function isLook(name: string): name is ProofLook {
  return LOOKS.has(name);
}
