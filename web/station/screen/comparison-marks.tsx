import type { Comparison } from '../show/comparison.ts';
import { useUi } from './ui.ts';

const SHAPES = {
  same: 'M5 13L10 18L19 7',
  differs: 'M6 6L18 18 M18 6L6 18',
  none: 'M6 12H18',
} as const;

/** The chip against the code: one word while everything agrees, field by field once something differs. */
export function ComparisonMarks({ comparison }: { readonly comparison: Comparison }) {
  const { t } = useUi();
  if (comparison.agrees) {
    return (
      <span class="chip chip-compared">
        <Shape outcome="same" />
        {t(comparison.said)}
      </span>
    );
  }
  return (
    <ul class="compared" aria-label={t('compare.label')}>
      {comparison.marks.map(({ field, outcome, said }) => (
        <li key={field} class="compared-field" data-outcome={outcome}>
          <Shape outcome={outcome} />
          {t(field)}
          {outcome === 'differs' ? ` ${t(said)}` : <span class="unseen"> {t(said)}</span>}
        </li>
      ))}
    </ul>
  );
}

function Shape({ outcome }: { readonly outcome: keyof typeof SHAPES }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={SHAPES[outcome]} />
    </svg>
  );
}
