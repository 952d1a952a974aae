import type { LaneView, RecentView } from '../../../src/station/http/lane-shape.ts';
import { clockTime } from '../../shared/dates.ts';
import { Glyph, type GlyphName } from '../../shared/glyph.tsx';
import { verdictStyle } from '../show/face.ts';
import type { StateItem } from '../show/states.ts';
import { useUi } from './ui.ts';

const RECENT_SHOWN = 6;

type Props = {
  readonly recent: LaneView['recent'];
  readonly states: readonly StateItem[];
};

/** What was, and what everything rests on: small, for a second look. */
export function StatusStrip({ recent, states }: Props) {
  const { t } = useUi();
  return (
    <footer class="strip">
      <ol class="recent" aria-label={t('strip.recent')}>
        {recent.slice(0, RECENT_SHOWN).map((row) => (
          <RecentItem key={row.ordinal} row={row} />
        ))}
      </ol>
      <ul class="states" aria-label={t('strip.states')}>
        {states.map(({ id, label, level, detail }) => (
          <li key={id} class="state" data-level={level} title={detail ?? undefined}>
            {label}
            <span class="state-mark" aria-hidden="true" />
            <span class="unseen">
              : {t(`state.${level}`)}
              {detail === null ? '' : `, ${detail}`}
            </span>
          </li>
        ))}
      </ul>
    </footer>
  );
}

function RecentItem({ row }: { readonly row: RecentView }) {
  const { t } = useUi();
  const { word, tone } = styleOf(row);
  const said = t('strip.item', {
    at: clockTime(row.atMs),
    verdict: t(word),
    crossed: t(`crossed.${row.crossed}`),
  });
  return (
    <li class="recent-item" data-tone={tone} title={said}>
      <Glyph name={glyphOf(row)} />
      <span aria-hidden="true">{clockTime(row.atMs)}</span>
      <span class="unseen">{said}</span>
    </li>
  );
}

function styleOf(row: RecentView) {
  return verdictStyle(row, row.verdict === 'pass' && row.reasons.includes('register.ageing'));
}

/** How it ended where that tells more than how it was judged. */
function glyphOf(row: RecentView): GlyphName {
  return row.crossed === 'no' ? 'return' : styleOf(row).glyph;
}
