import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import { isoToDate } from '../../shared/dates.ts';
import { Figures } from '../../shared/figures.tsx';
import { Personal } from '../../shared/personal.tsx';
import { groupNumber, maskNumber } from '../../shared/personal-number.ts';
import { useUi } from './ui.ts';

const RESIDENCE_CHARS_MAX = 160;

/** What was read. A pass hides the number's middle from the queue; on check and stop it must be compared. */
export function SubjectLines({ passage }: { readonly passage: PassageView }) {
  const { verdict, staff } = passage;
  const compared = verdict !== 'pass' && staff === null;
  return compared ? <InFull passage={passage} /> : <InBrief passage={passage} />;
}

function InBrief({ passage: { subject } }: { readonly passage: PassageView }) {
  const { t } = useUi();
  return (
    <p class="subject subject-brief">
      {subject.name !== null && <Personal class="subject-name" value={subject.name} />}
      {subject.birth !== null && <span class="subject-part">{subject.birth.slice(0, 4)}</span>}
      <span class="subject-part subject-number">
        {subject.number === null ? (
          t('subject.no-number')
        ) : (
          <Figures text={maskNumber(subject.number)} />
        )}
      </span>
    </p>
  );
}

function InFull({ passage: { subject } }: { readonly passage: PassageView }) {
  const { t } = useUi();
  const { name, number, sex, birth, issued, residence } = subject;
  return (
    <div class="subject subject-full">
      <p class="subject-first">
        {name === null ? (
          <span class="subject-none">{t('subject.no-name')}</span>
        ) : (
          <Personal class="subject-name" value={name} />
        )}
        <span class="subject-number" title={t('subject.number')}>
          {number === null ? t('subject.no-number') : <Figures text={groupNumber(number)} />}
        </span>
      </p>
      <p class="subject-second">
        {sex !== null && <span>{t(`sex.${sex}`)}</span>}
        {birth !== null && <span>{t('subject.birth', { date: isoToDate(birth) })}</span>}
        {issued !== null && (
          <span class="subject-issued">{t('subject.issued', { date: isoToDate(issued) })}</span>
        )}
        {residence !== null && (
          <Personal class="subject-residence" value={residence} charsMax={RESIDENCE_CHARS_MAX} />
        )}
      </p>
    </div>
  );
}
