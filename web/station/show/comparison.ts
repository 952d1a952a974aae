import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import type { TextKey } from '../../texts/texts.ts';
import type { ProofLook } from './proof.ts';

/** One field of the chip beside the same field of the QR code. */
export type Mark = {
  readonly field: TextKey;
  readonly outcome: 'same' | 'differs' | 'none';
  readonly said: TextKey;
};

const SAID = {
  same: 'compare.passed',
  differs: 'compare.failed',
  none: 'compare.none',
} as const satisfies Record<Mark['outcome'], TextKey>;

export type Comparison = {
  /** At least one field was there twice, and none differs. */
  readonly agrees: boolean;
  /** What agreeing is called: a typed number is no code. */
  readonly said: TextKey;
  readonly marks: readonly Mark[];
};

/** Beside the answer. That a chip known to be false agrees is no comfort, and is left to the details. */
export function shownComparison(passage: PassageView, look: ProofLook | null): Comparison | null {
  const comparison = comparisonOf(passage);
  const isFalse = look === 'altered' || look === 'cloned';
  return isFalse && comparison?.agrees === true ? null : comparison;
}

/** Null until there is a chip and something to hold against it. */
export function comparisonOf({ comparison, documents }: PassageView): Comparison | null {
  if (!comparison.some(({ outcome }) => outcome === 'passed' || outcome === 'failed')) return null;
  const marks = comparison.map(({ field, outcome }): Mark => {
    const shown = outcome === 'passed' ? 'same' : outcome === 'failed' ? 'differs' : 'none';
    return { field: `compare.${field}`, outcome: shown, said: SAID[shown] };
  });
  const typed = !documents.some((kind) => kind.endsWith('-qr'));
  return {
    agrees: marks.every(({ outcome }) => outcome !== 'differs'),
    said: typed ? 'compare.agree.typed' : 'compare.agree',
    marks,
  };
}
