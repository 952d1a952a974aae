import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import { age } from '../../shared/dates.ts';
import { checkText } from '../show/check-text.ts';
import { comparisonOf } from '../show/comparison.ts';
import { Sheet } from './sheet.tsx';
import { useUi } from './ui.ts';

type Props = { readonly passage: PassageView | null; readonly onClose: () => void };

/** How the chip compares, then every sub-check the answer rests on, what failed first, with the age of its data. */
export function DetailsSheet({ passage, onClose }: Props) {
  const { t } = useUi();
  const checks = [...(passage?.checks ?? [])].sort(
    (one, other) => RANK[one.outcome] - RANK[other.outcome],
  );
  const compared = passage === null ? [] : (comparisonOf(passage)?.marks ?? []);
  return (
    <Sheet title={t('sheet.details')} height="full" onClose={onClose}>
      <ul class="details">
        {compared.map(({ field, outcome, said }) => (
          <li key={field} class="detail" data-outcome={OUTCOMES[outcome]}>
            <span class="detail-mark" aria-hidden="true" />
            <span class="detail-text">
              {t('compare.label')}: {t(field)}
            </span>
            <span class="detail-outcome">{t(said)}</span>
          </li>
        ))}
        {checks.map(({ code, outcome, ageMs }) => (
          <li key={code} class="detail" data-outcome={outcome}>
            <span class="detail-mark" aria-hidden="true" />
            <span class="detail-text">{checkText(code, t)}</span>
            <span class="detail-outcome">
              {t(`outcome.${outcome}`)}
              {ageMs === null ? '' : ` · ${age(ageMs, t)}`}
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

const RANK = { failed: 0, impossible: 1, passed: 2, skipped: 3 } as const;
const OUTCOMES = { same: 'passed', differs: 'failed', none: 'skipped' } as const;
