import type { PassageView } from '../../../src/station/http/shapes.ts';
import { displayable } from '../../shared/personal-text.ts';
import type { Translate } from '../../texts/texts.ts';
import { Icon } from './icons.tsx';
import { useUi } from './ui.ts';

type Props = {
  readonly passage: PassageView;
  readonly healthPhone: string | null;
  readonly onDetails?: () => void;
};

/** How far it is proven, and what else must be known of this answer. */
export function FaceChips({ passage, healthPhone, onDetails }: Props) {
  const { t } = useUi();
  const caseLine = caseText(passage, healthPhone, t);
  return (
    <div class="chips">
      {passage.test && <span class="badge badge-test">{t('app.test')}</span>}
      {!passage.recorded && <span class="badge badge-bad">{t('chip.not-recorded')}</span>}
      {caseLine !== null && <span class="chip chip-case">{caseLine}</span>}
      <span class="chip">{proofText(passage, t)}</span>
      {passage.repaired && <span class="chip">{t('chip.repaired')}</span>}
      {onDetails !== undefined && (
        <button type="button" class="chip chip-button" onClick={onDetails}>
          <Icon name="info" />
          {t('chip.details')}
        </button>
      )}
    </div>
  );
}

/** A claim is whatever anybody could have printed or typed: said on every answer that rests on one (security A2). */
function proofText({ proof, source }: PassageView, t: Translate): string {
  if (proof === 'chip-genuine') return t('proof.chip-genuine');
  if (proof !== 'claim') return t('proof.unknown', { code: displayable(proof, 30) });
  return source === 'typed' ? t('proof.claim.typed') : t('proof.claim');
}

function caseText({ verdict, caseCode }: PassageView, phone: string | null, t: Translate) {
  if (verdict !== 'stop') return null;
  const code = caseCode ?? null;
  if (phone !== null && code !== null) return t('case.line', { phone, code });
  if (phone !== null) return t('case.phone', { phone });
  return code === null ? null : t('case.code', { code });
}
