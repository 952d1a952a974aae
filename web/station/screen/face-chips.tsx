import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import type { Translate } from '../../texts/texts.ts';
import { shownComparison } from '../show/comparison.ts';
import type { Proof } from '../show/proof.ts';
import { ComparisonMarks } from './comparison-marks.tsx';
import { Icon } from './icons.tsx';
import { ProofChip } from './proof-chip.tsx';
import { useUi } from './ui.ts';

type Props = {
  readonly passage: PassageView;
  readonly proof: Proof | null;
  readonly healthPhone: string | null;
  readonly onDetails?: () => void;
};

/** How far it is proven, and what else must be known of this answer. */
export function FaceChips({ passage, proof, healthPhone, onDetails }: Props) {
  const { t } = useUi();
  const caseLine = caseText(passage, healthPhone, t);
  const comparison = shownComparison(passage, proof?.look ?? null);
  return (
    <div class="chips">
      {passage.test && <span class="badge badge-test">{t('app.test')}</span>}
      {!passage.recorded && <span class="badge badge-bad">{t('chip.not-recorded')}</span>}
      {caseLine !== null && <span class="chip chip-case">{caseLine}</span>}
      {proof !== null && <ProofChip proof={proof} />}
      {comparison !== null && <ComparisonMarks comparison={comparison} />}
      {passage.repaired && <span class="chip">{t('chip.repaired')}</span>}
      {onDetails !== undefined && (
        <button type="button" class="chip chip-button" onClick={onDetails}>
          <Icon name="info" />
          <span class="chip-word">{t('chip.details')}</span>
        </button>
      )}
    </div>
  );
}

function caseText({ verdict, caseCode }: PassageView, phone: string | null, t: Translate) {
  if (verdict !== 'stop') return null;
  const code = caseCode ?? null;
  if (phone !== null && code !== null) return t('case.line', { phone, code });
  if (phone !== null) return t('case.phone', { phone });
  return code === null ? null : t('case.code', { code });
}
