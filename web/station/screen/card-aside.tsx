import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CardView } from '../../../src/station/http/card-shape.ts';
import { isoToDate } from '../../shared/dates.ts';
import { Figures } from '../../shared/figures.tsx';
import { Glyph, type GlyphName } from '../../shared/glyph.tsx';
import { Personal } from '../../shared/personal.tsx';
import { maskNumber } from '../../shared/personal-number.ts';
import { phaseText } from '../show/card-progress.ts';
import { cardWords } from '../show/card-words.ts';
import { useUi } from './ui.ts';

type Props = {
  readonly lane: string;
  readonly card: CardView;
  /** Of the whole read, 0 to 1; never goes back. */
  readonly share: number;
  /** The answer rests on this card as a genuine one. */
  readonly proven: boolean;
};

/** The card beside the answer: how far it is read, what it says so far, and the photograph to be compared. */
export function CardAside(props: Props) {
  const { t } = useUi();
  return (
    <aside class="card-aside" aria-label={t('card.tile')}>
      <Shown {...props} />
    </aside>
  );
}

function Shown({ lane, card, share, proven }: Props) {
  const { t } = useUi();
  const { stage, photo, photoPending } = card;
  if (stage !== 'reading' && stage !== 'read') {
    const { why, action } = cardWords(card, t);
    return <Said glyph="card-wrong" why={why} action={action} />;
  }
  if (photo !== null) {
    return (
      <Photograph key={photo} lane={lane} photo={photo} proven={proven}>
        {stage === 'reading' && <ReadingBar card={card} share={share} />}
      </Photograph>
    );
  }
  if (stage === 'reading') {
    return (
      <div class="card-tile">
        <ReadingBar card={card} share={share} />
        <ReadSoFar card={card} />
      </div>
    );
  }
  return photoPending ? <PhotographComing proven={proven} /> : <NoPhotograph card={card} />;
}

type SaidProps = {
  readonly glyph: GlyphName;
  readonly why: string;
  readonly action: string | null;
};

function Said({ glyph, why, action }: SaidProps) {
  return (
    <div class="card-tile">
      <span class="card-glyph">
        <Glyph name={glyph} />
      </span>
      <p>{why}</p>
      {action !== null && <p class="card-do">{action}</p>}
    </div>
  );
}

const ALTERED = 'photo.altered';

function NoPhotograph({ card: { photoProblem } }: Pick<Props, 'card'>) {
  const { t } = useUi();
  if (photoProblem === ALTERED) {
    const why = t('card.photo.altered');
    return <Said glyph="card-wrong" why={why} action={t('card.photo.altered.do')} />;
  }
  const why = t(photoProblem === null ? 'card.photo.none' : 'card.photo.problem');
  return <Said glyph="card" why={why} action={t('card.photo.instead')} />;
}

/** Read and not decoded yet: an empty frame in the place where the photograph will be. */
function PhotographComing({ proven }: Pick<Props, 'proven'>) {
  const { t } = useUi();
  return (
    <figure class="card-photo" data-proven={proven} data-coming="true">
      <div class="card-frame">
        <p class="card-phase">{t('card.photo.coming')}</p>
      </div>
      <PhotographCaption proven={proven} />
    </figure>
  );
}

type PhotographProps = {
  readonly lane: string;
  readonly photo: string;
  readonly proven: boolean;
  readonly children: ComponentChildren;
};

/** No result excludes a borrowed card or a relay: whatever was proven, the photograph is to be compared (security C2). */
function Photograph({ lane, photo, proven, children }: PhotographProps) {
  const { t, photoUrl } = useUi();
  const [failed, setFailed] = useState(false);
  if (failed) {
    return <Said glyph="card" why={t('card.photo.unloaded')} action={t('card.photo.instead')} />;
  }
  return (
    <figure class="card-photo" data-proven={proven}>
      <Picture url={photoUrl(lane, photo)} onError={() => setFailed(true)} />
      <PhotographCaption proven={proven}>{children}</PhotographCaption>
    </figure>
  );
}

type CaptionProps = { readonly proven: boolean; readonly children?: ComponentChildren };

function PhotographCaption({ proven, children }: CaptionProps) {
  const { t } = useUi();
  return (
    <figcaption>
      {children}
      {!proven && <span class="card-unproven">{t('card.unproven')}</span>}
      <span class="card-do">{t('card.photo.do')}</span>
    </figcaption>
  );
}

type PictureProps = { readonly url: string; readonly onError: () => void };

/** Leaving the page's tree does not give a decoded picture up at once; losing its address does. */
function Picture({ url, onError }: PictureProps) {
  const { t } = useUi();
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const shown = image.current;
    return () => shown?.removeAttribute('src');
  }, []);
  return (
    <img
      ref={image}
      src={url}
      alt={t('card.photo.alt')}
      width={300}
      height={400}
      draggable={false}
      onError={onError}
    />
  );
}

type ReadingProps = Pick<Props, 'card' | 'share'>;

function ReadingBar({ card, share }: ReadingProps) {
  const { t } = useUi();
  const percent = Math.round(share * 100);
  return (
    <div class="card-reading">
      <p class="card-phase">{phaseText(card, t)}</p>
      <div
        class="card-bar"
        role="progressbar"
        aria-label={t('card.progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        style={{ '--share': `${percent}%` }}
      />
    </div>
  );
}

/** What the card says before anything of it is proven, and said so. */
function ReadSoFar({ card: { fields } }: Pick<Props, 'card'>) {
  const { t } = useUi();
  if (fields === null) return null;
  const { name, number, birth, sex, expires } = fields;
  return (
    <div class="card-fields">
      <p class="card-unproven">{t('card.unproven')}</p>
      {name !== null && <Personal class="subject-name" value={name} />}
      <p class="card-parts">
        {birth !== null && <span>{isoToDate(birth)}</span>}
        {sex !== null && <span>{t(`sex.${sex}`)}</span>}
      </p>
      {number !== null && (
        <p class="subject-number">
          <Figures text={maskNumber(number)} />
        </p>
      )}
      {expires !== null && (
        <p>
          {expires === 'never'
            ? t('card.expires.never')
            : t('card.expires', { date: isoToDate(expires) })}
        </p>
      )}
    </div>
  );
}
