import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { NoticeView } from '../../../src/station/http/shapes.ts';
import { Glyph, type GlyphName } from '../../shared/glyph.tsx';
import { isTextKey, type TextKey, type Translate, translator } from '../../texts/texts.ts';
import { type CardHint, CardPicture, isCardHint } from './card-pictures.tsx';
import { CardFaces, HoldUp } from './pictures.tsx';

export type PasserFace = LaneView['outward'] | 'dead';

type Props = {
  readonly outward: PasserFace;
  /** A word of the coach's, which counts only while idle, or of the card's, which counts whatever was judged. */
  readonly hint: string | null;
  readonly notice: NoticeView | null;
};

type Shown = {
  readonly key: TextKey;
  readonly glyph: GlyphName | null;
  readonly card: CardHint | null;
};

/** Check and stop are one state here, and a dead line waits like them: the queue learns nothing (security A4, A5). */
const SHOWN: Readonly<Record<PasserFace, Shown>> = {
  idle: { key: 'passer.idle', glyph: null, card: null },
  go: { key: 'passer.go', glyph: 'gone', card: null },
  wait: { key: 'passer.wait', glyph: 'closed', card: null },
  closed: { key: 'passer.closed', glyph: 'dead', card: null },
  dead: { key: 'passer.dead', glyph: 'closed', card: null },
};

/** What the person passing sees: five states, a picture first, few words, nothing about anybody. */
export function PasserPage({ outward, hint, notice }: Props) {
  const vi = translator('vi');
  const en = translator('en');
  const { key, glyph, card } = shownOf(outward, hint);
  const state = card === null ? outward : 'card';
  return (
    <main class="passer" data-state={state}>
      {notice?.demo === true && <strong class="passer-demo">{vi('app.demo')}</strong>}
      <div class="passer-picture">
        {card !== null ? (
          <CardPicture hint={card} />
        ) : glyph === null ? (
          <HoldUp />
        ) : (
          <Glyph name={glyph} />
        )}
      </div>
      <div role="status" aria-atomic="true">
        <p class="passer-word" lang="vi">
          {vi(key)}
        </p>
        <p class="passer-other" lang="en">
          {en(key)}
        </p>
      </div>
      {state === 'idle' && (
        <>
          <CardFaces
            distance={vi('passer.idle.distance')}
            older={vi('passer.card.old')}
            newer={vi('passer.card.new')}
          />
          <p class="passer-notice">{noticeLines(notice, vi).join(' ')}</p>
        </>
      )}
    </main>
  );
}

const NO_BREAK = '\u00a0';

/** Nothing is said that the station's configuration does not give: no basis, time or number is made up. */
function noticeLines(notice: NoticeView | null, vi: Translate): string[] {
  const { legalBasis = null, retentionDays = null, phone = null } = notice ?? {};
  return [
    vi('passer.notice'),
    ...(legalBasis === null ? [] : [vi('passer.notice.basis', { basis: legalBasis })]),
    ...(retentionDays === null ? [] : [vi('passer.notice.days', { days: retentionDays })]),
    vi('passer.notice.ask'),
    ...(phone === null
      ? []
      : [vi('passer.notice.phone', { phone: phone.replaceAll(' ', NO_BREAK) })]),
  ];
}

/** A card that lies there comes before go and wait alike: one page for both, so it tells nothing (security A4). */
function shownOf(outward: PasserFace, hint: string | null): Shown {
  const open = outward === 'idle' || outward === 'go' || outward === 'wait';
  if (open && isCardHint(hint)) return { key: `hint.${hint}`, glyph: null, card: hint };
  const key = `hint.${hint ?? ''}`;
  const known = outward === 'idle' && isTextKey(key);
  return known ? { key, glyph: null, card: null } : SHOWN[outward];
}
