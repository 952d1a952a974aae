import type { LaneView, NoticeView } from '../../../src/station/http/shapes.ts';
import { Glyph, type GlyphName } from '../../shared/glyph.tsx';
import { isTextKey, type TextKey, type Translate, translator } from '../../texts/texts.ts';
import { CardFaces, HoldUp } from './pictures.tsx';

export type PasserFace = LaneView['outward'] | 'dead';

type Props = {
  readonly outward: PasserFace;
  /** A word of the coach's; counts only while idle. */
  readonly hint: string | null;
  readonly notice: NoticeView | null;
};

type Shown = { readonly key: TextKey; readonly glyph: GlyphName | null };

/** Check and stop are one state here, and a dead line waits like them: the queue learns nothing (security A4, A5). */
const SHOWN: Readonly<Record<PasserFace, Shown>> = {
  idle: { key: 'passer.idle', glyph: null },
  go: { key: 'passer.go', glyph: 'gone' },
  wait: { key: 'passer.wait', glyph: 'closed' },
  closed: { key: 'passer.closed', glyph: 'dead' },
  dead: { key: 'passer.dead', glyph: 'closed' },
};

/** What the person passing sees: five states, a picture first, few words, nothing about anybody. */
export function PasserPage({ outward, hint, notice }: Props) {
  const vi = translator('vi');
  const en = translator('en');
  const { key, glyph } = shownOf(outward, hint);
  return (
    <main class="passer" data-state={outward}>
      {notice?.demo === true && <strong class="passer-demo">{vi('app.demo')}</strong>}
      <div class="passer-picture">{glyph === null ? <HoldUp /> : <Glyph name={glyph} />}</div>
      <div role="status" aria-atomic="true">
        <p class="passer-word" lang="vi">
          {vi(key)}
        </p>
        <p class="passer-other" lang="en">
          {en(key)}
        </p>
      </div>
      {outward === 'idle' && (
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

function shownOf(outward: PasserFace, hint: string | null): Shown {
  const key = `hint.${hint ?? ''}`;
  return outward === 'idle' && isTextKey(key) ? { key, glyph: null } : SHOWN[outward];
}
